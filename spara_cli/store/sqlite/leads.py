"""Leads in SQLite: written by the batch, looked up by id and email, fields typed for ever (L1–L4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from spara_cli.model.lead import FieldType, FieldValue, Lead
from spara_cli.model.localtime import from_micros, to_micros
from spara_cli.store.sqlite.database import Database

CHUNK = 500
_COLUMNS = "id, fields, created_at, updated_at, last_active_at"
Row = tuple[str, str, int, int, int]


class Leads:
    """The `leads` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ids: Iterable[str]) -> dict[str, Lead]:
        """The leads of these ids; an unknown id is absent."""
        wanted, found = list(dict.fromkeys(ids)), {}
        with self._database.reading() as connection:
            for start in range(0, len(wanted), CHUNK):
                part = wanted[start : start + CHUNK]
                marks = ",".join("?" * len(part))
                for row in connection.execute(f"SELECT {_COLUMNS} FROM leads WHERE id IN ({marks})", part):  # noqa: S608
                    found[row[0]] = _lead(row)
        return found

    def ids_of_emails(self, emails: Sequence[str]) -> dict[str, list[str]]:
        """Folded email to the ids that have it; several leads may share one (L3)."""
        found: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for start in range(0, len(emails), CHUNK):
                part = emails[start : start + CHUNK]
                marks = ",".join("?" * len(part))
                query = f"SELECT email, id FROM leads WHERE email IN ({marks}) ORDER BY created_at, id"  # noqa: S608
                for email, identity in connection.execute(query, part):
                    found.setdefault(email, []).append(identity)
        return found

    def page(
        self,
        *,
        email: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        text: str | None = None,
        limit: int = 1000,
    ) -> list[Lead]:
        """Leads by folded email, creation (both ends included, UTC) or text anywhere, oldest first."""
        tests, values = ["1"], list[object]()
        if email is not None:
            tests.append("email = ?")
            values.append(email)
        if start is not None:
            tests.append("created_at >= ?")
            values.append(to_micros(start))
        if end is not None:
            tests.append("created_at <= ?")
            values.append(to_micros(end))
        if text is not None:
            # Values only, not field names; `lower` of SQLite knows ASCII alone, so Python folds.
            tests.append("(id = ? OR EXISTS (SELECT 1 FROM json_each(fields) WHERE instr(casefold(value), ?) > 0))")
            values += [text, text.casefold()]
        query = f"SELECT {_COLUMNS} FROM leads WHERE {' AND '.join(tests)} ORDER BY created_at, id LIMIT ?"  # noqa: S608
        with self._database.reading() as connection:
            if text is not None:
                connection.create_function("casefold", 1, lambda value: str(value).casefold(), deterministic=True)
            return [_lead(row) for row in connection.execute(query, [*values, limit])]

    def count(self) -> int:
        """How many leads there are."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM leads").fetchone()[0])

    def changed_since(
        self, change: int, upto: int, after: tuple[int, str], limit: int, *, never_in: str | None = None
    ) -> list[tuple[int, Lead]]:
        """Leads with `change` in (change, upto], in order, paged behind `after`: (change, lead).

        With `never_in`, only leads that were never in that workflow.
        """
        query = (
            f"SELECT change, {_COLUMNS} FROM leads WHERE change > ?1 AND change <= ?2 AND (change, id) > (?3, ?4)"  # noqa: S608
            " AND (?5 IS NULL OR NOT EXISTS (SELECT 1 FROM enrollments WHERE workflow = ?5 AND lead = leads.id))"
            " ORDER BY change, id LIMIT ?6"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (change, upto, *after, never_in, limit)).fetchall()
        return [(row[0], _lead(row[1:])) for row in rows]

    def last_change(self) -> int:
        """The number of the latest change of any lead."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT value FROM counters WHERE name = 'change'").fetchone()[0])

    def put(self, leads: Sequence[Lead]) -> None:
        """Write leads whole, new or not, in the transaction that is open."""
        if not leads:
            return
        change = self._next_change()
        self._database.connection.executemany(
            "INSERT INTO leads (id, email, fields, created_at, updated_at, last_active_at, change)"
            " VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET email = excluded.email, fields = excluded.fields,"
            " updated_at = excluded.updated_at, last_active_at = excluded.last_active_at, change = excluded.change",
            [
                (
                    lead.id,
                    folded_email(lead.fields),
                    json.dumps(dict(lead.fields), ensure_ascii=False, separators=(",", ":")),
                    to_micros(lead.created_at),
                    to_micros(lead.updated_at),
                    to_micros(lead.last_active_at),
                    change,
                )
                for lead in leads
            ],
        )

    def patch(self, patches: Sequence[tuple[str, Mapping[str, FieldValue | None]]], now: datetime) -> None:
        """Merge fields into leads (None removes one), in the open transaction; our own change, so not activity."""
        if not patches:
            return
        change, at = self._next_change(), to_micros(now)
        self._database.connection.executemany(
            "UPDATE leads SET fields = json_patch(fields, ?1), updated_at = ?2, change = ?3,"
            " email = CASE WHEN ?4 THEN ?5 ELSE email END WHERE id = ?6",
            [
                (
                    json.dumps(dict(values), ensure_ascii=False),
                    at,
                    change,
                    "email" in values,
                    folded_email({name: value for name, value in values.items() if value is not None}),
                    identity,
                )
                for identity, values in patches
            ],
        )

    def touch(self, ids: Iterable[str], now: datetime) -> None:
        """Note that these leads did something (L6), in the open transaction."""
        change, at = self._next_change(), to_micros(now)
        self._database.connection.executemany(
            "UPDATE leads SET last_active_at = max(last_active_at, ?), change = ? WHERE id = ?",
            [(at, change, identity) for identity in ids],
        )

    def field_types(self) -> dict[str, FieldType]:
        """The types of undeclared fields, taken from their first values (L2)."""
        with self._database.reading() as connection:
            return {name: FieldType(kind) for name, kind in connection.execute("SELECT name, type FROM lead_fields")}

    def set_field_types(self, types: Mapping[str, FieldType]) -> None:
        """Remember the types of new fields, in the open transaction; a known one keeps its type."""
        self._database.connection.executemany(
            "INSERT OR IGNORE INTO lead_fields (name, type) VALUES (?, ?)", [(n, str(t)) for n, t in types.items()]
        )

    def _next_change(self) -> int:
        row = self._database.connection.execute(
            "UPDATE counters SET value = value + 1 WHERE name = 'change' RETURNING value"
        ).fetchone()
        return int(row[0])


def folded_email(fields: Mapping[str, FieldValue]) -> str | None:
    """The email as look-ups know it: case folded, or None."""
    value = fields.get("email")
    return value.strip().casefold() if isinstance(value, str) and value.strip() else None


def chunks(leads: Sequence[Lead]) -> Iterator[Sequence[Lead]]:
    """The leads by the batch."""
    for start in range(0, len(leads), CHUNK):
        yield leads[start : start + CHUNK]


def _lead(row: Row) -> Lead:
    identity, fields, created_at, updated_at, last_active_at = row
    return Lead(
        identity, json.loads(fields), from_micros(created_at), from_micros(updated_at), from_micros(last_active_at)
    )
