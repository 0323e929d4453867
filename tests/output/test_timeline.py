"""A timeline entry as one short line (FORMATS, Timeline entries)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.entry import KINDS, Entry
from spara_cli.output.timeline import headline, meaning_of, next_moves

AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
LATER = AT + timedelta(days=1)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (Entry(AT, "entered", detail={"by": "event", "event": "demo_booked"}), "by event (demo_booked)"),
        (Entry(AT, "sent", "s", outcome="sent", detail={"subject": "Hi", "to": ["a@x", "b@x"]}), '"Hi" to a@x, b@x'),
        (Entry(AT, "sent", "s", outcome="sent", detail={"body": "Hi\nthere", "to": "+1212"}), '"Hi…" to +1212'),
        (Entry(AT, "sent", "s", outcome="failed", detail={"body": "Hi", "message": "550"}), '"Hi" failed – 550'),
        (Entry(AT, "called", "s", outcome="answered", detail={"agent": "sdr", "duration": 90}), "by sdr 90 s answered"),
        (Entry(AT, "notified", "s", outcome="sent", detail={"channel": "sales", "body": "Hot"}), 'sales: "Hot"'),
        (Entry(AT, "requested", "s", outcome="success", detail={"method": "GET", "url": "https://x.io"}), "GET https://x.io"),
        (Entry(AT, "branch", "s", outcome="Hot"), "Hot"),
        (Entry(AT, "updated", "s", detail={"fields": {"stage": "won", "n": 3}}), "stage=won n=3"),
        (Entry(AT, "event", "s", detail={"event": "reply", "body": "yes"}), "reply body=yes"),
        (Entry(AT, "held", "s", reason="window", until=LATER), "window until Tue 2026-03-03 14:00 UTC"),
        (Entry(AT, "blocked", "s", reason="agent_unknown"), "agent_unknown"),
        (Entry(AT, "moved", "s", detail={"from": "old"}), "from old"),
        (Entry(AT, "exited", "s", reason="email_reply"), "email_reply"),
    ],
)  # fmt: skip
def test_an_entry_is_one_short_line(entry: Entry, line: str) -> None:
    assert headline(entry, UTC) == line


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_outcome_and_reason_whatever_its_detail(kind: str) -> None:
    odd = {"to": 3, "fields": 4, "event": None, "subject": "x" * 500, "duration": "long"}
    line = headline(Entry(AT, kind, "s", outcome="odd", reason="why", detail=odd), UTC)
    assert "odd" in line
    assert "why" in line
    assert len(line) < 250


def test_colours_say_whether_it_went_out_was_put_off_or_went_wrong() -> None:
    assert meaning_of(Entry(AT, "sent", outcome="sent")) == "good"
    assert meaning_of(Entry(AT, "sent", outcome="failed")) == "bad"
    assert meaning_of(Entry(AT, "held")) == "warning"
    assert meaning_of(Entry(AT, "waiting")) is None


def test_what_is_next_comes_earliest_first_and_what_waits_for_something_else_last() -> None:
    base = Enrollment(1, "w", "L-1", 1, AT, step="s", state=State.WAITING, due_at=LATER)
    blocked = replace(base, workflow="b", state=State.BLOCKED, due_at=None, reason="agent_unknown")
    held = replace(base, workflow="h", state=State.HELD, due_at=AT, reason="window")
    done = replace(base, workflow="d", state=State.FINISHED, due_at=None)
    moves = next_moves([blocked, base, done, held])
    assert [(move.workflow, move.at, move.why) for move in moves] == [
        ("h", AT, "held: window"),
        ("w", LATER, "waiting"),
        ("b", None, "blocked: agent_unknown"),
    ]
