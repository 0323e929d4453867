"""Tables for a terminal and for a pipe (UX 26, 27)."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spara_cli.output.table import Cell, Marked, write_table

NEW_YORK = ZoneInfo("America/New_York")
ROWS: list[list[Cell]] = [
    ["a\tb\n", 3, None, True, ["x", "y"]],
    ["[red]\x1b[31m", 0.5, Marked("sent", "good"), False, []],
]


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_tabs_without_headings_and_nothing_that_breaks_a_line() -> None:
    stream = io.StringIO()
    write_table(["A", "B", "C", "D", "E"], ROWS, stream=stream, colour=True)
    assert stream.getvalue() == 'a\\tb\\n\t3\t\ttrue\t["x", "y"]\n[red]\\x1b[31m\t0.5\tsent\tfalse\t[]\n'


def test_a_terminal_gets_headings_and_foreign_text_is_no_markup() -> None:
    stream = Terminal()
    write_table(["A", "B", "C", "D", "E"], ROWS, stream=stream)
    head, first, second = stream.getvalue().splitlines()
    assert head.split() == ["A", "B", "C", "D", "E"]
    assert first.startswith("a\\tb\\n ")
    assert second.startswith("[red]\\x1b[31m ")
    assert "\x1b" not in stream.getvalue()


def test_a_meaning_is_a_colour_when_colours_are_wanted() -> None:
    stream = Terminal()
    write_table(["A"], [[Marked("sent", "good")]], stream=stream, colour=True)
    assert "\x1b[32msent\x1b[0m" in stream.getvalue()


def test_an_instant_is_local_for_people_and_iso_with_its_offset_for_a_pipe() -> None:
    rows: list[list[Cell]] = [[datetime(2026, 7, 1, 16, 30, tzinfo=UTC)]]
    person, pipe = Terminal(), io.StringIO()
    write_table(["AT"], rows, stream=person, zone=NEW_YORK)
    write_table(["AT"], rows, stream=pipe, zone=NEW_YORK)
    assert person.getvalue().splitlines() == ["AT (EDT)        ", "2026-07-01 12:30"]
    assert pipe.getvalue() == "2026-07-01T12:30:00-04:00\n"


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_on_a_narrow_terminal_words_numbers_and_dates_stay_whole(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    at = datetime(2026, 3, 2, 14, tzinfo=UTC)
    rows: list[list[Cell]] = [[at, "text-after-voicemail-and-more", 123_456, "called twice, nobody answered " * 3]]
    write_table(["AT", "STEP", "N", "WHAT"], rows, free="WHAT", stream=stream)
    shown = stream.getvalue()
    assert all(len(line) <= columns for line in shown.splitlines())
    words = [word.strip() for word in shown.split()]
    assert {"2026-03-02", "14:00", "123456"} <= set(words)
    assert words.count("answered") == words.count("called") == 3


def test_a_pipe_gets_whole_seconds() -> None:
    stream = io.StringIO()
    write_table(["AT"], [[datetime(2026, 3, 2, 14, 0, 1, 999, tzinfo=UTC)]], stream=stream)
    assert stream.getvalue() == "2026-03-02T14:00:01+00:00\n"
