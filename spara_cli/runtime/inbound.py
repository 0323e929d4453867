"""Acting on what came in: exits and awaited events first, then event triggers (SPEC X1–X3, T7, D5).

Every event is in the inbox before it is acted on, and marked in the transaction that acts; a crash in
between acts again, and `revision` and the entry key make that harmless.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from spara_cli.engine.engagement import suppressions_of
from spara_cli.model.enrollment import State
from spara_cli.model.event import Changed, Event, Happened
from spara_cli.runtime.delivery import run_on
from spara_cli.runtime.enrolment import enter
from spara_cli.runtime.waves import Writer, make_move
from spara_cli.runtime.world import World, addresses_of
from spara_cli.store.sqlite.inbox import EventRow

INTERNAL = "spara:"
"""Events of this source tell of our own doing; they are no sign of life from the lead (L6)."""


def record_event(
    world: World, source: str, external_id: str, name: str, lead: str, data: Mapping[str, Any], at: datetime
) -> bool:
    """Put an event into the inbox; False when it is known already (D5)."""
    with world.store.database.transaction() as connection:
        return world.store.inbox.record(connection, source, external_id, name, lead, data, at)


def handle_inbox(world: World, writer: Writer, now: datetime) -> int:
    """Act on every open event, oldest first; how many there were."""
    handled = 0
    while True:
        events = world.store.inbox.open(200)
        if not events:
            return handled
        for event in events:
            _handle(world, writer, event, now)
        handled += len(events)


def _handle(world: World, writer: Writer, row: EventRow, now: datetime) -> None:
    store = world.store
    lead = store.leads.get([row.lead]).get(row.lead)
    if lead is None:
        with store.database.transaction() as connection:
            store.inbox.handled(connection, [row.id], now)
        return
    is_internal = row.source.startswith(INTERNAL)
    event: Event = Changed() if row.name == "lead_updated" else Happened(row.name, row.data)
    facts = world.facts({lead.id: lead})[lead.id]
    moves = []
    for enrollment in store.enrollments.of_leads([lead.id]):
        if is_internal and isinstance(event, Happened) and enrollment.state is not State.AWAITING:
            continue
        program = world.program(enrollment.workflow, enrollment.version)
        moves.append(make_move(program, enrollment, facts, event, now))
    stopped = suppressions_of(event) if isinstance(event, Happened) else ((), "")

    def also(connection: sqlite3.Connection) -> None:
        addresses = addresses_of(lead)
        rows = [(channel, addresses[channel], stopped[1], row.source) for channel in stopped[0] if channel in addresses]
        store.inbox.suppress(connection, rows, now)
        if not is_internal:
            store.leads.touch([lead.id], row.at)
        store.inbox.handled(connection, [row.id], now)

    _enter_by_event(world, row, lead.id, now)
    run_on(world, writer, writer.commit(moves, now, also), now)


def _enter_by_event(world: World, row: EventRow, lead: str, now: datetime) -> None:
    """Offer the lead to the workflows this event triggers (T7)."""
    for _workflow, program in world.active():
        if program.trigger.on == row.name:
            facts = world.facts(world.store.leads.get([lead]))
            enter(world, program, facts, now, by="event", event=Happened(row.name, row.data))
