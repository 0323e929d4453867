"""Reading leads from CSV and JSON Lines (runtime/leadfile*.py, SPEC L2, L4, L5)."""

from __future__ import annotations

import gc
import io
import itertools
import runpy
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.errors import UsageError
from spara_cli.model.lead import FieldType
from spara_cli.runtime.leadfile import LeadFormat, RefusedRow, Row, read_leads

SAMPLE = Path(__file__).parents[2] / "playbooks" / "leads.csv"
GENERATOR = Path(__file__).parents[1] / "make_leads_csv.py"
TYPES = {
    "pages_visited": FieldType.LIST,
    "webform_submitted_at": FieldType.DATETIME,
    "meeting_booked": FieldType.BOOLEAN,
    "intent_score": FieldType.INTEGER,
}
OPTIONS: Any = {"format": "csv", "types": TYPES, "zone": ZoneInfo("UTC"), "region": "US"}


class Pipe(io.BytesIO):
    """A stream that can be read once, as standard input often is."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")


def read(
    data: str | bytes, format: LeadFormat = "csv", *, allow_null: bool = False, region: str = "US"
) -> Iterator[Row | RefusedRow]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    zone = ZoneInfo("America/New_York")
    return read_leads(stream, format=format, types=TYPES, zone=zone, region=region, allow_null=allow_null)


def good(data: str | bytes, format: LeadFormat = "csv", **options: Any) -> list[dict[str, object]]:
    rows = list(read(data, format, **options))
    assert not [row for row in rows if isinstance(row, RefusedRow)]
    return [dict(row.values) for row in rows if isinstance(row, Row)]


def refused(data: str | bytes, format: LeadFormat = "csv") -> list[tuple[int, str | None, str]]:
    rows = read(data, format)
    return [(row.line, row.column, row.reason) for row in rows if isinstance(row, RefusedRow)]


@pytest.mark.parametrize("stream", [io.BytesIO(b"id\nL-1\nL-2\n"), Pipe(b"id\nL-1\nL-2\n")])
def test_rows_that_nobody_reads_to_the_end_are_let_go_of_in_silence(
    stream: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends an import in the middle; closed in any order, nothing is written to stderr."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    with read_leads(stream, allow_null=False, **OPTIONS) as rows:
        assert isinstance(next(rows), Row)
    assert not stream.closed
    assert list(rows) == []
    rows.close()
    stream = io.BytesIO(b"id\nL-1\nL-2\n")
    rows = read_leads(stream, allow_null=False, **OPTIONS)
    next(rows)
    stream.close()
    del rows
    gc.collect()
    assert ignored == []


def test_the_columns_of_a_header_are_known_before_the_first_row() -> None:
    assert read_leads(io.BytesIO(b"ID, emial\n"), allow_null=False, **OPTIONS).columns == ("id", "emial")


@pytest.mark.parametrize(
    "text",
    [
        "# yaml-language-server: $schema=../schemas/workflow.json\nworkflow: demo\n",
        "#id,email\nL-1,ada@example.com\n",
        "workflow: demo\n",
        "description: Hello, you\n",
        "leads:\n  - id: L-1\n",
        "---\nid: 1\n",
        "$schema=x\n",
        "<html>\n",
        "[\n",
    ],
)
def test_a_file_of_another_kind_is_no_csv(text: str) -> None:
    with pytest.raises(UsageError, match=r"line 1 is no header of a CSV file: `.+` cannot name a column"):
        read(text)


@pytest.mark.parametrize("name", ["e-mail", "no. of seats", "Größe", "a/b", "crm:id", "n#", "- x"])
def test_an_odd_name_of_a_column_is_a_name_all_the_same(name: str) -> None:
    assert good(f"{name},id\nx,L-1\n") == [{name: "x"}]


@pytest.mark.parametrize("text", ['{\n  "id": "L-1"\n}\n', "# yaml\n", "---\nid: 1\n"])
def test_a_file_of_another_kind_is_no_json_lines(text: str) -> None:
    with pytest.raises(UsageError, match="JSON Lines has one whole object to a line"):
        read(text, "jsonl")


def test_a_row_has_its_line_its_id_typed_values_and_its_instants() -> None:
    text = (
        "ID, email ,num_employees,pages_visited,meeting_booked,webform_submitted_at,zip,last_active_at\n"
        "L-1, ada@example.com ,80,/pricing;/docs,yes,2026-11-03 09:00,02134,2026-11-01T00:00:00Z\n"
    )
    assert list(read(text)) == [
        Row(
            line=2,
            id="L-1",
            values={
                "email": "ada@example.com",
                "num_employees": 80,
                "pages_visited": ["/pricing", "/docs"],
                "meeting_booked": True,
                "webform_submitted_at": "2026-11-03T14:00:00Z",
                "zip": "02134",
            },
            last_active_at=datetime(2026, 11, 1, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"first_name,notes\nZo\xc3\xab,a\n",
        b"\xef\xbb\xbffirst_name,notes\r\nZo\xc3\xab,a\r\n",
        b"first_name;notes\nZo\xc3\xab;a",
        b"first_name\tnotes\nZo\xc3\xab\ta\n",
        b"first_name,notes\rZo\xc3\xab,a\r",
        b"sep=;\nfirst_name;notes\nZo\xc3\xab;a\n",
        b'\n\n"first_name", "notes"\n"Zo\xc3\xab", "a"\n\n,\n  , \n',
    ],
    ids=["plain", "bom-crlf", "semicolon", "tab", "cr", "excel-sep", "blank-lines"],
)
def test_the_ways_spreadsheets_write_csv_all_read_the_same(data: bytes) -> None:
    assert good(data) == [{"first_name": "Zoë", "notes": "a"}]


def test_a_missing_value_is_left_out_or_none_where_null_may_overwrite() -> None:
    text = "id,email,first_name\nL-1,,Ada\n"
    assert good(text) == [{"first_name": "Ada"}]
    assert good(text, allow_null=True) == [{"email": None, "first_name": "Ada"}]
    line = '{"id": "L-1", "email": null, "first_name": " ", "pages_visited": []}'
    assert good(line, "jsonl") == [{"pages_visited": []}]
    assert good(line, "jsonl", allow_null=True) == [{"email": None, "first_name": None, "pages_visited": []}]


def test_a_quoted_line_break_is_kept_and_counted() -> None:
    text = 'id,company_name\nL-1,"Acme, Inc.\nand ""Sons"""\nL-2,Beta\n'
    assert [(row.line, getattr(row, "values", None)) for row in read(text)] == [
        (2, {"company_name": 'Acme, Inc.\nand "Sons"'}),
        (4, {"company_name": "Beta"}),
    ]


