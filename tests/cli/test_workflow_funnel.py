"""`spara workflow funnel`: the numbers agree with each other and with plain SQL (FORMATS, Answers as data)."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import pytest

from spara_cli.runtime.enrolment import sweep
from spara_cli.runtime.funnel import funnel_of
from spara_cli.runtime.lead_changes import create_lead, remove_from
from spara_cli.runtime.publishing import Author, InFlight, publish
from spara_cli.store.sqlite.store import SqliteStore
from tests.cli.conftest import ScratchProject
from tests.cli.workflows import DRIP, enter, parsed


def sql(project: ScratchProject, query: str) -> list[Sequence[object]]:
    with project.world() as world:
        return list(world.store.database.connection.execute(query))


def busy_project(project: ScratchProject) -> None:
    """Five entered: three rest, one was taken out, one ran to the end and was skipped for want of a phone."""
    project.publish(DRIP)
    enter(project, 1)
    project.clock.forward(days=2)
    enter(project, 4)
    with project.world() as world:
        remove_from(world, "L-2", "drip", project.clock.now)


def test_the_answer_has_exactly_the_keys_that_were_promised(project: ScratchProject) -> None:
    busy_project(project)
    answer = project.ok("workflow", "funnel", "drip", "--json").answer
    assert list(answer) == [
        "format_version", "command", "ok", "workflow", "version", "entered", "inside", "finished", "steps",
    ]  # fmt: skip
    assert answer | {"steps": []} == {
        "format_version": "1.0",
        "command": "workflow funnel",
        "ok": True,
        "workflow": "drip",
        "version": 1,
        "entered": 5,
        "inside": 3,
        "finished": {"completed": 1, "removed": 1},
        "steps": [],
    }
    keys = ("id", "type", "reached", "here", "sent", "skipped", "held", "blocked")
    assert [tuple(step) for step in answer["steps"]] == [keys] * 3
    assert [tuple(step.values()) for step in answer["steps"]] == [
        ("hello", "send_email", 5, 0, 5, 0, 0, 0),
        ("pause", "wait", 5, 3, 0, 0, 0, 0),
        ("bye", "send_text", 1, 0, 0, 1, 0, 0),
    ]


def test_entered_is_inside_and_finished_and_inside_is_what_stands_at_the_steps(project: ScratchProject) -> None:
    busy_project(project)
    answer = project.ok("workflow", "funnel", "drip", "--json").answer
    assert answer["entered"] == answer["inside"] + sum(answer["finished"].values())
    assert answer["inside"] == sum(step["here"] for step in answer["steps"])
    assert sql(project, "SELECT count(*), sum(state <> 'finished') FROM enrollments") == [(5, 3)]
    assert sql(project, "SELECT count(*) FROM timeline WHERE kind = 'entered'") == [(5,)]
    assert sql(project, "SELECT reason, count(*) FROM timeline WHERE kind = 'exited' GROUP BY 1 ORDER BY 1") == [
        ("completed", 1),
        ("removed", 1),
    ]


def test_a_lead_that_has_entered_and_not_run_yet_stands_at_the_first_step(project: ScratchProject) -> None:
    project.publish(DRIP)
    assert project.ok("workflow", "funnel", "drip", "--json").answer["entered"] == 0
    with project.world() as world:
        create_lead(world, "L-1", {"num_employees": 20}, project.clock.now)
        sweep(world, project.clock.now)
    answer = project.ok("workflow", "funnel", "drip", "--json").answer
    assert (answer["entered"], answer["inside"]) == (1, 1)
    assert (answer["steps"][0]["here"], answer["steps"][0]["reached"]) == (1, 0)


def test_steps_that_only_an_older_version_has_are_listed_while_leads_stand_there(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    with project.world() as world:
        changed = parsed(DRIP.replace("id: pause", "id: rest"))
        publish(world, changed, InFlight(keep=True), Author(), project.clock.now)
    answer = project.ok("workflow", "funnel", "drip", "--json").answer
    assert [(step["id"], step["here"]) for step in answer["steps"]] == [
        ("hello", 0), ("rest", 0), ("bye", 0), ("pause", 2),
    ]  # fmt: skip
    assert answer["steps"][-1]["type"] == "wait"
    assert answer["inside"] == 2


def test_the_numbers_are_of_one_moment_although_another_process_writes(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy_project(project)
    with project.world() as world:
        asked = world.store.workflows.finished
        other = SqliteStore.open(project.root / ".spara" / "spara.db", project.clock.now)

        def while_somebody_writes(key: str) -> dict[str, int]:
            with other.database.transaction() as connection:
                connection.execute("UPDATE enrollments SET state = 'finished', reason = 'removed', due_at = NULL")
            return asked(key)

        monkeypatch.setattr(world.store.workflows, "finished", while_somebody_writes)
        found = funnel_of(world, "drip")
        other.close()
        assert (found.entered, found.inside, dict(found.finished)) == (5, 3, {"completed": 1, "removed": 1})


def test_in_a_pipe_each_step_is_a_line(project: ScratchProject) -> None:
    busy_project(project)
    assert project.ok("workflow", "funnel", "drip").table == [
        ["hello", "send_email", "5", "0", "5", "0", "0", "0"],
        ["pause", "wait", "5", "3", "0", "0", "0", "0"],
        ["bye", "send_text", "1", "0", "0", "1", "0", "0"],
        ["total", "5", "3", "2"],
    ]


@pytest.mark.parametrize(("columns", "has_bars"), [("120", True), ("40", False)])
def test_a_wide_terminal_gets_bars_and_a_narrow_one_its_numbers(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch, columns: str, has_bars: bool
) -> None:
    busy_project(project)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", project.ok("workflow", "funnel", "drip").out)
    headline, lines = shown.split("STEP", 1)[0], shown.splitlines()
    assert " ".join(headline.split()) == "drip, version 1: 5 entered = 3 inside + 2 finished (1 completed, 1 removed)"
    assert all(len(line) <= int(columns) for line in lines)
    assert ("█" * 20 in shown) is has_bars
    assert ("█" * 4 in shown) is has_bars
