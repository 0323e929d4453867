"""One turn: act on events, let leads in, advance what is due, deliver, write down what came of it.

    inbound events ─► trigger sweep ─► claim what is due (a batch) ─► advance all in memory
      ─► ONE transaction: states, timeline, intents ─► deliver ─► ONE transaction: results and what follows
      ─► again, until nothing is due

    what if the process dies …          then
    before the intents are committed    nothing was sent; the batch is due as before
    after, before or while delivering   `recover` asks the channel by key: sent, or certainly not, or `uncertain`
    before the results are committed    the same

`spara run` calls `run_until_idle`; the daemon will call the same turn under its timetable.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from spara_cli.model.event import Due
from spara_cli.runtime.clock import VirtualClock
from spara_cli.runtime.delivery import recover, run_on
from spara_cli.runtime.enrolment import sweep
from spara_cli.runtime.inbound import handle_inbox
from spara_cli.runtime.waves import Counts, Writer, make_move
from spara_cli.runtime.world import World

BATCH = 500
"""Enrollments to one transaction: larger is hardly faster, smaller loses to the disk (DESIGN section 6)."""

Progress = Callable[[Counts], None]


def run_until_idle(
    world: World,
    *,
    turns_max: int | None = None,
    fast_forward: timedelta | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Counts:
    """Turn until nothing is due. With `fast_forward` and a `VirtualClock`, time jumps to what is due next.

    `should_stop` is asked between turns: what is in flight is finished, nothing more is begun.

    Raises LeaseLost when another process took over, StoreError when the machine fails.
    """
    writer = Writer(world)
    counts = writer.counts
    start = world.clock.now()
    recover(world, writer, start)
    unblock(world, writer, start)
    while not should_stop() and (turns_max is None or counts.turns < turns_max):
        if turn(world, writer):
            counts.turns += 1
        elif not _jump(world, start, fast_forward):
            break
        if progress is not None:
            progress(counts)
    return counts


def turn(world: World, writer: Writer) -> bool:
    """One turn; whether there was anything to do."""
    now = world.clock.now()
    handled = handle_inbox(world, writer, now)
    entered = sweep(world, now)
    writer.counts.entered += entered
    advanced = advance_due(world, writer, now)
    return bool(handled or entered or advanced)


def advance_due(world: World, writer: Writer, now: datetime) -> int:
    """Claim a batch of what is due and carry it as far as it goes; how many there were."""
    due = world.store.enrollments.due(now, BATCH)
    if not due:
        return 0
    # A lead's second enrollment waits for the next turn, so that it sees what the first one changed.
    batch = list({enrollment.lead: enrollment for enrollment in reversed(due)}.values())
    facts = world.facts(world.store.leads.get(enrollment.lead for enrollment in batch))
    moves = [make_move(world.program(e.workflow, e.version), e, facts[e.lead], Due(), now) for e in reversed(batch)]
    run_on(world, writer, writer.commit(moves, now), now)
    return len(batch)


def unblock(world: World, writer: Writer, now: datetime) -> None:
    """Try blocked enrollments again: what blocked them may be mended (S3). One that still is stays as it was."""
    after = 0
    while batch := world.store.enrollments.blocked(after, BATCH):
        after = batch[-1].id
        facts = world.facts(world.store.leads.get(enrollment.lead for enrollment in batch))
        moves = [make_move(world.program(e.workflow, e.version), e, facts[e.lead], Due(), now) for e in batch]
        run_on(
            world,
            writer,
            writer.commit([move for move in moves if move.advance.entries or move.advance.effects], now),
            now,
        )


def _jump(world: World, start: datetime, fast_forward: timedelta | None) -> bool:
    """Let a virtual clock jump to what is due next, at most `fast_forward` ahead of the start."""
    if fast_forward is None or not isinstance(world.clock, VirtualClock):
        return False
    following = world.store.enrollments.next_due()
    end, now = start + fast_forward, world.clock.now()
    if now >= end:
        return False
    # One last turn at the end, for triggers that become true by time alone.
    world.clock.jump_to(following if following is not None and now < following <= end else end)
    return True
