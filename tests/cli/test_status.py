"""`spara status`: the same numbers as the funnel and as plain SQL, of one moment."""

from __future__ import annotations

import os
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from spara_cli.model.localtime import to_micros
from spara_cli.runtime.inbound import record_event
from tests.cli.conftest import START, ScratchProject
from tests.cli.workflows import DRIP, MODELINE, enter

CALLS = f"""{MODELINE}workflow: calls
trigger: {{where: [{{field: phone_number, op: is_defined}}]}}
steps:
  - {{id: dial, type: call_phone, agent: nobody}}
"""


def sql(project: ScratchProject, query: str, *values: object) -> Sequence[object]:
    with project.world() as world:
        found: Sequence[object] = world.store.database.connection.execute(query, values).fetchone()
        return found


def test_a_project_without_a_database_has_nothing_and_makes_none(project: ScratchProject) -> None:
    answer = project.ok("status", "--json").answer
    database = project.root / ".spara" / "spara.db"
    assert {key: value for key, value in answer.items() if key not in ("format_version", "command", "ok")} == {
        "project": "acme",
        "mode": "outbox",
        "store": f"sqlite:///{database}",
        "running": None,
        "entered": 0,
        "inside": 0,
        "finished": 0,
        "due": 0,
        "next_due": None,
        "uncertain": 0,
        "open_events": 0,
        "blocked": [],
        "workflows": [],
    }
    assert not database.exists()
    assert ["due", "0 now"] in project.ok("status").table


def test_the_totals_are_those_of_the_funnels_and_of_plain_sql(project: ScratchProject) -> None:
    project.publish(DRIP)
    project.publish(CALLS)
    enter(project, 2)
    project.clock.forward(days=2)
    enter(project, 3, phone_number="+12125550100")
    answer = project.ok("status", "--json").answer
    funnels = {key: project.ok("workflow", "funnel", key, "--json").answer for key in ("calls", "drip")}
    for workflow in answer["workflows"]:
        funnel = funnels[workflow["workflow"]]
        assert (workflow["entered"], workflow["inside"]) == (funnel["entered"], funnel["inside"])
        assert workflow["finished"] == sum(funnel["finished"].values())
        assert workflow["inside"] == sum(workflow["states"].values())
        assert workflow["states"]["blocked"] == sum(step["blocked"] for step in funnel["steps"])
    totals = Counter[str]()
    for funnel in funnels.values():
        totals.update(entered=funnel["entered"], inside=funnel["inside"], finished=sum(funnel["finished"].values()))
    assert {key: answer[key] for key in totals} == dict(totals)
    assert answer["entered"] == answer["inside"] + answer["finished"]
    query = "SELECT count(*), sum(state <> 'finished'), sum(state = 'finished') FROM enrollments"
    assert sql(project, query) == (answer["entered"], answer["inside"], answer["finished"]) == (8, 6, 2)


def test_blocked_leads_are_told_by_reason(project: ScratchProject) -> None:
    project.publish(CALLS)
    enter(project, 2, phone_number="+12125550100")
    assert project.ok("status", "--json").answer["blocked"] == [
        {"workflow": "calls", "reason": "agent_unknown", "count": 2}
    ]
    assert ["blocked", "2 in calls: agent_unknown"] in project.ok("status").table


def test_what_is_due_now_and_next_is_told_on_the_accounts_clock_and_in_utc(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    answer = project.ok("status", "--json").answer
    assert answer["due"] == 0
    assert answer["next_due"] == {"at": "2026-03-04T14:00:00Z", "local": "2026-03-04T09:00:00-05:00"}
    assert ["next due", "Wed 2026-03-04 09:00 EST (2026-03-04T14:00:00Z)"] in project.ok("status").table
    project.clock.forward(days=3)
    answer = project.ok("status", "--json").answer
    now = to_micros(project.clock.now)
    assert sql(project, "SELECT count(*) FROM enrollments WHERE frozen = 0 AND due_at <= ?", now) == (answer["due"],)
    assert answer["due"] == 2


def test_frozen_leads_are_not_due(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    project.unpublish("drip")
    project.clock.forward(days=3)
    answer = project.ok("status", "--json").answer
    assert (answer["due"], answer["next_due"], answer["inside"]) == (0, None, 2)
    assert answer["workflows"][0]["status"] == "paused"


def test_open_events_and_uncertain_deliveries_are_counted(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 1)
    with project.world() as world:
        record_event(world, "test", "1", "email_reply", "L-1", {}, project.clock.now)
        world.store.database.connection.execute("UPDATE deliveries SET state = 'uncertain'")
    answer = project.ok("status", "--json").answer
    assert (answer["open_events"], answer["uncertain"]) == (1, 1)


@pytest.mark.parametrize(
    ("pid", "host", "seconds_left", "is_running"),
    [
        (os.getpid(), socket.gethostname(), 30, True),
        (os.getpid(), socket.gethostname(), -1, False),
        (2**22 + 1, socket.gethostname(), 30, False),  # beyond the highest process id of Linux
        (1, "another.example", 30, True),
    ],
    ids=["alive", "alive-but-lapsed", "gone", "elsewhere"],
)
def test_who_is_at_work_is_told_while_alive_and_in_time(
    project: ScratchProject, pid: int, host: str, seconds_left: int, is_running: bool
) -> None:
    with project.world() as world:
        expires_at = to_micros(START + timedelta(seconds=seconds_left))
        world.store.database.connection.execute(
            "INSERT INTO daemons (name, token, pid, host, expires_at) VALUES ('runner', 1, ?, ?, ?)",
            (pid, host, expires_at),
        )
    running = project.ok("status", "--json").answer["running"]
    assert running == ({"pid": pid, "host": host} if is_running else None)


def test_a_narrow_terminal_gets_every_number(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.publish(DRIP)
    enter(project, 1)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    shown = project.ok("status", "--no-color").out
    assert "leads       1 entered = 1 inside + 0 finished" in shown
