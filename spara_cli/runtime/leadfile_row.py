"""One row of a lead file: what it may hold, and the checks that are the same for CSV and JSON Lines.

The one thing to know: a row is good as a whole or refused as a whole, by the first problem found, with a
reason word to group by. A refused row leaves nothing behind: its id may come again, and it fixes no type.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from spara_cli.model.address import parse_address
from spara_cli.model.fieldtypes import FieldTypeError, field_name_problem, shown, shown_text
from spara_cli.model.lead import STANDARD_FIELDS, SYSTEM_FIELDS, FieldType, FieldValue, is_missing
from spara_cli.model.localtime import parse_instant
from spara_cli.runtime.phone import PhoneError, known_region, normalise_phone

ID_LENGTH_MAX = 200
FIELDS_MAX = 1_000
"""Columns of a CSV file, or different names in a JSON Lines file."""

# The system fields a file may bring: L6 "unless supplied". `id` is the lead's id.
SUPPLIED_FIELDS = ("created_at", "last_active_at")


class Refusal(StrEnum):
    """Why a row was refused; the words that reports group by (SPEC L5)."""

    AMBIGUOUS_EMAIL = "ambiguous_email"
    BAD_JSON = "bad_json"
    BAD_QUOTING = "bad_quoting"
    CELL_TOO_LONG = "cell_too_long"
    DUPLICATE_ID = "duplicate_id_in_file"
    INVALID_FIELD_NAME = "invalid_field_name"
    INVALID_ID = "invalid_id"
    MALFORMED_EMAIL = "malformed_email"
    MALFORMED_PHONE = "malformed_phone"
    RAGGED_ROW = "ragged_row"
    ROW_TOO_LONG = "row_too_long"
    WRONG_TYPE = "wrong_type"


@dataclass(frozen=True, slots=True)
class Row:
    """A good row. `line` is where it begins, from 1. A None in `values` clears the field (L4).

    `values` holds no system field; the two that a file may supply (L6) are instants of their own.
    """

    line: int
    id: str | None
    values: dict[str, FieldValue | None]
    created_at: datetime | None = None
    last_active_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that does not go in. `column` is the name of the column or key, where one is to blame."""

    line: int
    column: str | None
    reason: Refusal
    message: str


class RowRefused(Exception):
    """Says inside this family of modules that the row being read is to be refused."""

    def __init__(self, reason: Refusal, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.column = column

    def at(self, line: int) -> RefusedRow:
        """The refusal as the value that callers of `read_leads` see."""
        column = shown_text(self.column) if self.column is not None else None
        return RefusedRow(line, column, self.reason, self.message)


class RowMaker:
    """Turns named raw values into rows; remembers the ids of one file. A context manager: it holds a file."""

    def __init__(self, *, zone: ZoneInfo, region: str, allow_null: bool) -> None:
        self._zone = zone
        self._region = region
        self._allow_null = allow_null
        self._ids = _SeenIds()

    def __enter__(self) -> RowMaker:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ids.close()

    def make(
        self,
        line: int,
        raw: Iterable[tuple[str, object]],
        value_of: Callable[[str, object], FieldValue],
    ) -> Row | None:
        """The row of the raw values by name, each typed by `value_of`; None when all of them are missing.

        Raises RowRefused. The names are good and unique: `name_problem` is the caller's to ask.
        """
        values: dict[str, FieldValue | None] = {}
        supplied: dict[str, datetime] = {}
        lead_id: str | None = None
        blank = True
        for name, cell in raw:
            if is_missing(cell):
                if self._allow_null and name not in SYSTEM_FIELDS:
                    values[name] = None
                continue
            blank = False
            try:
                value = value_of(name, cell)
            except FieldTypeError as error:
                raise RowRefused(Refusal.WRONG_TYPE, str(error), name) from None
            if name not in SYSTEM_FIELDS:
                values[name] = value
            elif name == "id":
                lead_id = _checked_id(str(value))
            else:
                supplied[name] = parse_instant(str(value), self._zone)
        if blank:
            return None
        self._check_reach(values)
        if lead_id is not None and (first := self._ids.first_line(lead_id, line)) != line:
            message = f"id {shown_text(lead_id)} is taken by line {first}"
            raise RowRefused(Refusal.DUPLICATE_ID, message, "id")
        return Row(line, lead_id, values, supplied.get("created_at"), supplied.get("last_active_at"))

    def _check_reach(self, values: dict[str, FieldValue | None]) -> None:
        """Trim and check the email address, turn the phone number into E.164."""
        email = values.get("email")
        if isinstance(email, str):
            try:
                values["email"] = parse_address(email)
            except ValueError as error:
                message = f"{shown(email)} is not an email address: {error}"
                raise RowRefused(Refusal.MALFORMED_EMAIL, message, "email") from None
        phone = values.get("phone_number")
        if isinstance(phone, str):
            country = values.get("country")
            region = known_region(country) if isinstance(country, str) else None
            try:
                values["phone_number"] = normalise_phone(phone, region or self._region)
            except PhoneError as error:
                message = f"{shown(phone)} is not a phone number to dial: {error.message} [{error.reason}]"
                raise RowRefused(Refusal.MALFORMED_PHONE, message, "phone_number") from None


def known_types(types: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """The type of every name known before the file is read; `types` (declared, or already in use) wins."""
    return {**STANDARD_FIELDS, **types, **SYSTEM_FIELDS}


def name_problem(name: str, types: Mapping[str, FieldType]) -> str | None:
    """Why a file may not bring a column or key of this name, as a phrase after the name, or None.

    `types` is of `known_types`. A name that differs from a known one only in case, blanks or dashes is
    refused, not guessed: `Email` as a field of its own would leave every lead without an address.
    """
    if name == "id" or name in SUPPLIED_FIELDS:
        return None
    if problem := field_name_problem(name):
        return problem
    if name in types:
        return None
    meant = name.casefold().replace(" ", "_").replace("-", "_")
    return f"is not a field spara knows; is it meant to be `{meant}`?" if meant in types else None


def _checked_id(text: str) -> str:
    lead_id = text.strip()
    if len(lead_id) > ID_LENGTH_MAX:
        raise RowRefused(Refusal.INVALID_ID, f"an id has at most {ID_LENGTH_MAX} characters", "id")
    if not lead_id.isprintable() and any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in lead_id):
        message = f"{shown(lead_id)} holds a control character; an id may not"
        raise RowRefused(Refusal.INVALID_ID, message, "id")
    return lead_id


class _SeenIds:
    """Which line brought an id first. A private temporary database, so that memory stays constant."""

    def __init__(self) -> None:
        # The name "" is SQLite's own for a file it deletes by itself; nothing in it outlives the import.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first_line(self, lead_id: str, line: int) -> int:
        """The line that had this id first: `line` itself when it is new."""
        added = self._database.execute("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (lead_id, line))
        if added.rowcount == 1:
            return line
        found: tuple[int] = self._database.execute("SELECT line FROM seen WHERE id = ?", (lead_id,)).fetchone()
        return found[0]

    def close(self) -> None:
        self._database.close()
