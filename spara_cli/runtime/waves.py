"""From engine answers to one transaction: what a batch of advances writes, and what it asks to be delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from spara_cli.engine.advance import Advance, advance
from spara_cli.engine.facts import Facts, after
from spara_cli.engine.program import Program
from spara_cli.errors import StoreError
from spara_cli.model.effect import Attempt, SetFields, Suppress
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.event import Due, Event
from spara_cli.model.lead import FieldValue
from spara_cli.model.message import DeliveryKey
from spara_cli.runtime.clock import WallClock
from spara_cli.runtime.world import World, addresses_of
from spara_cli.store.sqlite.enrollments import Fenced, Intent, Result, Wave


@dataclass(slots=True)
class Move:
    """One enrollment's advance, with what it was made from and the result it took in, if any."""

    advance: Advance
    facts: Facts
    event: Event
    result: Result | None = None


def make_move(
    program: Program, enrollment: Enrollment, facts: Facts, event: Event, now: datetime, result: Result | None = None
) -> Move:
    """Advance one enrollment; the move's facts are those that its effects leave behind."""
    moved = advance(program, enrollment, facts, event, now)
    return Move(moved, after(facts, moved.effects) if moved.effects else facts, event, result)


@dataclass(slots=True)
class Counts:
    """What a run did (FORMATS, `run --json`)."""

    turns: int = 0
    advanced: int = 0
    sent: int = 0
    skipped: int = 0
    held: int = 0
    blocked: int = 0
    finished: int = 0
    entered: int = 0

    def add(self, move: Move) -> None:
        """Count one enrollment's move."""
        self.advanced += 1
        for entry in move.advance.entries:
            if entry.kind in ("sent", "called", "notified", "requested", "prompted"):
                self.sent += entry.outcome not in ("failed", "failure")
            elif entry.kind == "skipped":
                self.skipped += 1
            elif entry.kind == "held":
                self.held += 1
            elif entry.kind == "blocked":
                self.blocked += 1
            elif entry.kind == "exited":
                self.finished += 1


AlsoWrite = Callable[[Any], None]


@dataclass(slots=True)
class Writer:
    """Commits moves, again without those that somebody else has moved meanwhile."""

    world: World
    counts: Counts = field(default_factory=Counts)

    def commit(self, moves: Iterable[Move], now: datetime, also: AlsoWrite | None = None) -> list[Move]:
        """Write moves in one transaction, together with `also`; answers the moves that were written.

        Raises LeaseLost when another process took over the store, StoreError when the machine fails.
        """
        pending = list(moves)
        store = self.world.store
        while True:
            wave = _wave(pending, self.world)
            try:
                with store.database.transaction() as connection:
                    if store.lease.token is not None:
                        store.lease.check(connection, WallClock().now())
                    store.enrollments.write(connection, wave, now)
                    store.leads.patch(wave.patches, now)
                    if also is not None:
                        also(connection)
            except Fenced:
                pending = self._made_again(pending, now)
                continue
            break
        for move in pending:
            self.counts.add(move)
        return pending

    def _made_again(self, moves: list[Move], now: datetime) -> list[Move]:
        """These moves on the enrollments as somebody else has left them meanwhile.

        What was merely due is dropped, it will be claimed again; a result or an event must not get lost.
        """
        store = self.world.store
        fresh = {one.id: one for one in store.enrollments.get([move.advance.enrollment.id for move in moves])}
        again = []
        for move in moves:
            enrollment = fresh.get(move.advance.enrollment.id)
            if enrollment is None:
                raise StoreError("an enrollment vanished from the store while it was running")
            if enrollment.revision == move.advance.enrollment.revision - 1:
                again.append(move)
            elif not isinstance(move.event, Due):
                program = self.world.program(enrollment.workflow, enrollment.version)
                again.append(make_move(program, enrollment, move.facts, move.event, now, move.result))
        return again


def _wave(moves: Iterable[Move], world: World) -> Wave:
    wave = Wave()
    watched = world.listening()
    for move in moves:
        enrollment = move.advance.enrollment
        wave.enrollments.append(enrollment)
        if move.advance.entries:
            wave.entries.append((enrollment, move.advance.entries))
        wave.reached += [(enrollment.workflow, step) for step in move.advance.reached]
        if move.result is not None:
            wave.results.append(move.result)
        for effect in move.advance.effects:
            match effect:
                case Attempt():
                    wave.intents.append(Intent(key_of(enrollment, effect), effect.effect.channel))
                case SetFields(values=values):
                    _patch(wave, move, values, watched)
                case Suppress(channels=channels, reason=reason):
                    addresses = addresses_of(move.facts.lead)
                    wave.suppressions += [
                        (channel, addresses[channel], reason, enrollment.workflow)
                        for channel in channels
                        if channel in addresses
                    ]
        if "call_ended" in watched and move.result is not None:
            _announce_call(wave, move)
    return wave


def _patch(wave: Wave, move: Move, values: Mapping[str, FieldValue | None], watched: frozenset[str]) -> None:
    enrollment = move.advance.enrollment
    wave.patches.append((enrollment.lead, values))
    if "lead_updated" in watched:
        mark = f"{enrollment.id}.{enrollment.revision}.{len(wave.patches)}"
        wave.events.append(("spara:update", mark, "lead_updated", enrollment.lead, {"fields": sorted(values)}))


def _announce_call(wave: Wave, move: Move) -> None:
    """Tell event triggers that a call of ours has ended (T7)."""
    for entry in move.advance.entries:
        if entry.kind == "called":
            key = move.result.key if move.result is not None else None
            data = {**entry.detail, "outcome": entry.outcome, "workflow": move.advance.enrollment.workflow}
            wave.events.append(("spara:call", str(key), "call_ended", move.advance.enrollment.lead, data))


def key_of(enrollment: Enrollment, attempt: Attempt) -> DeliveryKey:
    """The ledger's key of an attempt (D1)."""
    return DeliveryKey(enrollment.id, attempt.step, attempt.visit, attempt.attempt)


def open_attempt(move: Move) -> Attempt | None:
    """The delivery a move asks for: at most one, and only while the enrollment awaits it."""
    if move.advance.enrollment.state is not State.IN_FLIGHT:
        return None
    return next((effect for effect in move.advance.effects if isinstance(effect, Attempt)), None)
