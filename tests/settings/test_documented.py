"""The page of settings has every key of the model, its default, and examples that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from spara_cli.diagnostics import Severity
from spara_cli.model.duration import format_duration
from spara_cli.model.fields import Node
from spara_cli.playbook.source import read_source
from spara_cli.settings.model import Project
from spara_cli.settings.origins import HOME_VARIABLE, variables
from spara_cli.settings.project_file import parse_settings

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \|([^|]*)\|", PAGE, flags=re.MULTILINE)
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def _keys(model: type[Node], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of the models, dotted, as the page writes it; one of several kinds comes once for each."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield key, field
        for below, mark in _models(field.annotation):
            yield from _keys(below, f"{key}{mark}.")


def _models(annotation: Any, mark: str = "") -> Iterator[tuple[type[Node], str]]:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        yield annotation, mark
    elif get_origin(annotation) is dict:
        yield from _models(get_args(annotation)[1], ".<name>")
    elif get_origin(annotation) is list:
        yield from _models(get_args(annotation)[0], "[]")
    else:
        for argument in get_args(annotation):
            yield from _models(argument, mark)


KEYS = list(_keys(Project))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    match value:
        case None:
            return "–"
        case Node():
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case timedelta():
            return f"`{format_duration(value)}`"
        case list():
            return f"`[{', '.join(value)}]`"
        case "":
            return '`""`'
        case _:
            return f"`{value}`"


@pytest.mark.docs
@pytest.mark.parametrize("key", sorted({key for key, _ in KEYS}))
def test_every_key_has_a_row_with_its_default_and_an_example(key: str) -> None:
    told = {default.strip() for name, default in ROWS if name == key}
    assert told, f"docs/reference/settings.md has no row for `{key}`"
    assert told <= {_default(field) for name, field in KEYS if name == key}
    last = key.rpartition(".")[2].removesuffix("[]")
    assert any(re.search(rf"(?:^|[\s{{,]){last}:", example) for example in EXAMPLES), f"no example has `{last}:`"


@pytest.mark.docs
def test_every_row_is_about_a_key_or_a_variable_that_exists() -> None:
    known = {key for key, _ in KEYS} | {HOME_VARIABLE, "zone", "holidays"}
    rows = {name for name, _ in ROWS if re.fullmatch(r"[a-z_.<>\[\]]+", name)}
    assert rows <= known, rows - known


@pytest.mark.docs
def test_every_variable_is_named() -> None:
    assert {name for name in (*variables(), HOME_VARIABLE) if f"`{name}`" not in PAGE} == set()


@pytest.mark.docs
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_works(example: str) -> None:
    _, found = parse_settings(read_source("spara.yaml", example.encode()))
    assert [each.message for each in found if each.severity is Severity.ERROR] == []
    assert {each.rule for each in found} <= {"not-in-this-release"}
