"""Tables: columns for a person at a terminal, tab-separated lines for everything else (UX 26).

The one thing to know: cells hold what strangers wrote. Control characters, tabs and line breaks become visible
escapes, so that a cell can neither steer a terminal nor break a line of a pipe; and nothing is read as markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import IO, Literal

from spara_cli.output.text import visible

Meaning = Literal["good", "warning", "bad", "hint", "strong"]

_STYLES = {"good": "green", "warning": "yellow", "bad": "red", "hint": "cyan", "strong": "bold"}


@dataclass(frozen=True, slots=True)
class Marked:
    """Text with a meaning; a terminal shows it as a colour, a pipe does not."""

    text: str
    meaning: Meaning | None


Cell = str | int | float | bool | datetime | list[str] | Marked | None


def write_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    colour: bool = False,
    zone: tzinfo = UTC,
    stream: IO[str] | None = None,
) -> None:
    """Write rows to `stream` (stdout): with headings on a terminal, else one line each without them.

    Instants are shown in `zone`: `Mon 2026-03-02 09:00 EST` on a terminal, else ISO 8601 with its offset. A list
    is JSON, a missing value is empty. Piped rows are written as they come, however many there are.
    """
    target = sys.stdout if stream is None else stream
    if target.isatty():
        _write_columns(headings, rows, colour, zone, target)
        return
    for row in rows:
        target.write("\t".join(cell_text(cell, zone, terminal=False) for cell in row) + "\n")


def cell_text(cell: Cell, zone: tzinfo, *, terminal: bool) -> str:
    """A cell as plain text on one line."""
    match cell:
        case None:
            return ""
        case Marked(text=text):
            return visible(text)
        case str():
            return visible(cell)
        case datetime():
            return local_text(cell, zone) if terminal else cell.astimezone(zone).isoformat()
        case _:
            return visible(json.dumps(cell, ensure_ascii=False))


def local_text(instant: datetime, zone: tzinfo) -> str:
    """An instant as people read it: weekday, date, minute and the zone's abbreviation."""
    return instant.astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")


def _write_columns(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], colour: bool, zone: tzinfo, target: IO[str]
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell_text(cell, zone, terminal=True), style=_style(cell)) for cell in row))
    # Without a colour system not even bold is written; the eight ANSI colours are those people have chosen.
    Console(file=target, color_system="standard" if colour else None, highlight=False).print(table)


def _style(cell: Cell) -> str:
    return _STYLES.get(cell.meaning or "", "") if isinstance(cell, Marked) else ""
