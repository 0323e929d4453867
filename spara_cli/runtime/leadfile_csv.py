"""CSV as spreadsheets and CRMs write it: a header, then one record for each lead (RFC 4180, and its cousins).

The one thing to know: a record may span lines, and a stray quote may swallow many. Reading is strict about
quotes and bounded in length, so a broken record is refused with the lines it took, and the next line is
read afresh.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from spara_cli.errors import UsageError
from spara_cli.model.fieldtypes import coerce_text, shown_text
from spara_cli.model.lead import FieldType, FieldValue
from spara_cli.runtime.leadfile_row import (
    FIELDS_MAX,
    Refusal,
    RefusedRow,
    Row,
    RowMaker,
    RowRefused,
    known_types,
    name_problem,
)
from spara_cli.runtime.leadfile_text import LINE_LENGTH_MAX, LineTooLong, TextLines

DELIMITERS = (",", ";", "\t")
HEADER_HINT = "the first line names the columns, such as `id,email,first_name,company_name`"

_NUMERIC = re.compile(r"[+-]?[0-9][0-9.,]*")
_EMAIL_LIKE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NO_COLUMN = re.compile(r"#|---|%YAML|[<\[]|\$schema|.*(?::\s|:\Z|\$schema=)", re.DOTALL)
"""How a comment, YAML, JSON or HTML begins, and no name of a column."""
_EXCEL_SEPARATOR = re.compile(r"sep=([,;|\t])[\r\n]*", re.IGNORECASE)


class CsvLeads:
    """The rows of a CSV file. Making one reads the header: UsageError when the whole file is no use."""

    def __init__(self, lines: TextLines, types: Mapping[str, FieldType], zone: ZoneInfo, maker: RowMaker) -> None:
        if lines.head.startswith("{"):
            raise UsageError("the file looks like JSON Lines, not like CSV", hint=HEADER_HINT)
        self._records = _Records(lines)
        self._zone = zone
        self._maker = maker
        known = known_types(types)
        self._names = _column_names(self._records, known)
        self.columns = tuple(self._names)
        self._types = {name: known.get(name, FieldType.STRING) for name in self._names}

    def __iter__(self) -> Iterator[Row | RefusedRow]:
        while True:
            try:
                cells = self._records.read()
                if cells is None:
                    return
                row = self._row(cells)
            except RowRefused as refused:
                yield refused.at(self._records.first_line)
            else:
                if row is not None:
                    yield row

    def _row(self, cells: list[str]) -> Row | None:
        if len(cells) != len(self._names):
            if not any(cell.strip() for cell in cells):
                return None
            few_or_many = "few" if len(cells) < len(self._names) else "many"
            raise RowRefused(
                Refusal.RAGGED_ROW,
                f"too {few_or_many} cells: {len(cells)}, where the header has {len(self._names)} columns",
            )
        return self._maker.make(self._records.first_line, zip(self._names, cells, strict=True), self._value)

    def _value(self, name: str, cell: object) -> FieldValue:
        type = self._types[name]
        if type is FieldType.STRING:  # four cells in five; the text is checked already
            return str(cell).strip()
        return coerce_text(str(cell), type, self._zone, field=name)


class _Records:
    """Records of cells. `first_line` is the line the last record began on, whether it was read or refused."""

    def __init__(self, lines: TextLines) -> None:
        self.first_line = 1
        self._lines = lines
        self._length = 0
        first = _first_line(lines)
        separator = _EXCEL_SEPARATOR.fullmatch(first)
        delimiter = separator[1] if separator else _delimiter_of(first)
        self._waiting = "" if separator else first
        self._reader = csv.reader(self, delimiter=delimiter, strict=True, skipinitialspace=True)

    def __iter__(self) -> _Records:
        return self

    def __next__(self) -> str:
        """The next line for the csv module; bounded by the record, for an open quote may run to the end."""
        line, self._waiting = self._waiting or self._lines.read(), ""
        self._length += len(line)
        if self._length > LINE_LENGTH_MAX:
            raise LineTooLong
        if not line:
            raise StopIteration
        return line

    def read(self) -> list[str] | None:
        """The next record that is not an empty line, None after the last. Raises RowRefused."""
        while True:
            self._length = 0
            self.first_line = self._lines.number + (0 if self._waiting else 1)
            try:
                cells = next(self._reader)
            except StopIteration:
                return None
            except LineTooLong:
                message = f"longer than {LINE_LENGTH_MAX:,} characters"
                raise RowRefused(Refusal.ROW_TOO_LONG, message + self._extent()) from None
            except csv.Error as error:
                raise self._refused(str(error)) from None
            if cells:
                return cells

    def _refused(self, error: str) -> RowRefused:
        if "field limit" in error:
            message = f"a cell is longer than {csv.field_size_limit():,} characters"
            return RowRefused(Refusal.CELL_TOO_LONG, message + self._extent())
        if "end of data" in error:
            return RowRefused(Refusal.BAD_QUOTING, 'a quote (") is opened and never closed' + self._extent())
        message = 'text follows a closing quote ("); a quote inside a quoted cell is written twice'
        return RowRefused(Refusal.BAD_QUOTING, message + self._extent())

    def _extent(self) -> str:
        last = self._lines.number
        return f"; lines {self.first_line} to {last} were read as one row" if last > self.first_line else ""


def _first_line(lines: TextLines) -> str:
    """The first line that is not blank; there is one, or the text would have been refused as empty."""
    try:
        line = lines.read()
        while line and not line.strip():
            line = lines.read()
    except LineTooLong:
        raise UsageError(f"line {lines.number}: no header is that long", hint=HEADER_HINT) from None
    return line


def _delimiter_of(header: str) -> str:
    """The delimiter that stands most often in the header outside quotes; a comma when in doubt."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


