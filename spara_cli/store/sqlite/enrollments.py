"""Enrollments, the ledger and the timeline: what one turn reads and writes, by the batch.

A `Wave` is everything one step of a turn changes. It is written in one transaction, fenced twice: by the
runner's token (somebody else took over) and by each enrollment's `revision` (somebody else moved it).
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.lead import FieldValue
from spara_cli.model.localtime import from_micros, to_micros
from spara_cli.model.message import DeliveryKey
from spara_cli.store.sqlite.database import Database

_COLUMNS = (
    "id, workflow, lead, entry_key, version, state, step, visit, due_at, reason, attempt, failures, rounds, frozen,"
    " visits, memory, entered_at, finished_at, revision"
)
_ACTIVE = "state <> 'finished'"
# A crash may leave an unpublish or a cancel half done; who is not frozen yet must not move either.
_OF_ACTIVE = " AND workflow IN (SELECT key FROM workflows WHERE status = 'active')"
_NEXT_DUE = (
    "SELECT due_at FROM enrollments WHERE due_at IS NOT NULL AND frozen = 0 AND state <> 'in_flight'"  # noqa: S608
    f"{_OF_ACTIVE} ORDER BY due_at LIMIT 1"
)
_INSERT = f"INSERT INTO enrollments ({_COLUMNS}) VALUES (?{',?' * 18})"  # noqa: S608


class Fenced(Exception):
    """Somebody else moved one of these enrollments since it was read; the transaction must be rolled back."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A delivery about to start: its key and channel."""

    key: DeliveryKey
    channel: str


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended: `sent`, `failed`, `skipped` or `uncertain`, with the provider's code."""

    key: DeliveryKey
    state: str
    code: str | None = None


@dataclass(slots=True)
class Wave:
    """What one transaction writes. `entries` go with the enrollment they belong to."""

    enrollments: list[Enrollment] = field(default_factory=list)
    entries: list[tuple[Enrollment, tuple[Entry, ...]]] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    reached: list[tuple[str, str]] = field(default_factory=list)
    patches: list[tuple[str, Mapping[str, FieldValue | None]]] = field(default_factory=list)
    suppressions: list[tuple[str, str, str, str]] = field(default_factory=list)
    events: list[tuple[str, str, str, str, Mapping[str, Any]]] = field(default_factory=list)


_COUNTED = {"sent": "sent", "called": "sent", "notified": "sent", "requested": "sent", "prompted": "sent"}


