"""Reading leads from JSON Lines (runtime/leadfile_json.py, SPEC L2, L5)."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spara_cli.errors import UsageError
from spara_cli.model.lead import FieldType
from spara_cli.runtime.leadfile import RefusedRow, Row, read_leads

TYPES = {"pages_visited": FieldType.LIST, "webform_submitted_at": FieldType.DATETIME}


def read(text: str, *, allow_null: bool = False) -> list[Row | RefusedRow]:
    stream, zone = io.BytesIO(text.encode()), ZoneInfo("America/New_York")
    return list(read_leads(stream, format="jsonl", types=TYPES, zone=zone, region="US", allow_null=allow_null))


def refused(text: str) -> list[tuple[int, str | None, str]]:
    return [(row.line, row.column, row.reason) for row in read(text) if isinstance(row, RefusedRow)]


def test_json_lines_are_typed_and_a_new_name_takes_the_type_of_its_first_good_value() -> None:
    lines = (
        '{"id": "L-1", "email": "nope", "seats": "many"}\n'
        "\n"
        '{"id": "L-1", "seats": 3, "webform_submitted_at": "2026-11-03T09:00:00-05:00"}\n'
        '{"id": "L-2", "seats": "3"}\n'
        '{"id": "L-3", "seats": 4, "created_at": "2026-01-01T00:00:00Z"}\n'
    )
    assert refused(lines) == [(1, "email", "malformed_email"), (4, "seats", "wrong_type")]
    rows = [row for row in read(lines) if isinstance(row, Row)]
    assert rows[0].values == {"seats": 3, "webform_submitted_at": "2026-11-03T14:00:00Z"}
    assert rows[1].created_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("id,email", None, "bad_json"),
        ("[1]", None, "bad_json"),
        ('{"email": "a@example.com"', None, "bad_json"),
        ('{"seats": NaN}', None, "bad_json"),
        pytest.param('{"seats": ' + "9" * 5_000 + "}", None, "bad_json", id="many digits"),
        pytest.param('{"a": ' + "[" * 100_000 + "}", None, "bad_json", id="nested deep"),
        ('{"email": "a@example.com", "email": "b@example.com"}', "email", "bad_json"),
        ('{"address": {"city": "Oslo"}}', "address", "wrong_type"),
        ('{"pages_visited": [["/a"]]}', "pages_visited", "wrong_type"),
        ('{"seats": 1e999}', "seats", "wrong_type"),
        ('{"seats": 9223372036854775808}', "seats", "wrong_type"),
        ('{"first_name": "\\ud800"}', "first_name", "wrong_type"),
        ('{"first_name": "\\u0000"}', "first_name", "wrong_type"),
        ('{"num_employees": "80"}', "num_employees", "wrong_type"),
        ('{"id": 7}', "id", "wrong_type"),
        ('{"updated_at": "2026-01-01T00:00:00Z"}', "updated_at", "invalid_field_name"),
        ('{" x": 1}', " x", "invalid_field_name"),
        ('{"Email": "a@example.com"}', "Email", "invalid_field_name"),
        pytest.param('{"first_name": "' + "x" * 1_100_000 + '"}', None, "row_too_long", id="long line"),
    ],
)
def test_a_bad_json_line_is_refused_and_the_next_goes_in(line: str, column: str | None, reason: str) -> None:
    text = f'{{"id": "L-1"}}\n{line}\n{{"id": "L-2"}}\n'
    assert refused(text) == [(2, column, reason)]
    assert [row.id for row in read(text) if isinstance(row, Row)] == ["L-1", "L-2"]


def test_a_json_array_is_refused_as_a_whole_with_the_way_out() -> None:
    with pytest.raises(UsageError) as caught:
        read('[{"id": "L-1"},\n{"id": "L-2"}]')
    assert "JSON array" in caught.value.message
    assert "jq" in (caught.value.hint or "")


def test_the_names_in_a_json_lines_file_are_bounded() -> None:
    lines = "".join(f'{{"x{number}": 1}}\n' for number in range(1_010))
    assert {reason for _, _, reason in refused(lines)} == {"invalid_field_name"}
    assert len(refused(lines)) == 10
