"""`spara workflow show` and `export`: a workflow in words, and as YAML that means the same (SPEC P1)."""

from __future__ import annotations

import sys

import pytest

from spara_cli.playbook.fingerprint import fingerprint
from spara_cli.runtime.publishing import Author, InFlight, publish
from tests.cli.conftest import ScratchProject
from tests.cli.workflows import DRIP, MODELINE, ODDS, enter, parsed


def test_show_says_who_enters_what_ends_it_and_where_the_leads_are(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    lines = project.ok("workflow", "show", "drip").out.splitlines()
    assert lines == [
        "drip  A drip",
        "status      active, version 1, published Mon 2026-03-02 09:00 EST",
        "about       Says hello, then rests.",
        "enters      every lead that matches",
        "            where num_employees is at least 10",
        "            active within the last 365 days",
        "            once, ever",
        "ends on     email reply, text reply, answered call, unsubscribe, bounce",
        "late after  6 hours",
        "",
        'hello\tsend_email\tto lead: "Welcome {{ first_name }}"\t\t0',
        "pause\twait\t2 days\t\t2",
        'bye\tsend_text\t"Bye"\t\t0',
    ]


def test_show_of_a_draft_names_its_branches_routes_and_goal(project: ScratchProject) -> None:
    path = project.write("playbooks/odds.yaml", ODDS)
    shown = project.ok("workflow", "show", path).out
    assert "status         draft in playbooks/odds.yaml" in shown
    assert "enters         on the event page_visited" in shown
    assert "goes on after  bounce" in shown
    assert 'goal           stage is "won" (leaves as converted)' in shown
    assert 'hello\tsend_text\t"Hi" (failed: end)\t\t0' in shown
    assert "ab\tsplit\tA 75%, B 25%\ttier: Hot\t0" in shown
    assert "t\tend\tleaves as completed\tab: B\t0" in shown


def test_a_name_that_was_never_published_is_the_playbook_of_that_name(project: ScratchProject) -> None:
    project.write("playbooks/deep/odds.yaml", ODDS)
    answer = project.ok("workflow", "show", "odds", "--json").answer
    assert (answer["status"], answer["path"], answer["version"]) == ("draft", "playbooks/deep/odds.yaml", None)


def test_show_as_data_has_the_steps_and_the_whole_definition(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 1)
    answer = project.ok("workflow", "show", "drip", "--json").answer
    assert (answer["workflow"], answer["version"], answer["status"]) == ("drip", 1, "active")
    assert answer["hash"] == fingerprint(parsed(DRIP))
    assert answer["definition"]["steps"][1] == {"id": "pause", "type": "wait", "for": "P2D"}
    assert answer["steps"][1] == {
        "id": "pause",
        "type": "wait",
        "name": None,
        "summary": "2 days",
        "only_if": None,
        "branch": None,
        "next": None,
        "on": {},
        "here": 1,
        "older": False,
    }


def test_an_older_version_is_shown_by_its_number_and_an_unknown_one_refused(project: ScratchProject) -> None:
    project.publish(DRIP)
    project.publish(DRIP.replace("Welcome", "Good day"))
    assert "Welcome" in project.ok("workflow", "show", "drip", "--version", "1").out
    assert "while version 2 is the current one" in project.ok("workflow", "show", "drip", "--version", "1").out
    finished = project.run("workflow", "show", "drip", "--version", "3")
    assert (finished.code, "there are versions 1 to 2" in finished.err) == (2, True)
    project.write("playbooks/odds.yaml", ODDS)
    assert project.run("workflow", "show", "odds", "--version", "1").code == 2


def test_a_step_that_only_an_older_version_has_is_listed_while_leads_stand_there(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 1)
    with project.world() as world:
        changed = parsed(DRIP.replace("id: pause", "id: rest"))
        publish(world, changed, InFlight(keep=True), Author(), project.clock.now)
    last = project.ok("workflow", "show", "drip", "--json").answer["steps"][-1]
    assert (last["id"], last["type"], last["here"], last["older"]) == ("pause", "wait", 1, True)


@pytest.mark.parametrize("command", ["show", "export", "graph", "preview"])
def test_a_playbook_with_errors_is_answered_with_them_and_exit_1(project: ScratchProject, command: str) -> None:
    path = project.write("playbooks/bad.yaml", DRIP.replace("for: 2 days", "for: 2 moons"))
    finished = project.run("workflow", command, path)
    assert (finished.code, finished.out) == (1, "")
    assert f"{path}:8:" in finished.err
    answer = project.run("workflow", command, path, "--json").answer
    assert answer["command"] == f"workflow {command}"
    assert answer["files"][0]["diagnostics"][0]["rule"] == "invalid-duration"


def test_a_file_that_is_not_there_and_a_folder_of_several_are_refused(project: ScratchProject) -> None:
    assert "there is no file or folder `no/such.yaml`" in project.run("workflow", "show", "no/such.yaml").err
    project.write("playbooks/drip.yaml", DRIP)
    assert project.ok("workflow", "show", "playbooks/").out.startswith("drip")
    project.write("playbooks/odds.yaml", ODDS)
    finished = project.run("workflow", "show", "playbooks/")
    assert (finished.code, "holds 2 playbooks" in finished.err) == (2, True)


@pytest.mark.parametrize("text", [DRIP, ODDS])
def test_p1_what_is_exported_validates_and_publishing_it_changes_nothing(project: ScratchProject, text: str) -> None:
    project.publish(text)
    key = parsed(text).workflow
    exported = project.ok("workflow", "export", key).out
    assert exported.startswith(MODELINE)
    assert fingerprint(parsed(exported)) == fingerprint(parsed(text))
    project.write("playbooks/exported.yaml", exported)
    project.ok("workflow", "validate", "playbooks/exported.yaml")
    project.publish(exported)
    assert len(project.ok("workflow", "versions", key).table) == 1
    assert project.ok("workflow", "show", key, "--yaml").out == exported
    assert project.ok("workflow", "export", key, "--json").answer["yaml"] == exported


def test_what_an_author_wrote_cannot_steer_the_terminal(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = DRIP.replace("name: A drip", 'name: "A \\e[2J drip \\u202e"').replace("Welcome", "\\e]0;x\\a[bold]")
    path = project.write("playbooks/drip.yaml", hostile)
    for command in ("show", "graph", "preview"):
        assert "\x1b" not in project.ok("workflow", command, path).out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = project.ok("workflow", "show", path, "--no-color").out
    assert "\x1b[2J" not in shown and "\u202e" not in shown