class Enrollments:
    """The tables `enrollments`, `deliveries`, `timeline` and `step_counts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- what is due --------------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int) -> list[Enrollment]:
        """The enrollments whose time has come, earliest first; attempts in flight are not among them."""
        return self._select(
            "WHERE frozen = 0 AND due_at <= ? AND state <> 'in_flight'" + _OF_ACTIVE + " ORDER BY due_at, id LIMIT ?",
            (to_micros(now), limit),
        )

    def next_due(self) -> datetime | None:
        """The earliest instant at which anything moves by itself."""
        with self._database.reading() as connection:
            row = connection.execute(_NEXT_DUE).fetchone()
        return from_micros(row[0]) if row is not None else None

    def blocked(self, after: int, limit: int) -> list[Enrollment]:
        """Blocked enrollments, to see whether what blocks them is mended."""
        return self._select(
            "WHERE state = 'blocked' AND frozen = 0 AND id > ?" + _OF_ACTIVE + " ORDER BY id LIMIT ?", (after, limit)
        )

    def open_attempts(self, after: int, limit: int) -> list[tuple[int, DeliveryKey]]:
        """Intents without a result, paged by the ledger's id; only a crash leaves any behind."""
        query = (
            "SELECT id, enrollment, step, visit, attempt FROM deliveries"
            " WHERE state = 'intended' AND id > ? ORDER BY id LIMIT ?"
        )
        with self._database.reading() as connection:
            return [(row[0], DeliveryKey(*row[1:])) for row in connection.execute(query, (after, limit))]

    def of_leads(self, leads: Sequence[str], *, workflow: str | None = None) -> list[Enrollment]:
        """The active enrollments of these leads."""
        marks = ",".join("?" * len(leads))
        also, values = (" AND workflow = ?", (*leads, workflow)) if workflow is not None else ("", tuple(leads))
        return self._select(f"WHERE lead IN ({marks}) AND {_ACTIVE}{also} ORDER BY id", values)

    def in_workflow(
        self, workflow: str, after: int, limit: int, *, steps: Sequence[str] | None = None
    ) -> list[Enrollment]:
        """The active enrollments of a workflow, paged by id, maybe only those at some steps."""
        also, values = "", list[Any]([workflow, after])
        if steps is not None:
            also = f" AND step IN ({','.join('?' * len(steps))})"
            values += steps
        return self._select(f"WHERE workflow = ? AND id > ? AND {_ACTIVE}{also} ORDER BY id LIMIT ?", (*values, limit))

    def get(self, ids: Sequence[int]) -> list[Enrollment]:
        """These enrollments as they are now."""
        return self._select(f"WHERE id IN ({','.join('?' * len(ids))}) ORDER BY id", tuple(ids))

    def history(self, leads: Sequence[str], workflow: str) -> dict[str, list[Enrollment]]:
        """Every enrollment these leads ever had in a workflow."""
        found: dict[str, list[Enrollment]] = {}
        for enrollment in self._select(
            f"WHERE workflow = ? AND lead IN ({','.join('?' * len(leads))}) ORDER BY id", (workflow, *leads)
        ):
            found.setdefault(enrollment.lead, []).append(enrollment)
        return found

    # --- writing ------------------------------------------------------------------------------------------

    def insert(self, connection: sqlite3.Connection, enrollments: Sequence[Enrollment]) -> list[Enrollment]:
        """Write new enrollments in the open transaction, which has also read that they are new (T5)."""
        if not enrollments:
            return []
        last = int(connection.execute("SELECT coalesce(max(id), 0) FROM enrollments").fetchone()[0])
        fresh = [replace(enrollment, id=last + number) for number, enrollment in enumerate(enrollments, start=1)]
        connection.executemany(_INSERT, [_values(enrollment) for enrollment in fresh])
        return fresh

    def write(self, connection: sqlite3.Connection, wave: Wave, now: datetime) -> None:
        """Write a wave in the open transaction. Raises Fenced when an enrollment has moved meanwhile."""
        moved = connection.executemany(_UPDATE, [_update_values(enrollment) for enrollment in wave.enrollments])
        if moved.rowcount != len(wave.enrollments) and wave.enrollments:
            raise Fenced
        at = to_micros(now)
        connection.executemany(
            "INSERT INTO deliveries (enrollment, step, visit, attempt, channel, state, intended_at)"
            " VALUES (?,?,?,?,?,'intended',?)",
            [
                (intent.key.enrollment, intent.key.step, intent.key.visit, intent.key.attempt, intent.channel, at)
                for intent in wave.intents
            ],
        )
        connection.executemany(
            "UPDATE deliveries SET state = ?, code = ?, finished_at = ?"
            " WHERE enrollment = ? AND step = ? AND visit = ? AND attempt = ?",
            [(r.state, r.code, at, r.key.enrollment, r.key.step, r.key.visit, r.key.attempt) for r in wave.results],
        )
        self.record(connection, wave.entries)
        self._count(connection, wave)
        connection.executemany(
            "INSERT OR IGNORE INTO suppressions (channel, address, reason, source, at) VALUES (?,?,?,?,?)",
            [(*row, at) for row in wave.suppressions],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO events (source, external_id, name, lead, data, at) VALUES (?,?,?,?,?,?)",
            [(*row[:4], _json(row[4]), at) for row in wave.events],
        )

    def record(self, connection: sqlite3.Connection, entries: Iterable[tuple[Enrollment, tuple[Entry, ...]]]) -> None:
        """Append timeline entries in the open transaction."""
        connection.executemany(
            "INSERT INTO timeline"
            " (lead, enrollment, workflow, version, at, kind, step, visit, outcome, reason, until, detail)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    owner.lead,
                    owner.id or None,
                    owner.workflow,
                    owner.version,
                    to_micros(entry.at),
                    entry.kind,
                    entry.step,
                    entry.visit,
                    entry.outcome,
                    entry.reason,
                    to_micros(entry.until) if entry.until is not None else None,
                    _json(entry.detail) if entry.detail else None,
                )
                for owner, batch in entries
                for entry in batch
            ],
        )

    def _count(self, connection: sqlite3.Connection, wave: Wave) -> None:
        counts: Counter[tuple[str, str, str]] = Counter((workflow, step, "reached") for workflow, step in wave.reached)
        for owner, batch in wave.entries:
            for entry in batch:
                what = "skipped" if entry.kind == "skipped" else _COUNTED.get(entry.kind)
                if what is not None and entry.step is not None and entry.outcome not in ("failed", "failure"):
                    counts[owner.workflow, entry.step, what] += 1
        connection.executemany(
            "INSERT INTO step_counts (workflow, step, what, n) VALUES (?,?,?,?)"
            " ON CONFLICT DO UPDATE SET n = n + excluded.n",
            [(*key, n) for key, n in counts.items()],
        )

    def _select(self, where: str, values: Sequence[Any]) -> list[Enrollment]:
        query = f"SELECT {_COLUMNS} FROM enrollments {where}"  # noqa: S608
        with self._database.reading() as connection:
            return [_enrollment(row) for row in connection.execute(query, values)]


