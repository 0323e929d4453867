"""Opening a SQLite database: pragmas, migrations, and every failure of the machine as one clear line.

WAL with `synchronous=FULL`: what is committed survives a power cut. One writer at a time; a second
waits up to `BUSY_SECONDS`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from spara_cli.errors import StoreError
from spara_cli.model.localtime import to_micros

BUSY_SECONDS = 5.0
APPLICATION_ID = 0x53504152  # "SPAR", so that `file` and we know our own
MIGRATIONS = ("schema.sql",)
"""Scripts in order; the database's `user_version` says how many have run."""


class Database:
    """One connection. Not shared between threads."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.connection = connection
        self.name = name

    @classmethod
    def open(cls, path: Path, now: datetime, *, read_only: bool = False) -> Database:
        """Open or make the database at `path`, migrated to the present schema.

        Raises StoreError when it is no database, of a newer spara, locked, read-only or full.
        """
        with _as_store_error(str(path)):
            if read_only:
                connection = sqlite3.connect(
                    f"file:{path}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
                )
            else:
                _make_private(path)
                connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            database = cls(connection, str(path))
            database._prepare(now, read_only=read_only)
        return database

    @classmethod
    def in_memory(cls, now: datetime, *, copy_of: Database | None = None) -> Database:
        """An empty database in memory, or a copy of another one that nothing is written back from."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        database = cls(connection, ":memory:")
        if copy_of is not None:
            copy_of.connection.backup(connection)
        database._prepare(now, read_only=False)
        return database

    def close(self) -> None:
        """Close the connection; what is committed stays."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, holding the one write lock; a failure rolls back and becomes a StoreError."""
        with _as_store_error(self.name):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for questions; failures become StoreErrors."""
        with _as_store_error(self.name):
            yield self.connection

    def _prepare(self, now: datetime, *, read_only: bool) -> None:
        run = self.connection.execute
        version = int(run("PRAGMA user_version").fetchone()[0])
        owner = int(run("PRAGMA application_id").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StoreError(
                f"the database {self.name} is of a newer spara (schema {version}; this one: {len(MIGRATIONS)})",
                hint="install the newer spara, or point `store` at another file",
            )
        tables = int(run("SELECT count(*) FROM sqlite_schema").fetchone()[0])
        if owner != APPLICATION_ID and tables:
            raise StoreError(f"{self.name} is a database of some other program", hint="point `store` at another file")
        run(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        run("PRAGMA foreign_keys = ON")
        if read_only:
            return
        if run("PRAGMA journal_mode").fetchone()[0] != "wal":
            run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA cache_size = -65536")
        if version < len(MIGRATIONS):
            self._migrate(version, now)

    def _migrate(self, version: int, now: datetime) -> None:
        import sqlite_utils  # 0.2 s to import, and only a new or old database needs it

        script = "".join(
            files("spara_cli.store.sqlite").joinpath(name).read_text(encoding="utf-8") for name in MIGRATIONS[version:]
        )
        utils = sqlite_utils.Database(self.connection)
        # One script, one transaction: a crash leaves the old schema or the new one.
        utils.conn.executescript(
            f"BEGIN IMMEDIATE;\n{script}\nPRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {len(MIGRATIONS)};\nCOMMIT;"
        )
        utils.table("migrations").insert_all(
            ({"name": name, "applied_at": to_micros(now)} for name in MIGRATIONS[version:]), pk="name", ignore=True
        )


def _make_private(path: Path) -> None:
    """Make the folder, and the file when it is not there: people's data, so for the owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"cannot make the database {path}: {error.strerror}") from None


_MEANINGS = (
    ("locked", "is locked by another program", "wait for it to finish, or end it"),
    ("readonly", "cannot be written: the file or its folder is read-only", None),
    ("full", "cannot be written: the disk is full", "free some space; nothing of the last step was kept"),
    ("not a database", "is not a database", "move the file away, or point `store` elsewhere"),
    ("malformed", "is damaged", "restore a backup"),
    ("unable to open", "cannot be opened", "check the path and its permissions"),
)


@contextmanager
def _as_store_error(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        text = str(error)
        for sign, meaning, hint in _MEANINGS:
            if sign in text:
                raise StoreError(f"the database {name} {meaning}", hint=hint) from error
        raise StoreError(f"the database {name} failed: {text}") from error
