"""Published workflows: their state, their immutable versions, and their counts (P1, P2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from spara_cli.model.localtime import from_micros, to_micros
from spara_cli.store.sqlite.database import Database


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow's state. `backfill_floor`: leads not changed since then entered at publish, or never do (T6)."""

    key: str
    name: str | None
    status: str
    version: int
    paused_at: datetime | None
    backfill_floor: int
    backfill_at: datetime | None
    swept_change: int
    swept_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version: its canonical definition (JSON), its hash, who, when and from which commit."""

    workflow: str
    version: int
    hash: str
    definition: str
    published_at: datetime
    published_by: str | None
    git_commit: str | None


class Workflows:
    """The tables `workflows` and `workflow_versions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[WorkflowRow]:
        """Every workflow ever published, by key."""
        return self._select("ORDER BY key", ())

    def get(self, key: str) -> WorkflowRow | None:
        """One workflow, or None when it was never published."""
        rows = self._select("WHERE key = ?", (key,))
        return rows[0] if rows else None

    def versions(self, key: str) -> list[VersionRow]:
        """Every version of a workflow, oldest first."""
        return self._select_versions("WHERE workflow = ? ORDER BY version", (key,))

    def version(self, key: str, version: int) -> VersionRow | None:
        """One version of a workflow."""
        rows = self._select_versions("WHERE workflow = ? AND version = ?", (key, version))
        return rows[0] if rows else None

    def add_version(self, connection: sqlite3.Connection, row: VersionRow, name: str | None) -> None:
        """Write a new version and make the workflow active on it, in the open transaction."""
        connection.execute(
            "INSERT INTO workflows (key, name, status, version) VALUES (?, ?, 'active', ?)"
            " ON CONFLICT (key) DO UPDATE SET name = excluded.name, version = excluded.version",
            (row.workflow, name, row.version),
        )
        connection.execute(
            "INSERT INTO workflow_versions VALUES (?,?,?,?,?,?,?)",
            (
                row.workflow,
                row.version,
                row.hash,
                row.definition,
                to_micros(row.published_at),
                row.published_by,
                row.git_commit,
            ),
        )

    def set_status(self, connection: sqlite3.Connection, key: str, status: str, paused_at: datetime | None) -> None:
        """Change the state, in the open transaction."""
        connection.execute(
            "UPDATE workflows SET status = ?, paused_at = ? WHERE key = ?",
            (status, to_micros(paused_at) if paused_at is not None else None, key),
        )

    def set_swept(self, connection: sqlite3.Connection, key: str, change: int, at: datetime) -> None:
        """Note how far the trigger has looked, in the open transaction."""
        connection.execute(
            "UPDATE workflows SET swept_change = ?, swept_at = ? WHERE key = ?", (change, to_micros(at), key)
        )

    def set_backfill(self, connection: sqlite3.Connection, key: str, floor: int, at: datetime | None) -> None:
        """Start sweeping afresh: from all leads, or only from those that change after `floor`."""
        connection.execute(
            "UPDATE workflows SET swept_change = ?, swept_at = NULL, backfill_floor = ?, backfill_at = ? WHERE key = ?",
            (floor, floor, to_micros(at) if at is not None else None, key),
        )

    def follow(self, connection: sqlite3.Connection, key: str, version: int, *, staying: tuple[str, ...]) -> None:
        """Let the leads inside follow a version (P2), but for those at the steps `staying`."""
        marks = ",".join("?" * len(staying))
        connection.execute(
            "UPDATE enrollments SET version = ?, revision = revision + 1"  # noqa: S608
            f" WHERE workflow = ? AND state <> 'finished' AND step NOT IN ({marks})",
            (version, key, *staying),
        )

    def places(self, key: str) -> dict[tuple[str, str], int]:
        """How many leads are inside, by (step, state)."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT step, state, count(*) FROM enrollments"
                " WHERE workflow = ? AND state <> 'finished' GROUP BY 1, 2",
                (key,),
            )
            return {(step, state): n for step, state, n in rows}

    def finished(self, key: str) -> dict[str, int]:
        """How many leads left, by reason."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT reason, count(*) FROM enrollments"
                " WHERE workflow = ? AND state = 'finished' GROUP BY 1 ORDER BY 1",
                (key,),
            )
            return dict(rows.fetchall())

    def entered(self, key: str) -> int:
        """How many times a lead entered."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM enrollments WHERE workflow = ?", (key,)).fetchone()[0])

    def step_counts(self, key: str) -> Mapping[tuple[str, str], int]:
        """What was counted by (step, what): `reached`, `sent`, `skipped`."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT step, what, n FROM step_counts WHERE workflow = ?", (key,))
            return {(step, what): n for step, what, n in rows}

    def _select(self, where: str, values: tuple[object, ...]) -> list[WorkflowRow]:
        query = (
            "SELECT key, name, status, version, paused_at, backfill_floor, backfill_at, swept_change, swept_at"  # noqa: S608
            f" FROM workflows {where}"
        )
        with self._database.reading() as connection:
            return [
                WorkflowRow(
                    row[0], row[1], row[2], row[3], _instant(row[4]), row[5], _instant(row[6]), row[7], _instant(row[8])
                )
                for row in connection.execute(query, values)
            ]

    def _select_versions(self, where: str, values: tuple[object, ...]) -> list[VersionRow]:
        query = (
            "SELECT workflow, version, hash, definition, published_at, published_by, git_commit"  # noqa: S608
            f" FROM workflow_versions {where}"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, values).fetchall()
        return [VersionRow(r[0], r[1], r[2], r[3], from_micros(r[4]), r[5], r[6]) for r in rows]


def _instant(micros: int | None) -> datetime | None:
    return from_micros(micros) if micros is not None else None