_UPDATE = (
    "UPDATE enrollments SET version = ?, state = ?, step = ?, visit = ?, due_at = ?, reason = ?, attempt = ?,"
    " failures = ?, rounds = ?,"
    " frozen = ?, visits = ?, memory = ?, finished_at = ?, revision = ? WHERE id = ? AND revision = ?"
)


def _micros(instant: datetime | None) -> int | None:
    return to_micros(instant) if instant is not None else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _values(e: Enrollment) -> tuple[Any, ...]:
    return (
        e.id, e.workflow, e.lead, e.entry_key, e.version, e.state.value, e.step, e.visit, _micros(e.due_at), e.reason,
        e.attempt, e.failures, e.rounds, e.frozen, encode_visits(e.visits), _json(e.memory), to_micros(e.entered_at),
        _micros(e.finished_at), e.revision,
    )  # fmt: skip


def _update_values(e: Enrollment) -> tuple[Any, ...]:
    return (
        e.version, e.state.value, e.step, e.visit, _micros(e.due_at), e.reason, e.attempt, e.failures, e.rounds,
        e.frozen, encode_visits(e.visits), _json(e.memory) if e.memory else "{}", _micros(e.finished_at), e.revision,
        e.id, e.revision - 1,
    )  # fmt: skip


def _enrollment(row: Sequence[Any]) -> Enrollment:
    (
        identity, workflow, lead, entry_key, version, state, step, visit, due_at, reason, attempt, failures, rounds,
        frozen, visits, memory, entered_at, finished_at, revision,
    ) = row  # fmt: skip
    return Enrollment(
        id=identity,
        workflow=workflow,
        lead=lead,
        version=version,
        entered_at=from_micros(entered_at),
        entry_key=entry_key,
        state=State(state),
        step=step,
        visit=visit,
        due_at=from_micros(due_at) if due_at is not None else None,
        reason=reason,
        attempt=attempt,
        failures=failures,
        rounds=rounds,
        frozen=bool(frozen),
        visits=decode_visits(visits),
        memory=json.loads(memory) if memory != "{}" else {},
        finished_at=from_micros(finished_at) if finished_at is not None else None,
        revision=revision,
    )


def encode_visits(visits: Mapping[str, int]) -> str:
    """Visit counts as short text: `hello tier:2`; a step id holds neither blank nor colon."""
    return " ".join(step if count == 1 else f"{step}:{count}" for step, count in visits.items())


def decode_visits(text: str) -> dict[str, int]:
    """The counts that `encode_visits` wrote."""
    counts = {}
    for word in text.split():
        step, _, count = word.partition(":")
        counts[step] = int(count) if count else 1
    return counts