def test_a_national_number_is_read_by_the_rows_own_country_before_the_default_region() -> None:
    text = "phone_number,country\n22 00 01 23,NO\n(212) 555-0123,Norway\n(212) 555-0123,\n+47 22000123,US\n"
    assert [row["phone_number"] for row in good(text)] == [
        "+4722000123", "+12125550123", "+12125550123", "+4722000123",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("L-2,ada@example,,", "email", "malformed_email"),
        ("L-2,,4.47912E+11,", "phone_number", "malformed_phone"),
        ('L-2,,,"1,200"', "num_employees", "wrong_type"),
        ("L-1,,,", "id", "duplicate_id_in_file"),
        ("L\x07,,,", "id", "invalid_id"),
        pytest.param("L" * 201 + ",,,", "id", "invalid_id", id="long id"),
        ("L-2,,", None, "ragged_row"),
        ("L-2,,,,", None, "ragged_row"),
        ('L-2,"Ada" Lovelace,,', None, "bad_quoting"),
        pytest.param("L-2,," + "x" * 140_000 + ",", None, "cell_too_long", id="long cell"),
        pytest.param("L-2,," + "x" * 1_100_000 + ",", None, "row_too_long", id="long row"),
    ],
)
def test_a_bad_row_is_refused_with_line_column_and_reason_and_the_next_goes_in(
    row: str, column: str | None, reason: str
) -> None:
    text = f"id,email,phone_number,num_employees\nL-1,a@example.com,,\n{row}\nL-3,b@example.com,,\n"
    assert refused(text) == [(3, column, reason)]
    assert [found.id for found in read(text) if isinstance(found, Row)] == ["L-1", "L-3"]


def test_a_quote_never_closed_is_one_refusal_that_says_which_lines_it_took() -> None:
    rows = list(read('id,notes\nL-1,"oops\nL-2,b\nL-3,c\n'))
    assert [(row.line, getattr(row, "message", "")) for row in rows] == [
        (2, 'a quote (") is opened and never closed; lines 2 to 4 were read as one row')
    ]


def test_lines_without_end_inside_a_quote_are_bounded_and_reading_goes_on() -> None:
    text = 'id,notes\nL-1,"' + "a\n" * 80_000 + "L-2,b\n"
    rows = list(read(text))
    assert {row.reason for row in rows if isinstance(row, RefusedRow)} == {"cell_too_long", "ragged_row"}
    assert rows[-1] == Row(line=80_002, id="L-2", values={"notes": "b"})


