"""`spara workflow list` and `versions`: what was published, and what is still a draft (SPEC P1, P2)."""

from __future__ import annotations

import re
import sys

import pytest

from spara_cli.runtime.publishing import Author, InFlight, cancel, publish
from tests.cli.conftest import ScratchProject
from tests.cli.workflows import DRIP, enter, parsed


def rows(project: ScratchProject) -> dict[str, dict[str, object]]:
    return {row["workflow"]: row for row in project.ok("workflow", "list", "--json").answer["workflows"]}


def test_a_project_without_a_database_lists_its_drafts_and_makes_no_database(project: ScratchProject) -> None:
    project.write("playbooks/drip.yaml", DRIP)
    assert rows(project)["drip"] | {"name": None} == {
        "workflow": "drip",
        "name": None,
        "status": "draft",
        "changed": False,
        "valid": True,
        "version": None,
        "entered": 0,
        "inside": 0,
        "finished": 0,
        "published_at": None,
        "path": "playbooks/drip.yaml",
    }
    assert not (project.root / ".spara").exists()


def test_a_published_workflow_is_listed_with_its_counts_and_the_time_of_its_version(project: ScratchProject) -> None:
    project.write("playbooks/drip.yaml", DRIP)
    project.publish(DRIP)
    enter(project, 3)
    row = rows(project)["drip"]
    assert (row["status"], row["changed"], row["version"]) == ("active", False, 1)
    assert (row["entered"], row["inside"], row["finished"]) == (3, 3, 0)
    assert row["published_at"] == "2026-03-02T14:00:00Z"


def test_a_comment_changes_nothing_but_another_word_does(project: ScratchProject) -> None:
    project.publish(DRIP)
    project.write("playbooks/drip.yaml", f"# a comment\n{DRIP}")
    assert rows(project)["drip"]["changed"] is False
    project.write("playbooks/drip.yaml", DRIP.replace("Welcome", "Hello"))
    assert rows(project)["drip"]["changed"] is True
    assert "active, changed" in project.ok("workflow", "list").out


def test_a_playbook_that_cannot_be_read_is_listed_with_its_errors(project: ScratchProject) -> None:
    project.write("playbooks/bad.yaml", "workflow: bad\nsteps: [{type: sennd_email}]\n")
    project.write("playbooks/worse.yaml", "{")
    assert project.ok("workflow", "list").table == [
        ["bad", "", "draft, errors", "", "0", "0", "", "playbooks/bad.yaml"],
        ["playbooks/worse.yaml", "", "draft, errors", "", "0", "0", "", "playbooks/worse.yaml"],
    ]


def test_paused_and_cancelled_workflows_say_so(project: ScratchProject) -> None:
    project.publish(DRIP)
    project.publish(DRIP.replace("workflow: drip", "workflow: gone"))
    project.unpublish("drip")
    with project.world() as world:
        cancel(world, "gone", project.clock.now)
    assert {key: row["status"] for key, row in rows(project).items()} == {"drip": "paused", "gone": "cancelled"}


def test_two_playbooks_of_one_workflow_are_told(project: ScratchProject) -> None:
    project.write("playbooks/a.yaml", DRIP)
    project.write("playbooks/b.yaml", DRIP)
    finished = project.ok("workflow", "list")
    assert len(finished.table) == 1
    assert "playbooks/b.yaml: `drip` is also the workflow of playbooks/a.yaml" in finished.err


def test_an_empty_playbooks_folder_is_a_question_asked_wrongly(project: ScratchProject) -> None:
    (project.root / "playbooks").mkdir()
    finished = project.run("workflow", "list")
    assert (finished.code, finished.out) == (2, "")
    assert "no playbook found in playbooks" in finished.err


def test_a_narrow_terminal_loses_no_letter(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.publish(DRIP)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", project.ok("workflow", "list").out).splitlines()
    assert all(len(line) <= 40 for line in lines)


def test_versions_are_told_newest_first_with_who_follows_them(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    changed = parsed(DRIP.replace("id: pause", "id: rest"))
    with project.world() as world:
        publish(world, changed, InFlight(keep=True), Author("ada", "0123456789ab"), project.clock.now)
    table = project.ok("workflow", "versions", "drip").table
    assert [row[0] for row in table] == ["2", "1"]
    assert [row[1] for row in table] == ["current", ""]
    assert all(re.fullmatch("[0-9a-f]{12}", row[2]) for row in table)
    assert [row[3:] for row in table] == [
        ["2026-03-02T09:00:00-05:00", "ada", "0123456789ab", "0"],
        ["2026-03-02T09:00:00-05:00", "", "", "2"],
    ]


def test_versions_as_data_have_the_whole_hash(project: ScratchProject) -> None:
    project.publish(DRIP)
    answer = project.ok("workflow", "versions", "drip", "--json").answer
    assert answer["workflow"] == "drip"
    (version,) = answer["versions"]
    assert len(version.pop("hash")) == 64
    assert version == {
        "version": 1,
        "published_at": "2026-03-02T14:00:00Z",
        "published_by": None,
        "git_commit": None,
        "current": True,
        "inside": 0,
    }


@pytest.mark.parametrize("command", ["versions", "funnel", "show", "export", "graph", "preview"])
def test_an_unknown_workflow_is_refused_with_the_nearest_one(project: ScratchProject, command: str) -> None:
    project.publish(DRIP)
    finished = project.run("workflow", command, "dripp")
    assert (finished.code, finished.out) == (2, "")
    assert "`dripp`" in finished.err
    assert "did you mean `drip`?" in finished.err


@pytest.mark.parametrize("command", ["versions", "funnel"])
def test_a_draft_has_no_versions_and_no_funnel_and_the_hint_says_how_to_publish(
    project: ScratchProject, command: str
) -> None:
    project.write("playbooks/drip.yaml", DRIP)
    finished = project.run("workflow", command, "drip")
    assert finished.code == 2
    assert "`spara workflow publish playbooks/drip.yaml`" in finished.err
