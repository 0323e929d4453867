"""A mistake in a test file is one located diagnostic, and the cases of that file are not run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PLAYBOOK = """
steps:
  - {id: mail, type: send_email, subject: Hi, body: Hello}
  - {id: pause, type: wait, for: 1 day}
  - {id: dial, type: call_phone, agent: ada}
  - {id: rehearse, type: call_phone, agent: ada, mode: qa}
  - {id: enrich, type: api, url: "https://a.test", extract: [{name: score, type: integer, path: score}, {name: mood, describe: Mood}]}
  - {id: classify, type: prompt, instructions: Look, extract: [{name: intent}, {name: error}]}
  - {id: other, type: enroll, workflow: nurture}
"""

RunYaml = Callable[[str, str], Any]


def place_of(tests: str, needle: str) -> tuple[int, int]:
    """Line and column of a piece of a test file, counted from 1, below the line `workflow: demo`."""
    before = f"workflow: demo\n{tests}".partition(needle)[0]
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


CASE = "tests:\n  - {name: one, "


@pytest.mark.parametrize(
    ("case", "needle", "rule", "message"),
    [
        # answers
        ("given: {answers: {pause: sent}}", "pause", "wrong-answer", "asks the outside world for nothing"),
        ("given: {answers: {mail: answered}}", "answered", "wrong-answer", "cannot end with `answered`"),
        ("given: {answers: {mail: [sent, faild]}}", "faild", "wrong-answer", "cannot end with `faild`"),
        ("given: {answers: {mail: []}}", "[]", "wrong-answer", "must not be empty"),
        ("given: {answers: {mail: 12}}", "12", "wrong-answer", "a word or a mapping"),
        ("given: {answers: {mail: {outcome: sent, code: x}}}", "x}", "wrong-answer", "belongs to an answer that failed"),
        ("given: {answers: {mail: {outcom: sent}}}", "sent", "wrong-answer", "unknown key `outcom`"),
        ("given: {answers: {mail: {error: 12}}}", "12", "wrong-answer", "`error` is text"),
        ("given: {answers: {mail: {error: busy, retry_after: soon}}}", "soon", "wrong-answer", "number of seconds"),
        ("given: {answers: {dial: interested}}", "interested", "wrong-answer", "cannot end with `interested`"),
        ("given: {answers: {dial: {duration: long}}}", "long", "wrong-answer", "length in seconds"),
        ("given: {answers: {dial: {summary: 3}}}", "3", "wrong-answer", "`summary` is text"),
        ("given: {answers: {rehearse: busy}}", "busy", "wrong-answer", "dials nobody"),
        ("given: {answers: {enrich: {status: 99}}}", "99", "wrong-answer", "from 100 to 599"),
        ("given: {answers: {enrich: {status: ok}}}", "ok", "wrong-answer", "from 100 to 599"),
        ("given: {answers: {enrich: {body: {}}}}", "{}", "wrong-answer", "unknown key `body`"),
        ("given: {answers: {enrich: {fields: {score: 1}}}}", "1", "wrong-answer", "describes no value `score`"),
        ("given: {answers: {classify: {intend: x}}}", "x", "wrong-answer", "extracts no field `intend`"),
        ("given: {answers: {other: sent}}", "sent", "wrong-answer", "cannot end with `sent`"),
        # the lead
        ("given: {lead: {num_employees: many}}", "many", "wrong-field-type", "`num_employees` wants an integer"),
        ("given: {lead: {event: x}}", "event", "invalid-field-name", "is reserved"),
        ("given: {lead: {plan: {a: 1}}}", "{a", "wrong-field-type", "no nested values"),
        ("given: {lead: {last_active_at: now}}", "now", "wrong-field-type", "not a date"),
        ("given: {lead: {id: 7}}", "7", "wrong-field-type", "is text"),
        ("given: {lead: {score: high}}", "high", "wrong-field-type", "`score` wants an integer"),
        # what happens
        ("given: {lead: {plan: a}}, when: [{after: 1 day, set: {plan: 3}}]", "3}", "wrong-field-type", "wants text"),
        ("when: [{at: '2020-01-01', event: x}]", "'2020", "invalid-instant", "before the case begins"),
        ("when: [{event: x}]", "{event", "missing-key", "either `after` or `at`"),
        ("when: [{after: 1 day, at: '2027-01-01', event: x}]", "{after", "missing-key", "either `after` or `at`"),
        ("when: [{after: 1 day}]", "{after", "missing-key", "one of `event`, `set` and `do`"),
        ("when: [{after: 1 day, event: x, do: cancel}]", "{after", "missing-key", "one of `event`, `set` and `do`"),
        ("when: [{after: 1 day, do: cancel, data: {a: 1}}]", "{a: 1", "unknown-key", "belongs to an `event`"),
        ("when: [{after: 1 day, do: stop}]", "stop", "invalid-value", "`stop` is not a value of `do`"),
        ("when: [{after: 1, event: x}]", "1,", "invalid-duration", "text with a unit"),
        # what is expected
        ("expect: [{step: mial}]", "mial", "unknown-step", "`demo` has no step `mial`"),
        ("never: [{step: mial}]", "mial", "unknown-step", "`demo` has no step `mial`"),
        ("expect_exactly: [{step: mial}]", "mial", "unknown-step", "`demo` has no step `mial`"),
        ("expect: [{kind: send}]", "send", "unknown-kind", "no kind of entry `send`"),
        ("expect: [{}]", "{}", "missing-key", "at least one key"),
        ("expect: [{at: '2027-01-01', after: 1 day}]", "1 day", "missing-key", "not both"),
        ("expect: [{at: noon}]", "noon", "invalid-instant", "not a date"),
        ("expect: [{visit: first}]", "first", "wrong-type", "expected a whole number"),
        # the case
        ("expects: []", "expects", "unknown-key", "unknown key `expects`"),
        ("given: {at: yesterday}", "yesterday", "invalid-instant", "not a date"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_is(run_yaml: RunYaml, case: str, needle: str, rule: str, message: str) -> None:
    tests = f"{CASE}{case}}}\n"
    cases, found = run_yaml(PLAYBOOK, tests)
    assert cases == []
    assert [(each.rule, message in each.message) for each in found] == [(rule, True)], found
    start = found[0].span.start
    assert (start.line, start.column) == place_of(tests, needle)


def test_all_mistakes_of_a_file_are_told_in_one_run(run_yaml: RunYaml) -> None:
    tests = """tests:
  - {name: one, given: {answers: {mail: nothing, dial: nobody}}, expect: [{step: nowhere}]}
  - {name: two, given: {lead: {num_employees: few}}}