def test_an_id_refused_once_for_its_row_may_come_again() -> None:
    assert refused("id,email\nL-1,nope\nL-1,a@example.com\n") == [(2, "email", "malformed_email")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n\n", "the file is empty"),
        (b"\xff\xfei\0d\0\n\0", "the file is UTF-16"),
        (b"i\0d\0\n\0", "line 1: a NUL byte"),
        (b"id,email\nL-1,\0", "line 2: a NUL byte"),
        (b"PK\x03\x04 and so on", "Excel workbook"),
        (b"id,name\nL-1,Zo\xeb\n", "line 2: byte 0xEB is not UTF-8"),
        pytest.param(b"id,name\r\n" * 200_000 + b"L-1,Zo\xc3", "line 200001: byte 0xC3 is not UTF-8", id="cut off"),
        (b"L-1,ada@example.com,Ada\n", "line 1 looks like a lead, not like a header: it holds an email"),
        (b"1,2,3.5\n", "line 1 looks like a lead, not like a header: every cell is a number"),
        (b'{"id": "L-1", "email": "a@example.com"}\n', "looks like JSON Lines"),
        (b"id,,email\n", "line 1, column 2: the column has no name"),
        (b"\nid,email,email \n", "line 2, column 3: `email` is the name of column 2 already"),
        (b"id,ID\n", "line 1, column 2: `id` is the name of column 1 already"),
        (b"id,Email\n", "line 1, column 2: the name `Email` is not a field spara knows; is it meant to be `email`?"),
        (b"id,Phone Number\n", "is it meant to be `phone_number`?"),
        (b"id,updated_at\n", "line 1, column 2: the name `updated_at` belongs to a system field"),
        (b"id,event.page\n", "line 1, column 2: the name `event.page` is reserved"),
        (b"id,a\x1bb\n", "line 1, column 2: the name `a\\x1bb` holds a control"),
        (b'id,"email\nL-1,a@example.com\n', 'line 1: a quote (") is opened and never closed'),
        pytest.param(b"a," * 1_001 + b"b\n", "columns; 1,000 are allowed", id="many columns"),
        pytest.param(b"x" * 1_100_000, "line 1: no header is that long", id="long header"),
    ],
)
def test_a_file_that_is_no_use_is_refused_as_a_whole_before_any_row(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(data)
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_a_byte_that_is_not_utf8_is_found_on_its_line_wherever_a_chunk_ends() -> None:
    for length in range((1 << 20) - 4, (1 << 20) + 4):
        data = b"a\r\n" * (length // 3) + b"x" * (length % 3)
        with pytest.raises(UsageError, match=rf"line {length // 3 + 1}: byte 0xE2"):
            read(data + b"\xe2\x82")
        read(data + "€".encode())


def test_a_header_alone_is_a_file_without_leads() -> None:
    assert list(read("id,email\n")) == []


def test_a_pipe_reads_like_a_file_and_the_stream_is_left_open() -> None:
    data = SAMPLE.read_bytes()
    pipe, file = Pipe(data), io.BytesIO(b"skipped" + data)
    file.seek(len(b"skipped"))
    rows = list(read_leads(pipe, allow_null=False, **OPTIONS))
    assert rows == list(read_leads(file, allow_null=False, **OPTIONS))
    assert not pipe.closed and not file.closed


def test_rows_may_be_left_unread() -> None:
    rows = read("id,email\nL-1,a@example.com\nL-2,b@example.com\n")
    next(rows)
    del rows
    read_leads(Pipe(b"id\nL-1\n"), allow_null=False, **OPTIONS)


def test_memory_stays_constant_over_a_large_file() -> None:
    lead = b"L-%d-%d,ada@example.com,Ada," + b"a note that goes on for a good while " * 24 + b"\n"
    batches = (b"".join(lead % (batch, row) for row in range(1_000)) for batch in range(20))
    chunks = itertools.chain([b"id,email,first_name,notes\n"], batches)

    class Generated(Pipe):
        """Some twenty megabytes that exist only while they are read."""

        def read(self, size: int | None = -1) -> bytes:
            return next(chunks, b"")

    tracemalloc.start()
    try:
        rows = read_leads(Generated(), allow_null=False, **OPTIONS)
        assert sum(isinstance(row, Row) for row in rows) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.text('a,;"\n\r\t@.{}[]:1é', max_size=60).map(str.encode),
    st.sampled_from(["csv", "jsonl"]),
)
def test_any_bytes_give_rows_refusals_or_one_usage_error(data: bytes, format: LeadFormat) -> None:
    try:
        rows = list(read(data, format))
    except UsageError as error:
        assert "\n" not in error.message
        return
    assert all(row.line >= 1 for row in rows)


def test_the_sample_data_is_what_its_generator_makes() -> None:
    made: str = runpy.run_path(str(GENERATOR))["leads_csv"]()
    assert SAMPLE.read_bytes() == made.encode(), "run python tests/make_leads_csv.py"


def test_nine_in_ten_rows_of_the_sample_data_are_good_and_the_others_show_every_usual_flaw() -> None:
    rows = list(read(SAMPLE.read_bytes()))
    reasons = Counter(row.reason for row in rows if isinstance(row, RefusedRow))
    assert len(rows) >= 1_200
    assert 0.88 <= 1 - reasons.total() / len(rows) <= 0.92
    usual = {"malformed_email", "malformed_phone", "wrong_type", "duplicate_id_in_file", "ragged_row"}
    assert set(reasons) == usual