def _column_names(records: _Records, known: Mapping[str, FieldType]) -> list[str]:
    """The header's names, trimmed. Raises UsageError, naming the first column that is wrong."""
    try:
        cells = records.read()
    except RowRefused as refused:
        raise UsageError(f"line {records.first_line}: {refused.message}", hint=HEADER_HINT) from None
    if cells is None:
        raise UsageError("the file has no header", hint=HEADER_HINT)
    line = records.first_line
    names = [cell.strip() for cell in cells]
    _refuse_data(line, names)
    _refuse_other_format(line, names[0])
    if len(names) > FIELDS_MAX:
        raise UsageError(f"line {line}: {len(names):,} columns; {FIELDS_MAX:,} are allowed")
    places: dict[str, int] = {}
    for place, written in enumerate(names, 1):
        name = "id" if written.lower() == "id" else written
        where = f"line {line}, column {place}"
        if not name:
            raise UsageError(f"{where}: the column has no name", hint="name the column or delete it")
        if name in places:
            raise UsageError(f"{where}: `{shown_text(name)}` is the name of column {places[name]} already")
        if problem := name_problem(name, known):
            raise UsageError(f"{where}: the name `{shown_text(name)}` {problem}", hint="rename the column or delete it")
        places[name] = place
    return list(places)


def _refuse_data(line: int, names: list[str]) -> None:
    """UsageError when the first row is a lead rather than the names of columns."""
    address = next((name for name in names if _EMAIL_LIKE.fullmatch(name)), None)
    if address is not None:
        problem = f"it holds an email address, `{shown_text(address)}`"
    elif all(not name or _NUMERIC.fullmatch(name) for name in names) and any(names):
        problem = "every cell is a number"
    else:
        return
    raise UsageError(f"line {line} looks like a lead, not like a header: {problem}", hint=HEADER_HINT)


def _refuse_other_format(line: int, name: str) -> None:
    """UsageError when the first column is no name at all: a file of another kind, given by mistake."""
    if _NO_COLUMN.match(name):
        raise UsageError(
            f"line {line} is no header of a CSV file: `{shown_text(name)}` cannot name a column",
            hint=HEADER_HINT,
        )
