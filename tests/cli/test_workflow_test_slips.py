"""Slips that `spara workflow test` must not pass over: a wrong key, a field nobody knows, a key for a path (V2)."""

from __future__ import annotations

from typing import Any

import pytest

PLAYBOOK = """\
workflow: demo
trigger: {where: {field: num_employees, op: at_least, value: 100}}
steps:
  - {id: hello, type: send_email, subject: "Hi {{ first_name }}", body: Hello, on: {failed: end}}
  - {id: two-days, type: wait, for: 2 days}
  - {id: dial, type: call_phone, agent: ada}
"""
TESTS = """\
workflow: demo
settings: {agents: {ada: {phone_number: "+12125550199"}}}
tests:
  - name: a reply ends it
    given: {lead: {email: ada@example.com, first_name: Ada, num_employees: 100}}
    when: [{after: 1 day, event: email_reply}]
    expect:
      - {kind: sent, subject: Hi Ada}
      - {kind: exited, reason: email_reply}
  - name: a small company
    given: {lead: {email: ada@example.com, num_employees: 99}}
    enters: false
"""


@pytest.fixture
def demo(project: Any) -> Any:
    """A project with one playbook and its tests."""
    project.write("playbooks/demo.yaml", PLAYBOOK)
    project.write("playbooks/demo.test.yaml", TESTS)
    return project


def test_the_test_file_of_the_same_name_is_taken_and_its_wrong_key_is_an_error(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", TESTS.replace("workflow: demo", "workflow: dmeo"))
    for path in ("playbooks/demo.yaml", "playbooks"):
        finished = demo.run("workflow", "test", path)
        assert finished.code == 1
        assert (
            "playbooks/demo.test.yaml:1:11: error: the playbook of the same name, playbooks/demo.yaml" in finished.out
        )
        assert "declares the workflow `demo`, not `dmeo` [unknown-workflow]" in finished.out
        assert finished.out.splitlines()[-1] == "1 file, 0 passed, 0 failed, 1 invalid"


def test_a_copied_test_file_that_names_the_other_playbook_is_an_error(demo: Any) -> None:
    demo.write("playbooks/other.yaml", PLAYBOOK.replace("workflow: demo", "workflow: other"))
    demo.write("playbooks/other.test.yaml", TESTS)
    finished = demo.run("workflow", "test", "playbooks/other.yaml")
    assert (finished.code, "declares the workflow `other`, not `demo`" in finished.out) == (1, True)


def test_a_field_nobody_knows_is_warned_of_with_the_nearest(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", TESTS.replace("first_name: Ada", "first_name: Ada, frist_name: Ada"))
    finished = demo.ok("workflow", "test")
    assert "playbooks/demo.test.yaml:5:61: warning: unknown field `frist_name`" in finished.out
    assert "did you mean `first_name`?" in finished.out
    finished = demo.ok("workflow", "test", "--json")
    assert "warning: unknown field `frist_name`" in finished.err
    demo.write("spara.yaml", "fields: {frist_name: {type: string}}\n")
    assert "warning" not in demo.ok("workflow", "test").out


def test_a_field_of_set_that_nobody_knows_is_warned_of(demo: Any) -> None:
    finished = demo.ok("workflow", "test", "--set", "num_employes=5")
    assert finished.err == (
        "warning: --set: unknown field `num_employes`: no playbook reads it\n  = help: did you mean `num_employees`?\n"
    )
    assert "declare it under `fields`" in demo.ok("workflow", "test", "--set", "zzz=5").err
    assert demo.ok("workflow", "test", "--set", "num_employees=500").err == ""
    demo.write("playbooks/demo.yaml", PLAYBOOK.replace("{{ first_name }}", "{{ nick }}"))
    assert demo.ok("workflow", "test", "--set", "nick=Al").err == ""


def test_a_case_that_fails_because_the_trigger_refused_names_the_criterion(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", TESTS.replace("num_employees: 100}", "num_employees: 50}"))
    finished = demo.run("workflow", "test")
    said = "the trigger's `num_employees at_least 100` is not met: `num_employees` is 50"
    assert finished.code == 1
    assert f"    note: {said}\n" in finished.out
    failed, passed = demo.run("workflow", "test", "--json").answer["files"][0]["cases"]
    assert (failed["notes"], passed["notes"]) == ([said], [])
    assert f"note: {said}" in demo.ok("workflow", "test", "--set", "num_employees=50").out


@pytest.mark.parametrize("command", ["test", "publish", "validate"])
@pytest.mark.parametrize("name", ["first-steps", "frist-steps", "demo", "playbooks/dmeo.yaml"])
def test_a_workflows_key_in_place_of_a_path_is_answered_with_the_file(project: Any, command: str, name: str) -> None:
    project.write("playbooks/demo.yaml", PLAYBOOK.replace("workflow: demo", "workflow: first-steps"))
    finished = project.run("workflow", command, name)
    assert finished.code == 2
    assert f"there is no file or folder `{name}`" in finished.err
    assert "did you mean `playbooks/demo.yaml`?" in finished.err
