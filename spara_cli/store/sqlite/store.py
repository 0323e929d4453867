"""The SQLite store whole: one connection, its tables, and the two ways to open it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from spara_cli.store.sqlite.database import Database
from spara_cli.store.sqlite.enrollments import Enrollments
from spara_cli.store.sqlite.inbox import Inbox
from spara_cli.store.sqlite.leads import Leads
from spara_cli.store.sqlite.lease import Lease
from spara_cli.store.sqlite.timeline import Timeline
from spara_cli.store.sqlite.workflows import Workflows


class SqliteStore:
    """Everything a project remembers. Open it once per command; close it when done."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.leads = Leads(database)
        self.workflows = Workflows(database)
        self.enrollments = Enrollments(database)
        self.inbox = Inbox(database)
        self.timeline = Timeline(database)
        self.lease = Lease(database)

    @classmethod
    def open(cls, path: Path, now: datetime, *, read_only: bool = False) -> SqliteStore:
        """Open or make the database at `path`. Raises StoreError when the machine says no."""
        return cls(Database.open(path, now, read_only=read_only))

    @classmethod
    def in_memory(cls, now: datetime, *, copy_of: SqliteStore | None = None) -> SqliteStore:
        """A store that ends with the process: empty, or a copy to try things on (`run --dry-run`)."""
        return cls(Database.in_memory(now, copy_of=copy_of.database if copy_of is not None else None))

    def clock_shift(self) -> timedelta:
        """How far fast-forwards have moved this project's clock ahead of the wall's."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT value FROM counters WHERE name = 'clock_shift'").fetchone()
        return timedelta(microseconds=row[0]) if row is not None else timedelta()

    def set_clock_shift(self, shift: timedelta) -> None:
        """Remember how far ahead the project's clock is."""
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO counters VALUES ('clock_shift', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (shift // timedelta(microseconds=1),),
            )

    def close(self) -> None:
        """Close the connection."""
        self.database.close()
