"""How the foreground commands run turns: for real, as a dry run, fast-forwarded, or watching."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import fields
from datetime import timedelta
from typing import Any

from spara_cli.channels.recording import RecordingChannel
from spara_cli.cli.interrupt import first_finishes
from spara_cli.cli.progress import counting
from spara_cli.cli.wiring import at_work, open_world, take_lease, world_over
from spara_cli.model.message_detail import recorded_detail
from spara_cli.runtime.clock import VirtualClock, WallClock
from spara_cli.runtime.tick import run_until_idle
from spara_cli.runtime.waves import Counts
from spara_cli.runtime.world import World
from spara_cli.settings.load import Settings
from spara_cli.store.sqlite.store import SqliteStore

WATCH_EVERY = timedelta(seconds=1)
"""How often a watching run looks for what other commands put in."""


def run_turns(config: Settings, turns_max: int | None, ahead: timedelta | None, *, watch: bool) -> tuple[Counts, bool]:
    """Turn until nothing is due, holding the store's lease; with `watch`, until interrupted.

    Answers what was done, and whether a person stopped it before it was through.
    """
    total = Counts()
    with (
        open_world(config, standing_still=ahead is not None) as world,
        at_work(world),
        counting("advancing") as progress,
        first_finishes() as interrupt,
        ExitStack() as stack,
    ):
        stack.callback(_keep_shift, world)

        def tell(counts: Counts) -> None:
            progress(counts.advanced)
            _keep_shift(world)  # each turn, so that a kill leaves no timeline ahead of its clock

        while True:
            done = run_until_idle(
                world,
                turns_max=turns_max,
                fast_forward=ahead,
                progress=tell,
                should_stop=interrupt,
            )
            _add(total, done)
            if interrupt.is_asked or not watch or (turns_max is not None and total.turns >= turns_max):
                return total, interrupt.is_asked and not watch
            time.sleep(WATCH_EVERY.total_seconds())
            if not world.store.lease.renew(WallClock().now()):
                take_lease(world)


def dry_run_of(config: Settings, turns_max: int | None, ahead: timedelta | None) -> tuple[Counts, list[dict[str, Any]]]:
    """The same turns on a copy in memory, over a channel that only records; and what would have been sent."""
    channel = RecordingChannel(config.call_outcome)
    with open_world(config, standing_still=ahead is not None) as real:
        copy = SqliteStore.in_memory(real.clock.now(), copy_of=real.store)
        world = world_over(copy, config, real.clock, channel)
    counts = run_until_idle(world, turns_max=turns_max, fast_forward=ahead)
    messages = [{"channel": "", **recorded_detail(message), "key": str(key)} for key, message in channel.sent.items()]
    copy.close()
    return counts, messages


def _keep_shift(world: World) -> None:
    """After a fast-forward, also one that was interrupted, the project's clock stays where it came to."""
    if isinstance(world.clock, VirtualClock):
        world.store.set_clock_shift(world.clock.now() - WallClock().now())


def _add(total: Counts, more: Counts) -> None:
    for item in fields(Counts):
        setattr(total, item.name, getattr(total, item.name) + getattr(more, item.name))
