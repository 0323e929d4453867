"""`spara workflow test` as a person or a script meets it: files, verdicts, diffs, coverage and exit codes (V2)."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
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
WRONG = TESTS.replace("subject: Hi Ada", "subject: Hi Bob")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of a playbook opens no socket."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a playbook's test reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def demo(project: Any) -> Any:
    """A project with one playbook and its tests."""
    project.write("playbooks/demo.yaml", PLAYBOOK)
    project.write("playbooks/demo.test.yaml", TESTS)
    return project


def cases(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(case["name"], case["passed"]) for file in answer["files"] for case in file["cases"]]


def test_the_projects_playbooks_are_tested_by_default(demo: Any) -> None:
    finished = demo.run("workflow", "test")
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.splitlines() == [
        "playbooks/demo.test.yaml",
        "  ok      a reply ends it",
        "  ok      a small company",
        "",
        "1 file, 2 passed, 0 failed",
    ]


@pytest.mark.parametrize("path", ["playbooks", "playbooks/demo.yaml", "playbooks/demo.test.yaml"])
def test_a_folder_a_playbook_or_a_test_file_name_the_same_tests(demo: Any, path: str) -> None:
    answer = demo.ok("workflow", "test", path, "--json").answer
    assert cases(answer) == [("a reply ends it", True), ("a small company", True)]


def test_nothing_is_stored(demo: Any) -> None:
    demo.ok("workflow", "test")
    assert sorted(path.name for path in demo.root.iterdir()) == ["playbooks", "spara.yaml"]


def test_a_failure_shows_the_place_and_the_timeline_as_a_diff(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", WRONG)
    finished = demo.run("workflow", "test")
    assert finished.code == 1
    assert finished.out == (
        "playbooks/demo.test.yaml\n"
        "  FAILED  a reply ends it\n"
        "\n"
        "playbooks/demo.test.yaml:8:9: error: a reply ends it: no entry fits; the nearest differs in `subject`"
        " [test-failed]\n"
        "  |\n"
        "8 |       - {kind: sent, subject: Hi Bob}\n"
        "  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "      Mon 2026-03-02 09:00    entered                    by=trigger\n"
        '    -                         sent                       subject="Hi Bob"\n'
        "    + Mon 2026-03-02 09:00    sent      hello            outcome=sent channel=email"
        ' to=["ada@example.com"] subject="Hi Ada" body=Hello\n'
        "      Mon 2026-03-02 09:00    waiting   two-days         until=Wed 2026-03-04 09:00\n"
        "      Tue 2026-03-03 09:00    event     two-days         event=email_reply\n"
        "      Tue 2026-03-03 09:00    exited    two-days         reason=email_reply\n"
        "  ok      a small company\n"
        "\n"
        "1 file, 1 passed, 1 failed\n"
    )


def test_the_answer_as_data_has_the_shape_that_scripts_know(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", WRONG)
    answer = demo.run("workflow", "test", "--format", "json").answer
    assert (answer["command"], answer["ok"], answer["passed"], answer["failed"]) == ("workflow test", False, 1, 1)
    (file,) = answer["files"]
    assert (file["path"], file["workflow"]) == ("playbooks/demo.test.yaml", "demo")
    failed, passed = file["cases"]
    assert failed["message"] == "no entry fits; the nearest differs in `subject`"
    assert failed["position"] == {"path": "playbooks/demo.test.yaml", "line": 8, "column": 9}
    assert failed["expected"] == [{"kind": "sent", "subject": "Hi Bob"}, {"kind": "exited", "reason": "email_reply"}]
    assert failed["actual"][1] == {
        "at": "2026-03-02T14:00:00Z",
        "kind": "sent",
        "workflow": "demo",
        "version": 1,
        "step": "hello",
        "visit": 1,
        "outcome": "sent",
        "reason": None,
        "until": None,
        "detail": {"channel": "email", "to": ["ada@example.com"], "subject": "Hi Ada", "body": "Hello"},
    }
    assert (passed["message"], passed["position"]) == (None, None)
    assert set(file["coverage"]) == {"steps", "branches", "outcomes", "exits", "percent"}
    assert file["coverage"]["steps"] == {"total": 3, "covered": 2, "missing": ["dial"]}


def test_a_playbook_without_tests_gets_its_happy_path_and_shows_it(project: Any) -> None:
    project.write("spara.yaml", "account: {zone: America/New_York}\nagents: {ada: {phone_number: '+12125550199'}}\n")
    project.write("playbooks/demo.yaml", PLAYBOOK)
    finished = project.ok("workflow", "test")
    lines = finished.out.splitlines()
    assert lines[:2] == ["playbooks/demo.yaml", "  ok      happy path (a lead made from the playbook)"]
    assert [line.split()[3:5] for line in lines[3:-2]] == [
        ["entered", "by=trigger"], ["sent", "hello"], ["waiting", "two-days"], ["called", "dial"], ["exited", "dial"],
    ]  # fmt: skip
    answer = project.ok("workflow", "test", "--json").answer
    assert answer["files"][0]["cases"][0]["automatic"] is True


def test_set_changes_a_value_of_the_happy_path(demo: Any) -> None:
    answer = demo.ok("workflow", "test", "--set", "first_name=Grace", "--set", "num_employees=5000", "--json").answer
    assert cases(answer) == [("happy path", True)]
    assert answer["files"][0]["cases"][0]["actual"][1]["detail"]["subject"] == "Hi Grace"
    refused = demo.ok("workflow", "test", "playbooks/demo.test.yaml", "--set", "num_employees=5", "--json").answer
    assert [entry["reason"] for entry in refused["files"][0]["cases"][0]["actual"]] == ["trigger_not_matched"]
    without = demo.ok("workflow", "test", "--set", "email=", "--json").answer
    assert "no_email" in [entry["reason"] for entry in without["files"][0]["cases"][0]["actual"]]


def test_a_trigger_that_nobody_can_meet_fails_and_names_the_criteria(project: Any) -> None:
    project.write(
        "playbooks/never.yaml",
        "workflow: never\n"
        "trigger: {where: [{field: num_employees, op: less_than, value: 1}, {field: num_employees, op: at_least, value: 1}]}\n"
        "steps: [{id: done, type: end}]\n",
    )
    finished = project.run("workflow", "test")
    assert finished.code == 1
    assert "`num_employees less_than 1` (the trigger) and `num_employees at_least 1` (the trigger)" in finished.out
    assert "playbooks/never.yaml:2:10: error: happy path: no lead can be made that enters" in finished.out


def test_filter_runs_the_cases_with_that_text(demo: Any) -> None:
    assert cases(demo.ok("workflow", "test", "--filter", "REPLY", "--json").answer) == [("a reply ends it", True)]
    nothing = demo.run("workflow", "test", "--filter", "nothing like it")
    assert (nothing.code, "no test has `nothing like it` in its name" in nothing.err) == (2, True)


def test_coverage_is_reported_by_name(demo: Any) -> None:
    lines = demo.ok("workflow", "test", "--coverage").out.splitlines()
    assert lines[lines.index("coverage of demo: 40 %") :] == [
        "coverage of demo: 40 %",
        "  steps     2/3; not covered: dial",
        "  branches  0/0",
        "  outcomes  1/2; not covered: hello: failed",
        "  exits     1/5; not covered: completed, call_answer, unsubscribe, bounce",
        "",
        "1 file, 2 passed, 0 failed",
    ]


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("40", 0), ("40.5", 1), ("100", 1)])
def test_min_coverage_fails_below_it(demo: Any, least: str, code: int) -> None:
    finished = demo.run("workflow", "test", "--min-coverage", least)
    assert finished.code == code
    assert (f"is 40 %, below {least} %" in finished.out) is (code == 1)
    assert demo.run("workflow", "test", "--min-coverage", least, "--json").answer["ok"] is (code == 0)


def test_several_test_files_of_a_workflow_cover_it_together(demo: Any) -> None:
    demo.write(
        "playbooks/demo-more.test.yaml",
        "workflow: demo\ntests:\n  - {name: more, given: {lead: {email: a@b.test, num_employees: 100}, answers: {hello: failed}}}\n",
    )
    answer = demo.ok("workflow", "test", "playbooks/demo.yaml", "--json").answer
    assert [file["path"] for file in answer["files"]] == ["playbooks/demo-more.test.yaml", "playbooks/demo.test.yaml"]
    assert all(file["coverage"]["outcomes"]["missing"] == [] for file in answer["files"])


# What is wrong with files


@pytest.mark.parametrize(
    ("rule", "playbook"),
    [
        ("unknown-target (S8)", PLAYBOOK.replace("failed: end", "failed: nowhere")),
        ("unknown-outcome (S8)", PLAYBOOK.replace("failed: end", "bounced: end")),
        ("loop-without-pause (S8)", "workflow: demo\nsteps:\n  - {id: a, type: goto, step: b}\n  - {id: b, type: goto, step: a}\n"),
        ("operator-misfit (T2)", PLAYBOOK.replace("at_least, value: 100", "is_true")),
        ("value-before-it-exists (S10)", """workflow: demo
