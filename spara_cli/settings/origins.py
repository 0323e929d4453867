"""Where settings come from: every value of a project with its dotted key, and the variables that may set them.

The one thing to know: both are read off the models, so a key added there is shown by `spara config` and has its
variable, `SPARA_` and the key in capitals, without another line of code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import Enum
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from spara_cli.model.duration import format_duration
from spara_cli.model.fields import Node
from spara_cli.playbook.scalars import NotANumber, resolve
from spara_cli.settings.model import Project
from spara_cli.settings.secrets import masked
from spara_cli.settings.texts import WRITE_ONLY

PREFIX = "SPARA_"
HOME_VARIABLE = "SPARA_HOME"
"""The variable that moves the state folder; no setting of spara.yaml."""

Path = tuple[str | int, ...]
Plain = str | int | float | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of the project: `path` in the file, `value` as JSON, whether it is `secret`."""

    path: Path
    value: Plain
    secret: bool = False

    @property
    def key(self) -> str:
        """The dotted key, such as `account.zone` or `policies.0.max`."""
        return dotted(self.path)

    @property
    def shown(self) -> Plain:
        """The value for people: of a secret the references as written, the rest as `***`."""
        return masked(self.value) if self.secret and isinstance(self.value, str) else self.value


def dotted(path: Path) -> str:
    """A path as it is written in `origins`."""
    return ".".join(map(str, path))


def leaves(project: Project) -> Iterator[Leaf]:
    """Every value, in the order of the models; an empty list or mapping is a value too."""
    return _leaves(project, (), False)


def _leaves(value: object, path: Path, secret: bool) -> Iterator[Leaf]:
    if isinstance(value, Node):
        for name, field in type(value).model_fields.items():
            is_secret = field.json_schema_extra == WRITE_ONLY
            yield from _leaves(getattr(value, name), (*path, field.alias or name), is_secret)
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key), secret)
    elif isinstance(value, list) and any(isinstance(item, Node) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index), secret)
    else:
        yield Leaf(path, _plain(value), secret)


def _plain(value: Any) -> Plain:
    """A value of a model as JSON, as people write it."""
    match value:
        case timedelta():
            return format_duration(value)
        case time():
            return value.strftime("%H:%M")
        case Enum():
            return str(value.value)
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case _:
            plain: Plain = value
            return plain


@cache
def variables() -> Mapping[str, tuple[str, ...]]:
    """Every `SPARA_*` variable that sets one value, with the path it sets: those with a fixed key, no lists.

    `project` has none: SPARA_PROJECT would be taken for `--project`, which names a folder.
    """
    return {PREFIX + "_".join(path).upper(): path for path in _fixed(Project, ()) if path != ("project",)}


def _fixed(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        below = (*path, field.alias or name)
        kinds = _kinds(field.annotation)
        if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], BaseModel):
            yield from _fixed(kinds[0], below)
        elif kinds and all(kind in (str, int, float, bool, timedelta) for kind in kinds):
            yield below


def _kinds(annotation: Any) -> list[Any]:
    """The types a value may have, without None; a literal counts as the type of its words."""
    if get_origin(annotation) is Literal:
        return list(dict.fromkeys(type(word) for word in get_args(annotation)))
    if annotation is None or annotation is type(None):
        return []
    if hasattr(annotation, "__metadata__"):  # Annotated[kind, …]
        return _kinds(get_args(annotation)[0])
    arguments = get_args(annotation)
    if arguments and get_origin(annotation) not in (list, dict, tuple):
        return [kind for argument in arguments for kind in _kinds(argument)]
    return [annotation]


def from_variable(path: tuple[str, ...], text: str) -> Plain:
    """A variable's text as the value its key wants: a number or truth value as in YAML, otherwise text."""
    model: type[BaseModel] = Project
    kinds: list[Any] = []
    for key in path:
        field = next(field for name, field in model.model_fields.items() if key == (field.alias or name))
        kinds = _kinds(field.annotation)
        if len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], BaseModel):
            model = kinds[0]
    if str in kinds or timedelta in kinds:
        return text
    value = resolve(text)
    return text if isinstance(value, NotANumber) else value
