"""The inbox of events, and who may not be reached (D5, C1)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spara_cli.model.localtime import from_micros, to_micros
from spara_cli.store.sqlite.database import Database


@dataclass(frozen=True, slots=True)
class EventRow:
    """One inbound event, recorded once by (source, external id)."""

    id: int
    source: str
    name: str
    lead: str
    data: Mapping[str, Any]
    at: datetime


class Inbox:
    """The tables `events` and `suppressions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        connection: sqlite3.Connection,
        source: str,
        external_id: str,
        name: str,
        lead: str,
        data: Mapping[str, Any],
        at: datetime,
    ) -> bool:
        """Record an event in the open transaction; False when it is known already."""
        cursor = connection.execute(
            "INSERT OR IGNORE INTO events (source, external_id, name, lead, data, at) VALUES (?,?,?,?,?,?)",
            (source, external_id, name, lead, json.dumps(data, ensure_ascii=False), to_micros(at)),
        )
        return cursor.rowcount == 1

    def open(self, limit: int) -> list[EventRow]:
        """Events nobody has acted on, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, source, name, lead, data, at FROM events WHERE handled_at IS NULL ORDER BY id LIMIT ?",
                (limit,),
            ).fetchall()
        return [EventRow(row[0], row[1], row[2], row[3], json.loads(row[4]), from_micros(row[5])) for row in rows]

    def handled(self, connection: sqlite3.Connection, ids: Sequence[int], now: datetime) -> None:
        """Mark events as acted on, in the transaction that acts."""
        connection.executemany(
            "UPDATE events SET handled_at = ? WHERE id = ?", [(to_micros(now), identity) for identity in ids]
        )

    def suppress(
        self, connection: sqlite3.Connection, rows: Sequence[tuple[str, str, str, str]], now: datetime
    ) -> None:
        """Add (channel, address, reason, source), in the open transaction; the first reason stays."""
        connection.executemany(
            "INSERT OR IGNORE INTO suppressions (channel, address, reason, source, at) VALUES (?,?,?,?,?)",
            [(*row, to_micros(now)) for row in rows],
        )

    def suppressed(self, addresses: Sequence[str]) -> dict[tuple[str, str], str]:
        """Why these addresses may not be reached: (channel, address) to reason; mostly empty."""
        found: dict[tuple[str, str], str] = {}
        with self._database.reading() as connection:
            if connection.execute("SELECT 1 FROM suppressions LIMIT 1").fetchone() is None:
                return found
            for start in range(0, len(addresses), 500):
                part = addresses[start : start + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT channel, address, reason FROM suppressions WHERE address IN ({marks})"  # noqa: S608
                found.update(
                    {(channel, address): reason for channel, address, reason in connection.execute(query, part)}
                )
        return found