steps:
  - {id: tell, type: notify, channel: sales, body: "{{ score }}"}
  - {id: look, type: api, url: "https://a.test", extract: [{name: score, type: integer, path: score}]}
"""),
        ("wait-out-of-range (S9)", PLAYBOOK.replace("2 days", "31 days")),
        ("unknown-key", PLAYBOOK.replace("subject:", "subjct:")),
    ],
)  # fmt: skip
def test_a_playbook_with_an_error_is_not_run(demo: Any, rule: str, playbook: str) -> None:
    demo.write("playbooks/demo.yaml", playbook)
    finished = demo.run("workflow", "test")
    assert finished.code == 1
    assert f"[{rule.split()[0]}]" in finished.out
    assert finished.out.splitlines()[-1] == "1 file, 0 passed, 0 failed, 1 invalid"
    answer = demo.run("workflow", "test", "--json").answer
    assert answer["files"] == []
    assert [each["path"] for each in answer["invalid"]] == ["playbooks/demo.yaml"]


def test_a_warning_stops_no_test(demo: Any) -> None:
    demo.write("playbooks/demo.yaml", PLAYBOOK.replace("{{ first_name }}", "{{ first_name }}{{ nick_name }}"))
    assert demo.run("workflow", "test").code == 0


@pytest.mark.parametrize(
    ("tests", "place", "rule"),
    [
        (TESTS.replace("event: email_reply", "evnt: email_reply"), "6:27", "unknown-key"),
        (TESTS.replace("workflow: demo", "workflow: dmeo"), "1:11", "unknown-workflow"),
        (TESTS.replace("Hi Ada}", "Hi Ada, step: helo}"), "8:45", "unknown-step"),
        (TESTS.replace("published", "x").replace("agents:", "agnets:"), "2:11", "invalid-settings"),
        (TESTS + "tests: []\n", "13:1", "duplicate-key"),
        (TESTS.replace("tests:", "tests"), "3:1", "yaml-syntax"),
        ("", "1:1", "empty-file"),
    ],
)
def test_a_test_file_with_a_mistake_is_told_where_it_is(demo: Any, tests: str, place: str, rule: str) -> None:
    demo.write("playbooks/demo.test.yaml", tests)
    finished = demo.run("workflow", "test", "playbooks/demo.test.yaml")
    assert finished.code == 1
    assert f"playbooks/demo.test.yaml:{place}: error: " in finished.out
    assert f"[{rule}]" in finished.out


def test_a_broken_test_file_is_never_passed_over_in_silence(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", "workflow: demo\ntests: [\n")
    finished = demo.run("workflow", "test", "playbooks/demo.yaml")
    assert finished.code == 1
    assert "playbooks/demo.test.yaml:3:1: error: " in finished.out
    assert "happy path" not in finished.out


def test_the_good_files_are_run_beside_a_bad_one(demo: Any) -> None:
    demo.write("playbooks/bad.yaml", "workflow: bad\nsteps: []\n")
    finished = demo.run("workflow", "test")
    assert finished.code == 1
    assert finished.out.splitlines()[-1] == "2 files, 2 passed, 0 failed, 1 invalid"


def test_settings_of_the_file_are_laid_over_the_projects(demo: Any) -> None:
    demo.write("spara.yaml", "account: {zone: Europe/Berlin}\nwindows: {email: {mon: ['10:00-11:00']}}\nmode: live\n")
    case = "tests:\n  - {name: one, given: {at: '2026-03-02T09:00:00', lead: {email: a@b.test, num_employees: 100}}, "
    demo.write(
        "playbooks/demo.test.yaml", f"workflow: demo\n{case}expect: [{{kind: held, until: '2026-03-02T09:00:00Z'}}]}}\n"
    )
    assert demo.run("workflow", "test").code == 0
    overlay = "settings: {account: {zone: UTC}}\n"
    demo.write(
        "playbooks/demo.test.yaml",
        f"workflow: demo\n{overlay}{case}expect: [{{kind: held, until: '2026-03-02T10:00:00Z'}}]}}\n",
    )
    assert demo.run("workflow", "test").code == 0


def test_what_a_stranger_typed_cannot_steer_the_terminal(demo: Any) -> None:
    demo.write("playbooks/demo.test.yaml", WRONG.replace("first_name: Ada", 'first_name: "\\e[2JAda"'))
    out = demo.run("workflow", "test").out
    assert "\x1b" not in out
    assert "Ada" in out


# How it was asked


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "junit"], "--format junit is not in this release"),
        (["--format", "xml"], "there is no format `xml`"),
        (["nowhere"], "there is no file or folder `nowhere`"),
        (["--set", "num_employees"], "`num_employees` is not FIELD=VALUE"),
        (["--set", "num_employees=many"], "`num_employees` wants an integer"),
        (["--set", "event=x"], "is reserved"),
        (["--set", "last_active_at=soon"], "wants a datetime"),
        (["--min-coverage", "101"], "100"),
    ],
)
def test_a_question_that_cannot_be_answered_is_exit_2(demo: Any, words: list[str], message: str) -> None:
    finished = demo.run("workflow", "test", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err


def test_no_playbook_at_all_is_never_silent(project: Any) -> None:
    (project.root / "playbooks").mkdir()
    finished = project.run("workflow", "test")
    assert (finished.code, "no playbook found in playbooks" in finished.err) == (2, True)


def test_another_project_is_tested_by_its_folder(
    demo: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert demo.run("--project", str(demo.root), "workflow", "test").code == 0


@pytest.mark.docs
def test_the_example_of_the_guide_runs(project: Any) -> None:
    guide = (ROOT / "docs/guides/testing.md").read_text(encoding="utf-8")
    playbook, tests = re.findall(r"^```yaml\n(.*?)^```", guide, flags=re.DOTALL | re.MULTILINE)
    project.write("playbooks/welcome.yaml", playbook)
    project.write("playbooks/welcome.test.yaml", tests)
    assert [passed for _, passed in cases(project.ok("workflow", "test", "--json").answer)] == [True, True, True]
    broken = tests.replace("answers: {dial: no_answer}", "answers: {dial: busy}")
    project.write("playbooks/welcome.test.yaml", broken)
    shown = re.search(r"^playbooks/welcome\.test\.yaml:.*$", guide, flags=re.MULTILINE)
    assert shown is not None
    assert shown[0] in project.run("workflow", "test").out
