"""What people ask of the whole store: who is inside and why, what is open, who is at work.

The one thing to know: counts that are shown together are asked inside one `snapshot`, so that they agree
although a daemon goes on writing.
"""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from spara_cli.model.localtime import to_micros
from spara_cli.store.sqlite.database import Database
from spara_cli.store.sqlite.lease import Holder, _is_alive


@dataclass(frozen=True, slots=True)
class Crowd:
    """`count` enrollments of a workflow in one state; `reason` is told of the blocked and the finished."""

    workflow: str
    state: str
    reason: str | None
    count: int


class Overview:
    """Counts over all tables, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """One read transaction: every question asked inside, of any table, sees the same moment."""
        with self._database.reading() as connection:
            is_inside_another = connection.in_transaction
            if is_inside_another:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    def crowds(self) -> list[Crowd]:
        """Every enrollment there ever was, counted by workflow, state and reason."""
        query = (
            "SELECT workflow, state, CASE WHEN state IN ('blocked', 'finished') THEN reason END, count(*)"
            " FROM enrollments GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        with self._database.reading() as connection:
            return [Crowd(*row) for row in connection.execute(query)]

    def inside_by_version(self, workflow: str) -> dict[int, int]:
        """How many leads are inside a workflow, by the version they follow."""
        query = "SELECT version, count(*) FROM enrollments WHERE workflow = ? AND state <> 'finished' GROUP BY 1"
        with self._database.reading() as connection:
            return dict(connection.execute(query, (workflow,)).fetchall())

    def due(self, now: datetime) -> int:
        """How many enrollments may move at `now`."""
        return self._count(
            "SELECT count(*) FROM enrollments WHERE frozen = 0 AND due_at <= ? AND state <> 'in_flight'", to_micros(now)
        )

    def uncertain(self) -> int:
        """How many deliveries nobody can say of whether they were made (D2)."""
        return self._count("SELECT count(*) FROM deliveries WHERE state = 'uncertain'")

    def open_events(self) -> int:
        """How many inbound events wait to be acted on."""
        return self._count("SELECT count(*) FROM events WHERE handled_at IS NULL")

    def holder(self, now: datetime) -> Holder | None:
        """The process that holds the lease, as far as it is alive and its time has not run out."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT pid, host FROM daemons WHERE pid IS NOT NULL AND expires_at > ?", (to_micros(now),)
            ).fetchone()
        if row is None or (row[1] == socket.gethostname() and not _is_alive(row[0])):
            return None
        return Holder(row[0], row[1])

    def _count(self, query: str, *values: object) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(query, values).fetchone()[0])
