"""The composition root: settings, store, clock and channels become the `World` a command works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from spara_cli.channels.outbox import Outbox
from spara_cli.cli.context import OPTIONS
from spara_cli.errors import UsageError
from spara_cli.model.ports import Channel, Clock
from spara_cli.runtime.clock import ShiftedClock, VirtualClock, WallClock
from spara_cli.runtime.lead_changes import known_types
from spara_cli.runtime.world import World
from spara_cli.settings.load import Settings, load_settings
from spara_cli.store.sqlite.lease import LeaseLost
from spara_cli.store.sqlite.store import SqliteStore


def settings() -> Settings:
    """The effective settings of this invocation."""
    return load_settings(Path.cwd(), project=OPTIONS.project, env=OPTIONS.env)


@contextmanager
def open_world(
    config: Settings | None = None, *, standing_still: bool = False, channel: Channel | None = None
) -> Iterator[World]:
    """The world of this project, closed at the end. The database is made when it is not there yet.

    Its clock is the wall's, ahead by what earlier fast-forwards skipped, so that a timeline never runs
    backwards; `standing_still` gives a clock that only moves when it is told to.
    """
    config = config or settings()
    store = SqliteStore.open(config.database, WallClock().now())
    try:
        clock: Clock = ShiftedClock(store.clock_shift())
        yield world_over(store, config, VirtualClock(clock.now()) if standing_still else clock, channel)
    finally:
        store.close()


def world_over(store: SqliteStore, config: Settings, clock: Clock, channel: Channel | None = None) -> World:
    """A world over a store that is open; its rules know the types of every field."""
    world = World(store, clock, config.rules, channel or outbox(config, clock))
    world.rules = replace(config.rules, field_types=known_types(world))
    return world


def outbox(config: Settings, clock: Clock) -> Outbox:
    """The outbox in the project's state folder (D3)."""
    return Outbox(
        config.state / "outbox", clock, call_outcome=config.call_outcome, project=config.project.project or ""
    )


@contextmanager
def at_work(world: World) -> Iterator[None]:
    """Hold the store's lease, so that only one process moves enrollments.

    Raises UsageError naming who is at work already, or who took over meanwhile.
    """
    take_lease(world)
    try:
        yield
    except LeaseLost:
        raise UsageError("another spara took over this store while this one was stopped; nothing was lost") from None
    finally:
        world.store.lease.release()


def take_lease(world: World) -> None:
    """Take the store's lease. Raises UsageError naming who is at work already."""
    holder = world.store.lease.take(WallClock().now())
    if holder is not None:
        raise UsageError(
            f"another spara is at work on this store (process {holder.pid} on {holder.host})",
            hint="wait for it, or end it; it releases the store within a minute of dying",
        )
