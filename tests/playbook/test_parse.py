"""From YAML to a checked model: one mistake is one diagnostic, at its place, whatever the data is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from spara_cli.diagnostics import Diagnostic, Fix, Severity, Span
from spara_cli.model.fields import Node, TimeOfDay
from spara_cli.playbook.parse import PROBLEMS_MAX, parse_model, parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow

OK = Path(__file__).parents[1] / "data" / "ok" / "every-step.yaml"


class Dog(Node):
    """A member of a union told apart by `kind`."""

    kind: Literal["dog"] = Field(description="A dog.")
    barks: bool = Field(description="Whether it barks.")


class Cat(Node):
    """The other member."""

    kind: Literal["cat"] = Field(description="A cat.")
    lives: int = Field(default=9, ge=1, description="How many lives.")


class Zoo(Node):
    """A small file format with every kind of union."""

    pets: list[Annotated[Dog | Cat, Field(discriminator="kind")]] = Field(default=[], description="The pets.")
    opens: TimeOfDay | None = Field(default=None, description="When it opens.")
    price: int | list[int] | Literal["free"] | Dog | None = Field(default=None, description="What it costs.")
    names: dict[Annotated[str, Field(max_length=5)], str] = Field(default={}, description="Names.")


def told(text: str, model: type[Node] = Workflow) -> list[tuple[int, int, str, str]]:
    _, found = parse_model(read_source("p.yaml", text.encode()), model)
    return [(each.span.start.line, each.span.start.column, each.rule, each.message) for each in found]


def one(text: str, model: type[Node] = Workflow) -> Diagnostic:
    _, found = parse_model(read_source("p.yaml", text.encode()), model)
    assert len(found) == 1, found
    return found[0]


def step(settings: str) -> str:
    return f"workflow: trial\nsteps:\n  - {{id: a, {settings}}}\n"


def test_every_step_type_with_every_setting_is_read() -> None:
    parsed = parse_workflow(read_source("every-step.yaml", OK.read_bytes()))
    assert parsed.diagnostics == ()
    assert parsed.workflow is not None
    assert parsed.workflow.workflow == "every-step"
    assert len({each.type for each in parsed.workflow.steps}) == 13


def test_what_yaml_refuses_is_passed_on_and_nothing_is_added() -> None:
    source = read_source("p.yaml", b"- a\n- b\n")
    assert parse_model(source, Workflow) == (None, source.diagnostics)


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        (step("type: wait, for: 31 days"), 3, 30, "wait-out-of-range"),
        (step("type: wait, fro: 1 day"), 3, 25, "unknown-key"),
        (step("type: wait, for_: 1 day"), 3, 25, "unknown-key"),
        (step("type: send_text, text: Hi"), 3, 30, "unknown-key"),
        (step("type: goto, goto: a"), 3, 25, "unknown-key"),
        (step("type: goto"), 3, 5, "missing-key"),
        (step("type: wiat"), 3, 19, "unknown-step-type"),
        (step("name: x"), 3, 5, "missing-key"),
        (step("type: wait, for: 1 day, only_if: [{field: x, op: eq}]"), 3, 62, "unknown-operator"),
        (step("type: wait, for: 1 day, only_if: [{all: [{field: x}]}]"), 3, 54, "missing-key"),
        (step("type: wait, for: 1 day, only_if: {not: {not: {field: x, op: is_true}, y: 1}}"), 3, 83, "unknown-key"),
        (step("type: update_lead, set: {event.id: x}"), 3, 38, "invalid-field-name"),
        (step("type: api, url: 'https://a', json: {a.b: ['{{ x']}"), 3, 55, "template-error"),
    ],
)
def test_a_mistake_is_told_once_and_at_its_place(text: str, line: int, column: int, rule: str) -> None:
    assert [place[:3] for place in told(text)] == [(line, column, rule)]


def test_a_misspelt_key_is_not_also_a_missing_one() -> None:
    found = one(step("type: send_email, subjct: Hi, body: Hi"))
    assert (found.rule, found.help) == ("unknown-key", "did you mean `subject`?")


def test_the_only_unknown_key_stands_for_the_only_missing_one() -> None:
    assert one(step("type: send_text, text: Hi")).help == "did you mean `body`?"


def test_an_unknown_key_beside_a_missing_one_is_another_mistake_when_it_is_surely_something_else() -> None:
    rules = {place[2] for place in told(step("type: goto, nxt: b"))}
    assert rules == {"unknown-key", "missing-key"}


def test_inside_what_the_yaml_reader_refused_nothing_is_said() -> None:
    rules = [place[2] for place in told(step("type: send_text, body: *hello"))]
    assert rules == ["alias-not-allowed"]
    rules = [place[2] for place in told(step("type: wait, for: *long"))]
    assert rules == ["alias-not-allowed"]


def test_a_tagged_union_is_told_about_by_its_own_key() -> None:
    assert told("pets: [{kind: dgo}]", Zoo)[0][2:] == ("invalid-value", "unknown kind `dgo` in an entry of `pets`")
    assert told("pets: [{kind: dog, barks: 1}]", Zoo)[0][:3] == (1, 27, "wrong-type")
    assert told("pets: [{lives: 1}]", Zoo)[0][2:] == ("missing-key", "missing key `kind` in an entry of `pets`")


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ("dear", "expected a whole number, a list, `free` or a mapping, got text"),
        ("[1, x]", "expected a whole number, got text"),
        ("{kind: dog, barks: x}", "expected `true` or `false`, got text"),
        ("{kind: dog}", "missing key `barks` in `price`"),
        ("1.5", "expected a whole number, a list, `free` or a mapping, got a number"),
    ],
)
def test_of_a_plain_union_the_member_that_was_meant_complains(price: str, message: str) -> None:
    assert one(f"price: {price}", Zoo).message == message


def test_a_key_that_is_too_long_is_marked_itself() -> None:
    found = one("names: {abcdefgh: x}", Zoo)
    assert found.span == Span.of(1, 9, 8)


def test_text_that_yaml_takes_for_something_else_is_to_be_quoted() -> None:
    found = one(step("type: send_text, body: 2026"))
    assert found.fix == Fix(Span.of(3, 36, 4), '"2026"')
    assert found.message == "expected text, got a number"


# Times


@pytest.mark.parametrize(
    ("written", "rule", "fixed"),
    [
        ("10:30", "unquoted-time", '"10:30"'),
        ("9:05", "unquoted-time", '"09:05"'),
        ("'10:30'", None, None),
        ("25:00", "invalid-time", None),
        ("630", "invalid-time", None),
    ],
)
def test_a_time_of_day_must_be_quoted(written: str, rule: str | None, fixed: str | None) -> None:
    _, found = parse_model(read_source("p.yaml", f"opens: {written}".encode()), Zoo)
    assert [each.rule for each in found] == ([rule] if rule else [])
    assert [each.fix.replacement for each in found if each.fix] == ([fixed] if fixed else [])


def test_an_unquoted_clock_where_text_belongs_is_text() -> None:
    assert told("names: {a: 10:30}", Zoo) == []
    zoo, _ = parse_model(read_source("p.yaml", b"names: {a: 10:30}"), Zoo)
    assert zoo is not None and zoo.names == {"a": "10:30"}


# Whatever comes


def test_a_file_full_of_mistakes_ends_with_a_count() -> None:
    text = "workflow: trial\nsteps:\n" + "".join(f"  - {{id: s{n}, type: wiat}}\n" for n in range(PROBLEMS_MAX + 50))
    found = told(text)
    assert len(found) == PROBLEMS_MAX + 1
    assert found[-1][2] == "too-many-problems"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["wait", "a", "all", "not", "1 day", "10:30", "{{ x", "", "é"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["all", "not", "field", "op", "value", "type", "steps", "id"]), inner),
    max_leaves=12,
)  # fmt: skip
PLACES: list[tuple[str | int, ...]] = [
    ("trigger",), ("trigger", "where"), ("trigger", "reentry"), ("settings",), ("settings", "goal"), ("steps",),
    *[("steps", index) for index in range(14)], ("steps", 0, "only_if"), ("steps", 0, "on"), ("steps", 9, "branches"),
    ("steps", 4, "retry"), ("steps", 5, "json"), ("steps", 5, "extract"),
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(PLACES), junk=JSON)
def test_any_data_gives_a_workflow_or_located_errors(place: tuple[str | int, ...], junk: Any) -> None:
    data: Any = read_source("every-step.yaml", OK.read_bytes()).data
    holder = data
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = junk
    source = read_source("p.yaml", json.dumps(data).encode())
    parsed = parse_workflow(source)
    errors = [found for found in parsed.diagnostics if found.severity is Severity.ERROR]
    assert (parsed.workflow is None) == bool(errors)
    for found in parsed.diagnostics:
        assert found.span.start.line == 1
        assert 1 <= found.span.start.column <= len(source.text) + 1
