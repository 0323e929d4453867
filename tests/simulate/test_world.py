"""The world of a test: order at one instant, answers used up, and an end to everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from spara_cli.model.localtime import parse_instant
from spara_cli.simulate.case import Setup, Subject
from spara_cli.simulate.world import TURNS_MAX, run_case

RunYaml = Callable[[str, str], Any]
Compile = Callable[[str], Subject]


def told(cases: Any) -> list[tuple[str, Any]]:
    """Kind and step of every entry of the first case."""
    return [(entry["kind"], entry["step"]) for entry in cases[0].actual]


def test_what_is_due_comes_before_what_happens_at_the_same_instant(run_yaml: RunYaml) -> None:
    playbook = """
    steps:
      - {id: pause, type: wait, for: 1 day}
      - {id: mail, type: send_email, subject: Hi, body: Hello}
      - {id: more, type: wait, for: 1 day}
    """
    tests = """
    tests:
      - name: one
        given: {lead: {email: a@b.test}}
        when: [{after: 1 day, event: unsubscribe}]
    """
    cases, _ = run_yaml(playbook, tests)
    assert [kind for kind, _ in told(cases)] == ["entered", "waiting", "sent", "waiting", "event", "exited"]


def test_things_at_one_instant_happen_in_the_order_of_the_file(run_yaml: RunYaml) -> None:
    playbook = "steps:\n  - {id: pause, type: wait, for: 5 days}\n  - {id: done, type: end}\n"
    tests = """
    tests:
      - name: one
        when:
          - {after: 1 day, do: unpublish}
          - {after: 1 day, event: b}
          - {after: 1 hour, event: a}
          - {after: 1 day, do: publish}
    """
    cases, _ = run_yaml(playbook, tests)
    kinds = [kind for kind, _ in told(cases)]
    assert kinds == ["entered", "waiting", "event", "paused", "event", "resumed", "exited"]
    assert cases[0].actual[2]["detail"] == {"event": "a"}


def test_a_list_of_answers_is_used_up_in_order_and_its_last_stays(run_yaml: RunYaml) -> None:
    playbook = """
    settings: {end_on_call_answer: false}
    steps:
      - {id: dial, type: call_phone, agent: ada, max_visits: 4}
      - {id: pause, type: wait, for: 1 day}
      - {id: again, type: goto, step: dial}
    """
    tests = """
    tests:
      - name: one
        given: {lead: {phone_number: "+12125550100"}, answers: {dial: [busy, answered, voicemail]}}
    """
    cases, _ = run_yaml(playbook, tests)
    outcomes = [entry["outcome"] for entry in cases[0].actual if entry["kind"] == "called"]
    assert outcomes == ["busy", "answered", "voicemail", "voicemail"]


def test_five_tries_take_about_an_hour(run_yaml: RunYaml) -> None:
    playbook = "steps:\n  - {id: mail, type: send_email, subject: Hi, body: Hello}\n"
    tests = "tests:\n  - {name: one, given: {lead: {email: a@b.test}, answers: {mail: {error: timeout}}}}\n"
    cases, _ = run_yaml(playbook, tests)
    ats = [parse_instant(entry["at"], cases[0].zone) for entry in cases[0].actual if entry["step"] == "mail"]
    assert len(ats) == 6  # four retries, the skip, the exit
    assert timedelta(minutes=45) < ats[-1] - ats[0] < timedelta(minutes=75)


def test_an_attempt_nobody_knows_of_is_never_made_twice(run_yaml: RunYaml) -> None:
    playbook = "steps:\n  - {id: mail, type: send_email, subject: Hi, body: Hello}\n"
    tests = "tests:\n  - {name: one, given: {lead: {email: a@b.test}, answers: {mail: [{uncertain: crash}, sent]}}}\n"
    cases, _ = run_yaml(playbook, tests)
    assert [kind for kind, _ in told(cases)] == ["entered", "uncertain", "skipped", "exited"]


def test_a_thousand_steps_in_a_row_are_no_trouble(run_yaml: RunYaml) -> None:
    steps = "".join(f"  - {{id: s{n}, type: send_email, subject: Hi, body: Hello}}\n" for n in range(1_000))
    cases, _ = run_yaml(f"steps:\n{steps}", "tests:\n  - {name: one, given: {lead: {email: a@b.test}}}\n")
    assert sum(kind == "sent" for kind, _ in told(cases)) == 1_000


def test_a_case_that_does_not_end_is_stopped_and_told(compiled: Compile) -> None:
    subject = compiled("""
    steps:
      - {id: pause, type: wait, for: 1 minute, max_visits: 10000}
      - {id: mail, type: send_email, subject: Hi, body: Hello, max_visits: 10000}
      - {id: again, type: goto, step: pause, max_visits: 10000}
    """)
    cases_lead = compiled_lead(subject)
    run = run_case(subject, cases_lead)
    assert run.endless is not None
    assert f"after {TURNS_MAX:,} moves the lead is at step" in run.endless


def compiled_lead(subject: Subject) -> Setup:
    """A setup with a lead that has an email."""
    from spara_cli.model.lead import Lead

    start = parse_instant("2026-03-02T09:00:00Z", subject.rules.zone)
    return Setup(start, Lead("one", {"email": "a@b.test"}, start, start, start))


def test_the_same_setup_gives_the_same_timeline(compiled: Compile) -> None:
    subject = compiled("steps:\n  - {id: mail, type: send_email, subject: Hi, body: Hello}\n")
    setup = compiled_lead(subject)
    assert run_case(subject, setup) == run_case(subject, setup)


@pytest.mark.parametrize("value", ["trial", "Trial"])
def test_a_change_that_changes_nothing_is_no_change(run_yaml: RunYaml, value: str) -> None:
    playbook = """
    settings: {goal: {where: {field: stage, op: equals, value: trial, case: exact}}}
    steps:
      - {id: set, type: update_lead, set: {stage: Trial}}
      - {id: pause, type: wait, for: 5 days}
    """
    tests = f"tests:\n  - {{name: one, when: [{{after: 1 day, set: {{stage: {value}}}}}]}}\n"
    cases, _ = run_yaml(playbook, tests)
    reason = {"trial": "goal", "Trial": "completed"}[value]
    assert cases[0].actual[-1]["reason"] == reason


def test_a_lead_never_offered_leaves_an_empty_timeline(run_yaml: RunYaml) -> None:
    playbook = "trigger: {on: page_visited}\nsteps:\n  - {id: done, type: end}\n"
    cases, _ = run_yaml(playbook, "tests:\n  - {name: one, enters: false}\n")
    assert (cases[0].actual, cases[0].passed) == ((), True)
