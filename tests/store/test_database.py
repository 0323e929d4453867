"""Every way a database file can be wrong is one clear line and exit code 3, never a traceback."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spara_cli.errors import EXIT_FAILURE, StoreError
from spara_cli.model.lead import Lead
from spara_cli.store.sqlite import database as module
from spara_cli.store.sqlite.database import Database
from spara_cli.store.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def refused(path: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(path, NOW).leads.count()
    assert caught.value.exit_code == EXIT_FAILURE
    assert "\n" not in caught.value.message
    return caught.value


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "spara.db"
    path.write_bytes(b"this is no database, but long enough to look like one" * 40)
    assert "is not a database" in refused(path).message


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "spara.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    assert "some other program" in refused(path).message
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_database_of_a_newer_spara_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spara.db"
    SqliteStore.open(path, NOW).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    assert "newer spara (schema 999" in refused(path).message


def test_a_locked_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    path = tmp_path / "spara.db"
    SqliteStore.open(path, NOW).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store = SqliteStore.open(path, NOW)
    with pytest.raises(StoreError, match="locked"), store.database.transaction():
        pass
    holder.close()


def test_a_read_only_database_can_be_read_but_not_written(tmp_path: Path) -> None:
    path = tmp_path / "spara.db"
    SqliteStore.open(path, NOW).close()
    store = SqliteStore.open(path, NOW, read_only=True)
    assert store.leads.count() == 0
    with pytest.raises(StoreError, match="read-only"), store.database.transaction() as connection:
        connection.execute("DELETE FROM leads")


def test_a_full_disk_keeps_what_was_committed_and_nothing_else(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "spara.db", NOW)
    with store.database.transaction():
        store.leads.put([Lead("first", {}, NOW, NOW, NOW)])
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    heavy = [Lead(f"L{number}", {"note": "x" * 4000}, NOW, NOW, NOW) for number in range(100)]
    with pytest.raises(StoreError, match="disk is full"), store.database.transaction():
        store.leads.put(heavy)
    assert store.leads.count() == 1


def test_a_folder_in_the_database_s_place_is_one_line(tmp_path: Path) -> None:
    assert "cannot be opened" in refused(tmp_path).message


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "cannot make the database" in refused(tmp_path / "file" / "deep" / "spara.db").message


def test_people_s_data_is_for_the_owner_alone(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path / "spara.db", NOW).close()
    assert (tmp_path / "spara.db").stat().st_mode & 0o077 == 0


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    path = tmp_path / "spara.db"
    SqliteStore.open(path, NOW).close()
    store = SqliteStore.open(path, NOW)
    assert store.database.connection.execute("SELECT name FROM migrations").fetchall() == [("schema.sql",)]
    assert store.database.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_copy_in_memory_changes_nothing_on_disk(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "spara.db", NOW)
    copy = SqliteStore(Database.in_memory(NOW, copy_of=store.database))
    with copy.database.transaction():
        copy.leads.put([Lead("L1", {}, NOW, NOW, NOW)])
    assert (copy.leads.count(), store.leads.count()) == (1, 0)


def test_what_people_agreed_to_is_never_rewritten(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "spara.db", NOW)
    with store.database.transaction() as connection:
        store.leads.put([Lead("L1", {}, NOW, NOW, NOW)])
        connection.execute("INSERT INTO consents VALUES (1, 'L1', 'voice_ai', 1, 'opt-in', 'form', NULL, 0)")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store.database.connection.execute("UPDATE consents SET granted = 0")


def test_the_schema_has_every_table_of_the_design(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "spara.db", NOW)
    rows = store.database.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    tables = {name for (name,) in rows}
    assert tables >= {
        "leads", "workflows", "workflow_versions", "enrollments", "deliveries", "timeline", "events", "suppressions",
        "consents", "webhook_deliveries", "api_keys", "daemons", "rate_buckets", "migrations",
    }  # fmt: skip
