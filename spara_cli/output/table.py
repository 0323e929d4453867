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

from spara_cli.output.column_widths import Column, Kind, fitted
from spara_cli.output.text import visible

Meaning = Literal["good", "warning", "bad", "hint", "strong", "quiet"]

_STYLES = {"good": "green", "warning": "yellow", "bad": "red", "hint": "cyan", "strong": "bold", "quiet": "dim"}


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
    free: str | None = None,
    colour: bool = False,
    zone: tzinfo = UTC,
    stream: IO[str] | None = None,
) -> None:
    """Write rows to `stream` (stdout): with headings on a terminal, else one line each without them.

    Instants are shown in `zone`: `2026-03-02 09:00` on a terminal, the zone in the heading, else ISO 8601 to the
    second with its offset. A list is JSON, a missing value is empty. `free` is the heading of the column that
    wraps at words where the terminal is narrow; the others are cut, never numbers and instants
    (`column_widths.fitted`). Piped rows are written as they come, whole, however many there are.
    """
    target = sys.stdout if stream is None else stream
    if target.isatty():
        _write_columns(headings, list(rows), free, colour, zone, target)
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
            return local_text(cell, zone) if terminal else cell.astimezone(zone).isoformat(timespec="seconds")
        case _:
            return visible(json.dumps(cell, ensure_ascii=False))


def local_text(instant: datetime, zone: tzinfo) -> str:
    """An instant as people read it: weekday, date, minute and the zone's abbreviation."""
    return instant.astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")


def _write_columns(
    headings: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    free: str | None,
    colour: bool,
    zone: tzinfo,
    target: IO[str],
) -> None:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Without a colour system not even bold is written; the eight ANSI colours are those people have chosen.
    console = Console(file=target, color_system="standard" if colour else None, highlight=False)
    columns, texts = [], []
    for number, heading in enumerate(headings):
        cells = [row[number] for row in rows]
        texts.append(_column_texts(cells, zone))
        cell_width = max(map(cell_len, texts[-1]), default=0)
        kind = Kind.FREE if heading == free else Kind.FIXED if all(map(_is_fixed, cells)) else Kind.TEXT
        columns.append(Column(_with_zones(heading, cells, zone), cell_width, kind))
    widths, gap = fitted(columns, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        wraps = column.kind is Kind.FREE
        table.add_column(
            Text(column.heading, no_wrap=True, overflow="ellipsis"),
            width=width,
            no_wrap=not wraps,
            overflow="fold" if wraps else "ellipsis",
        )
    for row, shown in zip(rows, zip(*texts, strict=True), strict=True):
        table.add_row(*(Text(text, style=_style(cell)) for cell, text in zip(row, shown, strict=True)))
    console.print(table)


def _column_texts(cells: Sequence[Cell], zone: tzinfo) -> list[str]:
    """A column's cells; instants are short where its heading says the zone."""
    is_short = _are_instants(cells)
    return [
        f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
        if is_short and isinstance(cell, datetime)
        else cell_text(cell, zone, terminal=True)
        for cell in cells
    ]


def _is_fixed(cell: Cell) -> bool:
    """Whether a part of the cell would say something else: numbers, instants, yes and no, nothing."""
    if isinstance(cell, Marked):
        return cell.text.replace(",", "").isdigit()
    return cell is None or isinstance(cell, int | float | datetime)


def _are_instants(cells: Iterable[Cell]) -> bool:
    return all(cell is None or isinstance(cell, datetime) for cell in cells)


def _with_zones(heading: str, cells: Sequence[Cell], zone: tzinfo) -> str:
    """The heading of a column; over instants with the zone they are in, both names where the clocks changed."""
    names = {f"{cell.astimezone(zone):%Z}": None for cell in cells if isinstance(cell, datetime)}
    if not _are_instants(cells):
        return heading
    return f"{heading} ({'/'.join(names)})" if names else heading


def _style(cell: Cell) -> str:
    return _STYLES.get(cell.meaning or "", "") if isinstance(cell, Marked) else ""
