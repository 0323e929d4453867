"""Leads from a file or a pipe, CSV or JSON Lines, row by row (SPEC L2, L4, L5).

The one thing to know: `read_leads` checks the whole file before the first row comes out. What makes all of
it useless (another encoding, no header) is a UsageError at once; what is wrong with one row is a
RefusedRow among the rows, and the others go in. Memory is constant whatever the size of the file.

    leadfile_text   bytes ──► lines of checked UTF-8
    leadfile_csv    lines ──► header, records of cells ─┐
    leadfile_json   lines ──► flat objects ─────────────┴─► leadfile_row: types, address, phone, id ──► Row
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from spara_cli.model.lead import FieldType
from spara_cli.runtime.leadfile_csv import CsvLeads
from spara_cli.runtime.leadfile_json import JsonLeads
from spara_cli.runtime.leadfile_row import Refusal, RefusedRow, Row, RowMaker
from spara_cli.runtime.leadfile_text import checked_lines

__all__ = ["LeadFormat", "Refusal", "RefusedRow", "Row", "read_leads"]

LeadFormat = Literal["csv", "jsonl"]
_READERS: Mapping[LeadFormat, type[CsvLeads] | type[JsonLeads]] = {"csv": CsvLeads, "jsonl": JsonLeads}


def read_leads(
    stream: BinaryIO,
    *,
    format: LeadFormat,
    types: Mapping[str, FieldType],
    zone: ZoneInfo,
    region: str,
    allow_null: bool,
) -> Iterator[Row | RefusedRow]:
    """The rows of `stream` in their order, good and refused, read as they are asked for.

    `types` are the fields declared or already in use; standard fields need not be in it. Any other CSV
    column is text, any other JSON name takes the type of its first value. A datetime without an offset is
    read in `zone`. A phone number without a country code belongs to the row's own `country`, where that
    is an ISO 3166-1 code of two letters, else to `region`. A missing value is left out of `values`, or is
    None there under `allow_null` (L4). Rows with nothing in them are passed over.

    The stream is read twice, or spooled to a temporary file where it cannot be, and left open. Raises, at
    the call and not later: UsageError when the whole file is no use, StoreError when it cannot be spooled.
    """
    rows = _rows(stream, format, types, zone, region, allow_null)
    next(rows)  # runs to the mark below: the whole file is checked, the header read
    return (row for row in rows if row is not None)


def _rows(
    stream: BinaryIO,
    format: LeadFormat,
    types: Mapping[str, FieldType],
    zone: ZoneInfo,
    region: str,
    allow_null: bool,
) -> Iterator[Row | RefusedRow | None]:
    """The rows, after one None that says that the file as a whole is good."""
    with (
        checked_lines(stream) as lines,
        RowMaker(zone=zone, region=region, allow_null=allow_null) as maker,
    ):
        leads = _READERS[format](lines, types, zone, maker)
        yield None
        yield from leads
