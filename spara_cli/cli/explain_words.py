"""The words `spara explain` knows besides names of its own: docs/glossary.md, and the keys people write in YAML.

The one thing to know: nothing is written twice. A word's text is its line of the glossary, a key's text the
description in its model, which editors show too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

_ITEM = re.compile(r"^- (\*\*.*(?:\n  .*)*)", re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_NOT_USED = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_EMPHASIS = re.compile(r"\*{1,2}([^*\n]+(?:\n[^*\n]+)?)\*{1,2}")


def document(name: str, folder: str = ".") -> str:
    """A page of docs/, from the package or from the checkout it lies in; empty when neither has it."""
    packed = files("spara_cli") / "_docs" / name
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[2] / "docs" / folder / name
    return checkout.read_text(encoding="utf-8") if checkout.is_file() else ""


@cache
def glossary() -> Mapping[str, str]:
    """The text of each noun, by the noun as the glossary writes it; nouns explained within another's text too."""
    text = document("glossary.md")
    items = [" ".join(item.split()) for item in _ITEM.findall(text)]
    heads = {_BOLD.findall(item)[0]: _plain(item) for item in items}
    within = {word: _plain(item) for item in items for word in _BOLD.findall(item)[1:]}
    known = {word.casefold() for word in heads}
    found = {**heads, **{word: said for word, said in within.items() if word.casefold() not in known}}
    for words, instead, why in _NOT_USED.findall(text):
        if words != "not" and not words.startswith("-"):
            found |= {word: f"{word}: we say {instead}, because: {why}." for word in words.split(", ")}
    return found


def nouns() -> list[str]:
    """The words the glossary has a line for, lower case, in its order."""
    return [_BOLD.findall(item)[0].casefold() for item in _ITEM.findall(document("glossary.md"))]


@cache
def keys() -> Mapping[str, str]:
    """The description of each key of spara.yaml and of a playbook outside its steps, by its dotted path.

    `<name>` stands for a key of one's own. A path that both files have is told with both.
    """
    from spara_cli.playbook.workflow import Workflow
    from spara_cli.settings.model import Project

    found: dict[str, str] = {}
    for file, model in (("spara.yaml", Project), ("a playbook", Workflow)):
        for path, said in _keys_of(model, "", ()):
            line = f"`{path}` in {file}: {said}"
            found[path] = f"{found[path]}\n{line}" if path in found else line
    return found


def _keys_of(model: type[BaseModel], prefix: str, above: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield path, field.description or ""
        if name == "steps" or name == "where":
            continue  # steps and operators have pages of their own
        for inner, is_named in _models_in(field.annotation, False):
            if inner not in above:
                yield from _keys_of(inner, f"{path}.<name>." if is_named else f"{path}.", (*above, model))


def _models_in(annotation: Any, is_named: bool) -> Iterator[tuple[type[BaseModel], bool]]:
    """The models in a type, each with whether it stands under names of one's own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, is_named
        return
    for part in get_args(annotation):
        yield from _models_in(part, is_named or getattr(annotation, "__origin__", None) is dict)


def _plain(text: str) -> str:
    """A glossary item without its marks of emphasis."""
    return _EMPHASIS.sub(r"\1", " ".join(text.split()))
