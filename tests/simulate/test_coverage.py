"""What counts as something to cover, and as covered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spara_cli.simulate.case import Subject
from spara_cli.simulate.coverage import Coverage, measure

RunYaml = Callable[[str, str], Any]
Compile = Callable[[str], Subject]

PLAYBOOK = """
settings: {goal: {where: {field: booked, op: is_true}, outcome: converted}, end_on_bounce: false}
steps:
  - {id: mail, type: send_email, subject: Hi, body: Hello, on: {failed: stop}}
  - {id: dial, type: call_phone, agent: ada, retry: {attempts: 2, every: 1 day, on: [no_answer, busy]}, on: {interested: stop}}
  - {id: answer, type: wait_for, event: visit, timeout: 1 day, on: {happened: stop}}
  - id: size
    type: condition
    branches:
      - {name: Large, when: {field: num_employees, op: at_least, value: 100}}
      - {name: Small, when: {field: num_employees, op: at_least, value: 1}}
  - {id: tell, type: notify, channel: sales, body: Hello}
  - {id: done, type: goto, step: end}
  - {id: stop, type: end, outcome: dropped}
"""


def coverage_of(run_yaml: RunYaml, compiled: Compile, *cases: str) -> Coverage:
    tests = "tests:\n" + "".join(f"  - {{name: c{n}, {case}}}\n" for n, case in enumerate(cases))
    ran, found = run_yaml(PLAYBOOK, tests)
    assert found == []
    return measure(compiled(PLAYBOOK), [case.run for case in ran])


LEAD = "lead: {email: a@b.test, phone_number: '+12125550100', num_employees: 500}"


def test_nothing_is_covered_by_no_case(compiled: Compile) -> None:
    found = measure(compiled(PLAYBOOK), [])
    assert (found.steps.covered, found.branches.covered, found.outcomes.covered, found.exits.covered) == (0, 0, 0, 0)
    assert found.steps.missing == ("mail", "dial", "answer", "size", "tell", "done", "stop")
    assert found.branches.missing == ("size: Large", "size: Small")
    # `notify` has no `on`: its outcomes make no difference.
    assert found.outcomes.missing == (
        *("mail: failed", "mail: sent"),
        *("dial: interested", "dial: no_answer", "dial: busy"),
        *("answer: happened", "answer: timed_out"),
    )
    # No text is sent, and a bounce ends nothing here.
    assert found.exits.missing == (
        "completed", "no_branch_matched", "dropped", "converted", "email_reply", "call_answer", "unsubscribe",
    )  # fmt: skip
    assert found.percent == 0


def test_cases_cover_together(run_yaml: RunYaml, compiled: Compile) -> None:
    found = coverage_of(
        run_yaml,
        compiled,
        f"given: {{{LEAD}, answers: {{dial: [busy, no_answer]}}}}",
        f"given: {{{LEAD}, answers: {{dial: voicemail}}}}, when: [{{after: 1 hour, event: visit}}]",
        f"given: {{{LEAD}, answers: {{mail: failed}}}}",
    )
    assert found.steps.missing == ()
    assert found.branches.missing == ("size: Small",)
    assert found.outcomes.missing == ("dial: interested",)
    assert set(found.exits.missing) == {"no_branch_matched", "converted", "email_reply", "call_answer", "unsubscribe"}


def test_an_exit_out_of_a_wait_is_no_outcome_of_it(run_yaml: RunYaml, compiled: Compile) -> None:
    case = f"given: {{{LEAD}, answers: {{dial: voicemail}}}}, when: [{{after: 1 hour, event: unsubscribe}}]"
    found = coverage_of(run_yaml, compiled, case)
    assert {"answer: happened", "answer: timed_out"} <= set(found.outcomes.missing)
    assert "unsubscribe" not in found.exits.missing


def test_a_disposition_covers_its_route(run_yaml: RunYaml, compiled: Compile) -> None:
    case = f"given: {{{LEAD}, answers: {{dial: {{outcome: voicemail, disposition: interested}}}}}}"
    assert "dial: interested" not in coverage_of(run_yaml, compiled, case).outcomes.missing


def test_a_workflow_with_little_to_cover_is_covered_by_little(compiled: Compile, run_yaml: RunYaml) -> None:
    playbook = "steps:\n  - {id: done, type: end}\n"
    cases, _ = run_yaml(playbook, "tests:\n  - {name: one}\n")
    assert measure(compiled(playbook), [cases[0].run]).percent == 100
