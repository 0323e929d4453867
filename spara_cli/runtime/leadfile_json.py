"""JSON Lines (jsonlines.org): one flat object for each lead, one to a line.

The one thing to know: values are strict. JSON says what type a value has, so text is never taken for a
number; a name nobody declared takes the type of its first value in a good row (SPEC L2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn
from zoneinfo import ZoneInfo

from spara_cli.errors import UsageError
from spara_cli.model.fieldtypes import check_value, infer_type, shown, shown_text
from spara_cli.model.lead import FieldType, FieldValue, is_missing
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


class JsonLeads:
    """The rows of a JSON Lines file. Making one raises UsageError when it is another kind of JSON, or a comment."""

    columns: tuple[str, ...] = ()
    """There is no header; which names come is known at the end."""

    def __init__(self, lines: TextLines, types: Mapping[str, FieldType], zone: ZoneInfo, maker: RowMaker) -> None:
        if lines.head.startswith("["):
            raise UsageError(
                "the file is a JSON array; JSON Lines has one object to a line",
                hint="convert it first: jq -c '.[]' FILE > NEW_FILE",
            )
        first = lines.head.splitlines()[0].strip()
        if first == "{" or first.startswith(("#", "---")):
            what = "an object over several lines" if first == "{" else "YAML or a comment"
            raise UsageError(
                f"the file begins with {what}; JSON Lines has one whole object to a line",
                hint='such as {"id": "L-1", "email": "ada@example.com"}',
            )
        self._lines = lines
        self._zone = zone
        self._maker = maker
        self._types = known_types(types)
        self._fields_max = len(self._types) + FIELDS_MAX
        self._inferred: dict[str, FieldType] = {}

    def __iter__(self) -> Iterator[Row | RefusedRow]:
        while True:
            try:
                line = self._lines.read()
                if not line:
                    return
                row = self._row(line) if line.strip() else None
            except LineTooLong:
                message = f"longer than {LINE_LENGTH_MAX:,} characters"
                yield RefusedRow(self._lines.number, None, Refusal.ROW_TOO_LONG, message)
            except RowRefused as refused:
                yield refused.at(self._lines.number)
            else:
                if row is not None:
                    yield row

    def _row(self, line: str) -> Row | None:
        lead = _object_from(line)
        self._inferred = {}
        for name, value in lead.items():
            self._check_name(name, value)
        row = self._maker.make(self._lines.number, lead.items(), self._value)
        self._types.update(self._inferred)
        return row

    def _check_name(self, name: str, value: object) -> None:
        if name in self._types and name != "updated_at":
            return
        if problem := name_problem(name, self._types):
            raise RowRefused(Refusal.INVALID_FIELD_NAME, f"the name `{shown_text(name)}` {problem}", name)
        if not is_missing(value) and len(self._types) + len(self._inferred) >= self._fields_max:
            message = f"more than {FIELDS_MAX:,} different names in one file"
            raise RowRefused(Refusal.INVALID_FIELD_NAME, message, name)

    def _value(self, name: str, value: object) -> FieldValue:
        type = self._types.get(name)
        if type is None:
            type = self._inferred[name] = infer_type(value, field=name)
        return check_value(name, value, type, self._zone)


def _object_from(line: str) -> dict[str, object]:
    try:
        found = json.loads(line, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except RowRefused:
        raise
    except json.JSONDecodeError as error:
        raise RowRefused(Refusal.BAD_JSON, f"not JSON: {error.msg} (character {error.colno})") from None
    except ValueError:  # an integer of thousands of digits
        raise RowRefused(Refusal.BAD_JSON, "not JSON that can be read: a number has too many digits") from None
    except RecursionError:
        raise RowRefused(Refusal.BAD_JSON, "not JSON that can be read: nested too deep") from None
    if not isinstance(found, dict):
        raise RowRefused(Refusal.BAD_JSON, f"an object is wanted, got {shown(found)}")
    return found


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise RowRefused(Refusal.BAD_JSON, f"the key `{shown_text(twice)}` is there twice", twice)
    return unique


def _refuse_constant(word: str) -> NoReturn:
    raise RowRefused(Refusal.BAD_JSON, f"not JSON: {word} is no number")
