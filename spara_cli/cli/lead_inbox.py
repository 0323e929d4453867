"""Acting at once on what a command put into the inbox, or leaving it to the process that is at work (X3, D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spara_cli.cli.context import note

if TYPE_CHECKING:
    from spara_cli.runtime.world import World


def act_on_inbox(world: World) -> bool:
    """Act on every open event: exits, goals, awaited events, event triggers. Whether nothing is left to act on.

    When another process holds the store's lease, it acts within a second or two; that is said on stderr.
    """
    from spara_cli.runtime.clock import WallClock
    from spara_cli.runtime.inbound import handle_inbox
    from spara_cli.runtime.waves import Writer
    from spara_cli.store.sqlite.lease import LeaseLost

    if not world.store.inbox.open(1):
        return True
    holder = world.store.lease.take(WallClock().now())
    if holder is not None:
        note(f"note: process {holder.pid} on {holder.host} is at work on this store and will act on it")
        return False
    try:
        handle_inbox(world, Writer(world), world.clock.now())
    except LeaseLost:
        note("note: another process took over this store and will act on it")
        return False
    finally:
        world.store.lease.release()
    return True
