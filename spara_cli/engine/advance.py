"""`advance`: one enrollment, one event, one instant — what it becomes, what is asked of the world, what is told.

It runs as many steps as need nothing from outside and stops at the first that does: a pause, a hold, a
block, a delivery, the end. It is pure and total: it never raises for data, reads no clock and no chance.
run, daemon, test and simulate differ only in who plays the world.

    state       event      what happens
    ─────────   ────────   ─────────────────────────────────────────────────────────────────────────
    ready       Due        exits are asked, then steps run from the current one
    waiting     Due        the pause is over: on to the next step; after `retry`, the same step again
    held        Due        exits are asked, the guards again, then `released` and the step runs
    blocked     Due        the guards again; mended → `unblocked` and the step runs
    awaiting    Due        the time-out: outcome `timed_out`
    awaiting    Happened   the step's event → outcome `happened`
    awaiting    Changed    a condition that stays is tried again
    in_flight   Answered   the result: entry, then route on its outcome, retry, skip, block or uncertain
    any inside  Happened   an exit the event causes (X1–X3), at once, also while frozen
    any inside  Changed    the goal (X2)
    any inside  Ended      removed, cancelled, forgotten
    any inside  Paused     frozen where it is; Resumed gives durations back their remainder (P3)
    finished    Answered   the late result is recorded, nothing else moves

A frozen enrollment (its workflow is unpublished) records what comes, leaves at once when it must, and
otherwise only notes where to go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from spara_cli.engine.cursor import Cursor
from spara_cli.engine.engagement import happened
from spara_cli.engine.facts import Facts
from spara_cli.engine.program import Program
from spara_cli.engine.results import answered
from spara_cli.model.effect import Effect
from spara_cli.model.enrollment import RETRY, Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.event import Answered, Changed, Due, Ended, Event, Happened, Moved, Paused, Resumed


@dataclass(frozen=True, slots=True)
class Advance:
    """What came of it: the enrollment afterwards, effects and timeline entries in order.

    `reached` names the steps come to for the first time; `scope` is what templates of the effects read.
    """

    enrollment: Enrollment
    effects: tuple[Effect, ...]
    entries: tuple[Entry, ...]
    reached: tuple[str, ...]
    scope: Mapping[str, object]


def advance(program: Program, enrollment: Enrollment, facts: Facts, event: Event, now: datetime) -> Advance:
    """Move one enrollment. `now` is an aware UTC instant; `program` is the version it follows."""
    cursor = Cursor(program, enrollment, facts, now)
    match event:
        case Answered():
            answered(cursor, event)
        case _ if not enrollment.is_inside:
            pass
        case Due():
            _due(cursor)
        case Happened():
            happened(cursor, event)
        case Changed():
            _changed(cursor)
        case Paused():
            _paused(cursor)
        case Resumed():
            _resumed(cursor, event)
        case Ended():
            cursor.exit(event.reason)
        case Moved():
            _moved(cursor, event)
        case _:
            assert_never(event)
    effects, entries, reached = tuple(cursor.effects), tuple(cursor.entries), tuple(cursor.reached)
    return Advance(cursor.enrollment(), effects, entries, reached, cursor.scope)


def begin(
    program: Program, enrollment: Enrollment, facts: Facts, now: datetime, detail: Mapping[str, object]
) -> Advance:
    """Enter a new enrollment: the `entered` entry, then as far as it goes at once."""
    cursor = Cursor(program, enrollment, facts, now)
    cursor.record("entered", detail=detail, step=None)
    cursor.run(0, arriving=True)
    effects, entries, reached = tuple(cursor.effects), tuple(cursor.entries), tuple(cursor.reached)
    return Advance(cursor.enrollment(), effects, entries, reached, cursor.scope)


def _due(cursor: Cursor) -> None:
    if cursor.frozen:
        return
    slot = cursor.program.slot_of(cursor.step)
    if slot is None:
        # The step is gone and nobody decided: start over is never right, so the lead leaves, visibly.
        cursor.exit("removed")
        return
    match cursor.state:
        case State.READY:
            cursor.run(slot.index, arriving=True)
        case State.HELD | State.BLOCKED:
            cursor.run(slot.index, arriving=False)
        case State.WAITING if cursor.reason == RETRY:
            cursor.run(slot.index, arriving=False)
        case State.WAITING | State.AWAITING:
            if cursor.leave_for_goal():
                return
            if slot.run.remembers and cursor.due_at is not None:
                cursor.remember_passed(slot.id, cursor.due_at)
            cursor.follow(slot, slot.run.timed_out(cursor.view(slot)))
        case State.IN_FLIGHT | State.FINISHED:
            pass  # only the result of the attempt moves it


def _changed(cursor: Cursor) -> None:
    if cursor.leave_for_goal() or cursor.frozen:
        return
    slot = cursor.program.slot_of(cursor.step)
    if slot is not None and slot.type == "condition" and cursor.state is State.AWAITING:
        cursor.follow(slot, slot.run.start(cursor.view(slot)))


def _paused(cursor: Cursor) -> None:
    if not cursor.frozen:
        cursor.frozen = True
        cursor.record("paused")


def _resumed(cursor: Cursor, event: Resumed) -> None:
    if not cursor.frozen:
        return
    cursor.frozen, cursor.arrived_at = False, cursor.now
    slot = cursor.program.slot_of(cursor.step)
    clock_bound = cursor.state is State.WAITING and slot is not None and slot.run.clock_bound and cursor.reason != RETRY
    if cursor.state is State.READY:
        cursor.due_at = cursor.now
    elif cursor.state in (State.WAITING, State.AWAITING) and cursor.due_at is not None and not clock_bound:
        cursor.due_at = cursor.now + max(cursor.due_at - event.paused_at, timedelta())
    cursor.record("resumed")
    place = (cursor.step, cursor.visit, cursor.state)
    for kept in cursor.take_kept():
        if cursor.state is State.FINISHED:
            return
        happened(cursor, kept, again=True)
    if (cursor.step, cursor.visit, cursor.state) != place:
        return  # a kept event has moved it on
    if slot is not None and (clock_bound or cursor.state is State.HELD):
        cursor.run(slot.index, arriving=False)
    elif cursor.state is State.AWAITING:
        _changed(cursor)


def _moved(cursor: Cursor, event: Moved) -> None:
    cursor.record("moved", step=event.step, detail={"from": event.previous})
    cursor.rest_before(event.step)
