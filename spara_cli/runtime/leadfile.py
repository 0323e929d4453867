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
from contextlib import ExitStack
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from spara_cli.model.lead import FieldType
from spara_cli.runtime.leadfile_csv import CsvLeads
from spara_cli.runtime.leadfile_json import JsonLeads
from spara_cli.runtime.leadfile_row import Refusal, RefusedRow, Row, RowMaker
from spara_cli.runtime.leadfile_text import checked_lines

__all__ = ["LeadFormat", "LeadRows", "Refusal", "RefusedRow", "Row", "read_leads"]

LeadFormat = Literal["csv", "jsonl"]
_READERS: Mapping[LeadFormat, type[CsvLeads] | type[JsonLeads]] = {"csv": CsvLeads, "jsonl": JsonLeads}


class LeadRows(Iterator[Row | RefusedRow]):
    """The rows of a file, once. Close it before its stream, or use it in `with`; after the last row it is closed.

    `columns` are the names in the header, in their order; JSON Lines have none.
    """

    def __init__(self, leads: CsvLeads | JsonLeads, held: ExitStack) -> None:
        self.columns = leads.columns
        self._rows = iter(leads)
        self._held = held

    def __next__(self) -> Row | RefusedRow:
        row = next(self._rows, None)
        if row is None:
            self.close()
            raise StopIteration
        return row

    def __enter__(self) -> LeadRows:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stream, which stays open, and of the temporary files. Closing twice is harmless."""
        self._rows = iter(())
        self._held.close()


def read_leads(
    stream: BinaryIO,
    *,
    format: LeadFormat,
    types: Mapping[str, FieldType],
    zone: ZoneInfo,
    region: str,
    allow_null: bool,
) -> LeadRows:
    """The rows of `stream` in their order, good and refused, read as they are asked for.

    `types` are the fields declared or already in use; standard fields need not be in it. Any other CSV
    column is text, any other JSON name takes the type of its first value. A datetime without an offset is
    read in `zone`. A phone number without a country code belongs to the row's own `country`, where that
    is an ISO 3166-1 code of two letters, else to `region`. A missing value is left out of `values`, or is
    None there under `allow_null` (L4). Rows with nothing in them are passed over.

    The stream is read twice, or spooled to a temporary file where it cannot be, and left open. Raises, at
    the call and not later: UsageError when the whole file is no use, StoreError when it cannot be spooled.
    """
    with ExitStack() as held:
        lines = held.enter_context(checked_lines(stream))
        maker = held.enter_context(RowMaker(zone=zone, region=region, allow_null=allow_null))
        return LeadRows(_READERS[format](lines, types, zone, maker), held.pop_all())
