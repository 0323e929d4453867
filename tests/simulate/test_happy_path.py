"""The automatic case: a lead is made that enters and takes the first branch of every condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spara_cli.model.fieldtypes import FieldTypeError
from spara_cli.model.localtime import parse_instant
from spara_cli.simulate.case import Subject
from spara_cli.simulate.happy_path import HappyPath, happy_path, read_override

Compile = Callable[[str], Subject]


def walk(subject: Subject, **overrides: Any) -> HappyPath:
    """The happy path from a Monday morning."""
    return happy_path(subject, parse_instant("2026-03-02T14:00:00Z", subject.rules.zone), overrides)


def kinds(path: HappyPath) -> list[str]:
    return [entry.kind for entry in path.run.entries]


def branches(path: HappyPath) -> list[str | None]:
    return [entry.outcome for entry in path.run.entries if entry.kind == "branch"]


CRITERIA = [
    "{field: plan, op: equals, value: Pro}",
    "{field: plan, op: equals, value: Pro, case: exact}",
    "{field: plan, op: is_not, value: Example}",
    "{field: plan, op: contains, value: ro}",
    "[{field: plan, op: starts_with, value: Pro}, {field: plan, op: ends_with, value: two}, {field: plan, op: contains, value: x}]",
    "{field: plan, op: one_of, value: [a, b]}",
    "[{field: plan, op: one_of, value: [a, b]}, {field: plan, op: is_not, value: a}]",
    "{field: plan, op: matches, value: 'p?o*'}",
    "[{field: email, op: ends_with, value: '@acme.test'}]",
    "{field: seats, op: equals, value: 3}",
    "{field: seats, op: is_not, value: 3}",
    "{field: seats, op: greater_than, value: 3.5}",
    "[{field: seats, op: greater_than, value: 3}, {field: seats, op: less_than, value: 5}]",
    "[{field: num_employees, op: greater_than, value: 3}, {field: num_employees, op: less_than, value: 5}]",
    "[{field: seats, op: greater_than, value: 3}, {field: seats, op: less_than, value: 4}]",
    "{field: seats, op: less_than, value: -100}",
    "[{field: seats, op: between, value: [5, 7]}, {field: seats, op: is_not, value: 5}, {field: seats, op: is_not, value: 6}]",
    "{field: seats, op: at_most, value: 0}",
    "{field: booked, op: is_true}",
    "{field: booked, op: is_false}",
    "{field: tags, op: contains, value: vip}",
    "[{field: tags, op: contains, value: vip}, {field: tags, op: length_greater_than, value: 3}]",
    "[{field: tags, op: contains_any, value: [a, b]}, {field: tags, op: does_not_contain, value: a}]",
    "{field: tags, op: length_equals, value: 0}",
    "{field: topics, op: length_less_than, value: 2}",
    "{field: seen_at, op: before, value: '2020-01-01'}",
    "{field: seen_at, op: after, value: '2030-01-01'}",
    "{field: seen_at, op: \"on\", value: '2026-02-03'}",
    "{field: seen_at, op: within_last, value: 7 days}",
    "[{field: seen_at, op: within_last, value: 7 days}, {field: seen_at, op: more_than_ago, value: 6 days}]",
    "{field: renews_at, op: within_next, value: 7 days}",
    "{field: renews_at, op: more_than_ahead, value: 7 days}",
    "{field: created_at, op: more_than_ago, value: 30 days}",
    "{field: last_active_at, op: more_than_ago, value: 30 days}",
    "{field: plan, op: is_defined}",
    "{field: email, op: is_not_defined}",
    "{not: {field: email, op: is_defined}}",
    "{not: {field: plan, op: equals, value: Pro}}",
    "{not: {any: [{field: plan, op: equals, value: a}, {field: seats, op: greater_than, value: 3}]}}",
    "{not: {all: [{field: email, op: is_defined}, {field: seats, op: greater_than, value: 3}]}}",
    "{any: [{all: [{field: a, op: is_true}, {field: a, op: is_false}]}, {field: b, op: is_true}]}",
    "[{any: [{field: a, op: is_true}, {field: b, op: is_true}]}, {field: a, op: is_false}]",
]  # fmt: skip


@pytest.mark.parametrize("where", CRITERIA)
def test_a_lead_is_made_for_any_trigger_that_can_be_met(compiled: Compile, where: str) -> None:
    path = walk(compiled(f"trigger:\n  where: {where}\nsteps:\n  - {{id: done, type: end}}\n"))
    assert (path.problem, path.notes, kinds(path)) == (None, (), ["entered", "exited"])


@pytest.mark.parametrize("where", CRITERIA)
def test_and_for_any_first_branch_after_a_wait(compiled: Compile, where: str) -> None:
    path = walk(
        compiled(f"""
        steps:
          - {{id: pause, type: wait, for: 10 days}}
          - {{id: which, type: condition, branches: [{{name: First, when: {where}}}, {{name: Second}}]}}
        """)
    )
    assert (path.notes, branches(path)) == ((), ["First"])


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ("[{field: seats, op: greater_than, value: 3}, {field: seats, op: less_than, value: 3}]",
         ["`seats greater_than 3` (the trigger)", "`seats less_than 3` (the trigger)"]),
        ("[{field: plan, op: is_defined}, {field: plan, op: is_not_defined}]", ["`plan is_defined`", "`plan is_not_defined`"]),
        ("[{field: num_employees, op: greater_than, value: 3}, {field: num_employees, op: less_than, value: 4}]",
         ["num_employees"]),
        ("{all: [{field: a, op: is_true}, {not: {field: a, op: is_true}}]}", ["not `a is_true`"]),
    ],
)  # fmt: skip
def test_a_contradiction_names_the_criteria(compiled: Compile, where: str, named: list[str]) -> None:
    path = walk(compiled(f"trigger:\n  where: {where}\nsteps:\n  - {{id: done, type: end}}\n"))
    assert path.problem is not None
    assert all(name in path.problem for name in named), path.problem


def test_a_branch_at_odds_with_the_trigger_is_noted_and_passed_by(compiled: Compile) -> None:
    path = walk(
        compiled("""
        trigger: {where: {field: num_employees, op: at_least, value: 100}}
        steps:
          - {id: size, type: condition, branches: [{name: Small, when: {field: num_employees, op: less_than, value: 10}}, {name: Large}]}
          - {id: stage, type: condition, branches: [{name: Trial, when: {field: stage, op: equals, value: trial}}, {name: Other}]}
        """)
    )
    assert branches(path) == ["Large", "Trial"]
    (note,) = path.notes
    assert note.startswith("branch `Small` of `size` is not met")
    assert "`num_employees at_least 100` (the trigger)" in note


def test_a_branch_that_an_earlier_step_makes_impossible_is_noted(compiled: Compile) -> None:
    path = walk(
        compiled("""
        steps:
          - {id: set, type: update_lead, set: {stage: customer}}
          - {id: stage, type: condition, branches: [{name: Trial, when: {field: stage, op: equals, value: trial}}, {name: Other}]}
        """)
    )
    assert branches(path) == ["Other"]
    assert path.notes == ("branch `Trial` of `stage` is not met: a value it needs is another by then",)


def test_no_step_has_to_be_skipped(compiled: Compile) -> None:
    path = walk(
        compiled("""
        settings: {end_on_call_answer: false}
        steps:
          - {id: mail, type: send_email, to: [lead, rep], subject: Hi, body: Hello, only_if: {field: country, op: equals, value: US}}
          - {id: text, type: send_text, body: Hello}
          - {id: tell, type: notify, channel: sales, to: rep, body: Hello}
          - {id: date, type: wait, until_field: callback_at}
          - {id: dial, type: call_phone, agent: ada}
          - {id: stay, type: condition, otherwise: stay, branches: [{name: Only, when: {field: stage, op: equals, value: a}}]}
          - {id: leave, type: condition, branches: [{name: Only, when: {field: city, op: equals, value: a}}]}
        """)
    )
    assert path.notes == ()
    assert "skipped" not in kinds(path)
    assert path.run.entries[-1].reason == "completed"
    assert path.run.reached == {"mail", "text", "tell", "date", "dial", "stay", "leave"}


def test_calls_are_answered_as_the_conditions_behind_them_ask(compiled: Compile) -> None:
    path = walk(
        compiled("""
        settings: {end_on_call_answer: false}
        steps:
          - {id: first, type: call_phone, agent: ada}
          - {id: a, type: condition, branches: [{name: Missed, when: {field: last_call.outcome, op: one_of, value: [no_answer, busy]}}]}
          - {id: second, type: call_phone, agent: ada}
          - id: b
            type: condition
            branches:
              - name: Interested
                when: [{field: last_call.outcome, op: equals, value: answered}, {field: last_call.disposition, op: equals, value: interested}, {field: last_call.duration, op: greater_than, value: 60}]
        """)
    )
    assert (path.notes, branches(path)) == ((), ["Missed", "Interested"])


def test_an_event_comes_for_the_trigger_and_for_a_step_that_waits_for_one(compiled: Compile) -> None:
    path = walk(
        compiled("""
        trigger: {on: "webhook:orders", where: {field: event.order.total, op: at_least, value: 100}, reentry: {per: order_id}}
        steps:
          - {id: visit, type: wait_for, event: page_visited, match: {field: event.page, op: equals, value: /pricing}, timeout: 2 minutes}
          - {id: which, type: condition, branches: [{name: Seen, when: {field: event.page, op: contains, value: pric}}]}
        """)
    )
    assert (path.problem, path.notes, branches(path)) == (None, (), ["Seen"])
    assert ("visit", "happened") in path.run.outcomes


@pytest.mark.parametrize("on", ["lead_created", "lead_updated", "call_ended", "page_visited", "text_reply"])
def test_a_lead_enters_by_any_event(compiled: Compile, on: str) -> None:
    path = walk(compiled(f"trigger: {{on: {on}}}\nsteps:\n  - {{id: done, type: end}}\n"))
    assert (path.problem, kinds(path)) == (None, ["entered", "exited"])


def test_a_value_given_by_hand_stays_and_shows_what_comes_of_it(compiled: Compile) -> None:
    subject = compiled("""
    trigger: {where: [{field: num_employees, op: at_least, value: 100}, {field: plan, op: equals, value: Pro}]}
    steps:
      - {id: size, type: condition, branches: [{name: Huge, when: {field: num_employees, op: at_least, value: 1000}}, {name: Large}]}
    """)
    assert branches(walk(subject)) == ["Huge"]
    assert branches(walk(subject, num_employees=100)) == ["Large"]
    refused = walk(subject, num_employees=10)
    assert (refused.problem, kinds(refused)) == (None, ["refused"])


def test_a_step_that_blocks_is_noted(compiled: Compile) -> None:
    path = walk(compiled("steps:\n  - {id: dial, type: call_phone, agent: nobody}\n"))
    assert path.notes == ("`dial` is blocked (agent_unknown), so the path ends there",)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("num_employees", "12", 12),
        ("first_name", "12", "12"),
        ("first_name", "", None),
        ("tags", "a;b", ["a", "b"]),
        ("seats", "3.5", 3.5),  # the criteria say that it is a number
        ("booked", "yes", True),
        ("last_active_at", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("anything", "true", "true"),
    ],
)
def test_set_reads_a_value_by_its_fields_type(compiled: Compile, name: str, text: str, value: object) -> None:
    subject = compiled("""
    trigger: {where: [{field: seats, op: between, value: [1.5, 5]}, {field: booked, op: is_true}]}
    steps: [{id: done, type: end}]
    """)
    if name == "seats":
        with pytest.raises(FieldTypeError):
            read_override(subject, name, "many")
    assert read_override(subject, name, text) == value


def test_a_loop_that_asks_for_the_same_again_ends(compiled: Compile) -> None:
    path = walk(
        compiled("""
        steps:
          - {id: which, type: condition, branches: [{name: Again, when: {field: stage, op: is_not, value: b}, steps: [{id: pause, type: wait, for: 1 day}, {id: back, type: goto, step: which}]}, {name: Out}]}
        """)
    )
    assert path.run.entries[-1].reason == "too_many_visits"
