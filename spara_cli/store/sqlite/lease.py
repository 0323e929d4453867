"""Who is at work: one runner on a store at a time, fenced by a growing token (DESIGN section 2)."""

from __future__ import annotations

import os
import socket
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from spara_cli.model.localtime import to_micros
from spara_cli.store.sqlite.database import Database

LEASE_FOR = timedelta(seconds=60)
_NAME = "runner"


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the lease."""

    pid: int
    host: str


class LeaseLost(Exception):
    """Another process took over; what this one was about to write is not written."""


class Lease:
    """The one row that says who may move enrollments."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.token: int | None = None

    def take(self, now: datetime) -> Holder | None:
        """Take the lease; None when it is ours now, else who holds it.

        A holder on this host whose process is gone, or whose time has run out, is replaced.
        """
        host, pid = socket.gethostname(), os.getpid()
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT token, pid, host, expires_at FROM daemons WHERE name = ?", (_NAME,)
            ).fetchone()
            token = int(row[0]) + 1 if row is not None else 1
            if row is not None and row[1] is not None:
                is_alive = row[2] != host or _is_alive(row[1])
                if is_alive and row[3] > to_micros(now) and (row[1], row[2]) != (pid, host):
                    return Holder(row[1], row[2])
            connection.execute(
                "INSERT INTO daemons (name, token, pid, host, expires_at) VALUES (?,?,?,?,?)"
                " ON CONFLICT (name) DO UPDATE SET"
                " token = excluded.token, pid = excluded.pid, host = excluded.host, expires_at = excluded.expires_at",
                (_NAME, token, pid, host, to_micros(now + LEASE_FOR)),
            )
        self.token = token
        return None

    def check(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Prove in the open transaction that the lease is still ours, and extend it; raises LeaseLost."""
        changed = connection.execute(
            "UPDATE daemons SET expires_at = max(expires_at, ?) WHERE name = ? AND token = ?",
            (to_micros(now + LEASE_FOR), _NAME, self.token),
        )
        if changed.rowcount != 1:
            raise LeaseLost

    def renew(self, now: datetime) -> bool:
        """Extend the lease while idle; False when it is not ours any more."""
        try:
            with self._database.transaction() as connection:
                self.check(connection, now)
        except LeaseLost:
            return False
        return True

    def release(self) -> None:
        """Let the next one begin at once."""
        if self.token is not None:
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE daemons SET pid = NULL, expires_at = 0 WHERE name = ? AND token = ?", (_NAME, self.token)
                )
            self.token = None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
