"""The JSON Schema of playbooks and the models say the same of a corpus, and explain every key."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from spara_cli.cli.schema import SCHEMAS, text_of
from spara_cli.model.operators import OPERATORS
from spara_cli.playbook.parse import validate
from spara_cli.playbook.schema import workflow_schema
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow
from spara_cli.steps import STEP_TYPES

ROOT = Path(__file__).parents[2]
OK = ROOT / "tests" / "data" / "ok" / "every-step.yaml"
ERR = ROOT / "tests" / "data" / "err" / "workflow"

CHECKED_BY_THE_MODEL_ALONE = {
    "duplicate-branch",  # a schema cannot compare two entries' names
    "invalid-address",
    "invalid-day",
    "invalid-duration",  # the pattern lets units repeat
    "invalid-field-name",
    "invalid-id",  # the step id `end`
    "invalid-path",
    "invalid-url",
    "invalid-value",  # of `expect_status`, whose bounds are checked by hand
    "missing-key",  # one of two keys: `for` or `until_field`, `path` or `describe`
    "template-error",
    "too-many-steps",
    "unknown-operator",  # of a value that is no text
    "wait-out-of-range",
    "wrong-operator-value",  # low then high; a date that exists
}
"""Rules that a model raises itself, and that the schema may let pass."""

JUNK: tuple[object, ...] = (None, True, 7, 1.5, "", "junk", [], ["junk"], {}, {"junk": 1})


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = workflow_schema()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in the corpus."""
    yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def holder_of(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


def variations(data: Any) -> Iterator[tuple[str, Any]]:
    """The corpus with one value replaced, one key removed, or one key added, everywhere."""
    for path in places(data):
        if not path:
            continue
        for junk in JUNK:
            changed = copy.deepcopy(data)
            holder_of(changed, path)[path[-1]] = copy.deepcopy(junk)
            yield f"{path} = {junk!r}", changed
        changed = copy.deepcopy(data)
        del holder_of(changed, path)[path[-1]]
        yield f"without {path}", changed
        holder = holder_of(data, path)
        if isinstance(holder, dict) and isinstance(holder[path[-1]], dict):
            changed = copy.deepcopy(data)
            holder_of(changed, path)[path[-1]]["strange_key"] = 1
            yield f"{path} with a strange key", changed


def corpus() -> list[Any]:
    """The whole of it taken apart: the head with one step, and each step alone, so that variations stay cheap."""
    data: Any = read_source("every-step.yaml", OK.read_bytes()).data
    return [{**data, "steps": [{"type": "end"}]}, *({"workflow": "w", "steps": [step]} for step in data["steps"])]


@pytest.mark.parametrize("data", corpus(), ids=lambda data: data["steps"][0].get("id", "head"))
def test_model_and_schema_agree_on_every_variation_of_the_corpus(data: Any, validator: Draft7Validator) -> None:
    assert validator.is_valid(data)
    disagreements = []
    for what, changed in variations(data):
        workflow, problems = validate(changed, Workflow)
        valid = validator.is_valid(changed)
        if workflow is not None and not valid:
            disagreements.append(f"the schema refuses what the model takes: {what}")
        if workflow is None and valid and not {each.type for each in problems} <= CHECKED_BY_THE_MODEL_ALONE:
            disagreements.append(f"the schema takes what the model refuses: {what}: {problems[0].type}")
    assert disagreements == []


@pytest.mark.parametrize("file", sorted(ERR.glob("*.yaml")), ids=lambda file: file.stem)
def test_model_and_schema_agree_on_the_bad_playbooks(file: Path, validator: Draft7Validator) -> None:
    source = read_source(file.name, file.read_bytes())
    workflow, problems = validate(source.data, Workflow)
    if workflow is not None:
        assert validator.is_valid(source.data)
    elif not {each.type for each in problems} <= CHECKED_BY_THE_MODEL_ALONE | {"invalid-time"}:
        assert not validator.is_valid(source.data)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_wants_its_kind_of_value(name: str, validator: Draft7Validator) -> None:
    for value in ("junk", 7, ["a"], [1, 2], True, "3 days", "2026-01-01", None):
        for criterion in ({"field": "f", "op": name, "value": value}, {"field": "f", "op": name}):
            data = {"workflow": "w", "trigger": {"where": criterion}, "steps": [{"type": "end"}]}
            workflow, problems = validate(data, Workflow)
            if workflow is not None:
                assert validator.is_valid(data), criterion
            elif not (isinstance(criterion.get("value"), str) or criterion.get("value") is None):
                assert not validator.is_valid(data), criterion
            assert {each.type for each in problems} <= {"wrong-operator-value"}


def described(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], bool]]:
    """Every property and definition with whether it has a description."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from described(item, (*path, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("properties", "definitions") and path[-1:] != ("properties",):
                for name, inner in value.items():
                    yield (*path, key, name), bool(inner.get("description"))
            yield from described(value, (*path, key))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_and_definition_is_described(name: str) -> None:
    assert [path for path, told in described(SCHEMAS[name]()) if not told] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_draft_07_and_refers_to_what_it_holds(name: str) -> None:
    schema = SCHEMAS[name]()
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    text = text_of(name)
    assert "$defs" not in text and "prefixItems" not in text and '"discriminator"' not in text
    for reference in {part.partition('"')[0] for part in text.split('"#/definitions/')[1:]}:
        assert reference in schema["definitions"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_files_are_fresh(name: str) -> None:
    file = ROOT / "schemas" / f"{name}.schema.json"
    assert file.read_text(encoding="utf-8") == text_of(name), "run python -m spara_cli.cli.schema --write schemas"


def test_a_step_is_chosen_by_its_type() -> None:
    step = workflow_schema()["definitions"]["Step"]
    cases = {case["if"]["properties"]["type"]["const"] for case in step["allOf"]}
    assert cases == set(STEP_TYPES)


def test_an_editor_hears_of_the_one_step_that_is_wrong(validator: Draft7Validator) -> None:
    data = {"workflow": "w", "steps": [{"type": "wait", "for": "1 day", "nxt": "b"}, {"type": "end"}]}
    (error,) = validator.iter_errors(data)
    assert list(error.absolute_path) == ["steps", 0]
    assert "nxt" in error.message
