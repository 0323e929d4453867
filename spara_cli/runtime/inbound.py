"""Acting on what came in: exits and awaited events first, then event triggers (SPEC X1–X3, T7, D5).

Every event is in the inbox before it is acted on, and marked in the transaction that acts; a crash in
between acts again, and `revision` and the entry key make that harmless.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spara_cli.engine.engagement import as_meant, suppressions_of
from spara_cli.engine.facts import Facts, after
from spara_cli.model.effect import Suppress
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.event import Changed, Event, Happened
from spara_cli.runtime.delivery import run_on
from spara_cli.runtime.enrolment import enter_within
from spara_cli.runtime.waves import Move, Writer, make_move
from spara_cli.runtime.world import World, addresses_of
from spara_cli.store.sqlite.inbox import EventRow

BATCH = 500
INTERNAL = "spara:"
"""Events of this source tell of our own doing; they are no sign of life from the lead (L6)."""


def record_event(
    world: World, source: str, external_id: str, name: str, lead: str, data: Mapping[str, Any], at: datetime
) -> bool:
    """Put an event into the inbox; False when it is known already (D5)."""
    with world.store.database.transaction() as connection:
        return world.store.inbox.record(connection, source, external_id, name, lead, data, at)


def handle_inbox(world: World, writer: Writer, now: datetime) -> int:
    """Act on every open event, oldest first and a batch to a transaction; how many there were."""
    handled = 0
    while True:
        # A lead's second event waits for the next round, so that it meets what the first one changed.
        rows = {row.lead: row for row in reversed(world.store.inbox.open(BATCH))}
        if not rows:
            return handled
        _handle(world, writer, sorted(rows.values(), key=lambda row: row.id), now)
        handled += len(rows)


def _handle(world: World, writer: Writer, rows: Sequence[EventRow], now: datetime) -> None:
    store = world.store
    facts = world.facts(store.leads.get(row.lead for row in rows))
    # What the event says of the person holds before anything moves: an opt-out closes, a sign of life counts.
    facts |= {row.lead: _told(facts[row.lead], row) for row in rows if row.lead in facts}
    inside: dict[str, list[Enrollment]] = {}
    for enrollment in store.enrollments.of_leads(list(facts)):
        inside.setdefault(enrollment.lead, []).append(enrollment)
    known = [row for row in rows if row.lead in facts]
    moves = [move for row in known for move in _moves(world, row, facts[row.lead], inside.get(row.lead, []), now)]

    def also(connection: sqlite3.Connection) -> None:
        for row in known:
            _note_person(world, connection, row, facts[row.lead], now)
            _enter_by_event(world, connection, row, facts[row.lead], now)
        store.inbox.handled(connection, [row.id for row in rows], now)

    run_on(world, writer, writer.commit(moves, now, also), now)


def _moves(world: World, row: EventRow, facts: Facts, inside: Sequence[Enrollment], now: datetime) -> Iterator[Move]:
    """What the event does to each enrollment of the lead; our own doings only reach those that await them."""
    event: Event = Changed() if row.name == "lead_updated" else as_meant(Happened(row.name, row.data))
    for enrollment in inside:
        if _is_internal(row) and isinstance(event, Happened) and enrollment.state is not State.AWAITING:
            continue
        yield make_move(world.program(enrollment.workflow, enrollment.version), enrollment, facts, event, now)


def _told(facts: Facts, row: EventRow) -> Facts:
    channels, reason = suppressions_of(Happened(row.name, row.data))
    if channels:
        facts = after(facts, (Suppress(channels, reason),))
    if _is_internal(row):
        return facts
    return replace(facts, lead=replace(facts.lead, last_active_at=max(facts.lead.last_active_at, row.at)))


def _note_person(world: World, connection: sqlite3.Connection, row: EventRow, facts: Facts, now: datetime) -> None:
    """An opt-out acts whether or not the lead is in any workflow (X1); what a lead does is a sign of life (L6)."""
    channels, reason = suppressions_of(Happened(row.name, row.data))
    addresses = addresses_of(facts.lead)
    stopped = [(channel, addresses[channel], reason, row.source) for channel in channels if channel in addresses]
    world.store.inbox.suppress(connection, stopped, now)
    if not _is_internal(row):
        world.store.leads.touch([facts.lead.id], row.at)


def _enter_by_event(world: World, connection: sqlite3.Connection, row: EventRow, facts: Facts, now: datetime) -> None:
    """Offer the lead to the workflows this event triggers (T7)."""
    event = as_meant(Happened(row.name, row.data))
    for _workflow, program in world.active():
        if program.trigger.on == event.name:
            enter_within(connection, world, program, {facts.lead.id: facts}, now, by="event", event=event)


def _is_internal(row: EventRow) -> bool:
    return row.source.startswith(INTERNAL)