"""
    _, found = run_yaml(PLAYBOOK, tests)
    assert [each.rule for each in found] == ["wrong-answer", "wrong-answer", "unknown-step", "wrong-field-type"]


def test_two_tests_of_one_name_are_refused(run_yaml: RunYaml) -> None:
    _, found = run_yaml(PLAYBOOK, "tests:\n  - {name: one}\n  - {name: one}\n")
    assert [(each.rule, each.span.start.line) for each in found] == [("duplicate-test", 4)]


def test_a_disposition_written_as_an_outcome_is_told_how_it_is_written(run_yaml: RunYaml) -> None:
    _, (found,) = run_yaml(PLAYBOOK, f"{CASE}given: {{answers: {{dial: demo-wanted}}}}}}\n")
    assert "{outcome: answered, disposition: demo-wanted}" in (found.help or "")


@pytest.mark.parametrize(
    "answers",
    [
        "mail: sent", "mail: failed", "mail: bounced", "mail: [sent]", "mail: {outcome: failed, code: 550, message: no}",
        "mail: {error: timeout, retry_after: 3, message: x}", "mail: {blocked: credentials_refused}", "mail: {uncertain: crash}",
        "dial: voicemail", "dial: {disposition: interested, duration: 3.5, summary: s, recording_url: u}",
        "dial: {outcome: failed, code: x}", "rehearse: answered", "enrich: success", "enrich: failure", "enrich: {}",
        "enrich: {status: 404}", "enrich: {json: [1]}", "enrich: {fields: {mood: good}}", "enrich: {error: connection}",
        "classify: success", "classify: failure", "classify: {}", "classify: {intent: HIGH}", "classify: {error: a field}",
        "other: enrolled", "other: {outcome: refused, code: inside}",
    ],
)  # fmt: skip
def test_every_answer_a_step_can_get_is_taken(run_yaml: RunYaml, answers: str) -> None:
    given = f"given: {{lead: {{email: a@b.test, phone_number: '+12125550100'}}, answers: {{{answers}}}}}"
    cases, found = run_yaml(PLAYBOOK, f"{CASE}{given}, enters: true}}\n")
    assert (found, [case.passed for case in cases]) == ([], [True])


def test_a_field_of_a_prompt_may_have_the_name_of_a_trouble(run_yaml: RunYaml) -> None:
    tests = f"{CASE}given: {{answers: {{classify: {{error: none}}}}}}, expect: [{{step: classify, fields: {{error: none}}}}]}}"
    cases, found = run_yaml(PLAYBOOK, tests)
    assert (found, cases[0].failures) == ([], ())


def test_a_datetime_is_kept_as_text_in_utc(run_yaml: RunYaml) -> None:
    playbook = "steps:\n  - {id: tell, type: notify, channel: c, body: '{{ created_at }} {{ last_active_at }}'}\n"
    tests = """tests:
  - name: one
    given: {at: "2026-03-02T09:00:00-05:00", lead: {created_at: "2026-01-01T00:00:00+01:00"}}
    expect: [{body: "2025-12-31T23:00:00Z 2026-03-02T14:00:00Z"}]
"""
    cases, found = run_yaml(playbook, tests)
    assert (found, cases[0].failures) == ([], ())
