"""Findings as people read them: a greppable line, the source line, carets under the exact span, a way out.

The one thing to know: source lines and messages come from strangers. Whatever could steer a terminal or hide
text (control characters, bidirectional marks, invisible ones) is written as a visible escape, and every
column is measured as displayed: a tab to the next stop, CJK and emoji two cells, combining marks none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from spara_cli.diagnostics import Diagnostic, Fix, Position, Severity, Span, in_order
from spara_cli.output.colour import Style, paint

CELLS_MAX: Final = 100  # cells of a source line that are shown; a longer one is cropped around the caret
_CELLS_MIN: Final = 16  # shown however narrow the terminal is
_TAB_STOP: Final = 4
_FIX_LINES_MAX: Final = 6
_LINE_BREAK = re.compile(r"\r\n|\r|\n")  # as the YAML reader counts lines
_JOINERS: Final = frozenset("\u200c\u200d")  # invisible, but part of emoji and of several scripts
_EMOJI_STYLE: Final = "\ufe0f"
_SEVERITY_STYLES: Final = {
    Severity.ERROR: Style.BOLD_RED,
    Severity.WARNING: Style.BOLD_YELLOW,
    Severity.INFO: Style.BOLD_CYAN,
}


def render_text(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, colour: bool, width: int | None = None
) -> str:
    """All findings in order (path, position, rule), a blank line after each; nothing for none.

    `width` is the terminal's, in cells: a source line is cropped so that it does not wrap, for a caret under a
    wrapped line points elsewhere. Without it, and at most, CELLS_MAX cells of a line are shown.

    `sources` are the texts by path, without byte order mark; a finding whose text is not there, or is
    shorter than its position says, is shown without its source line.
    """
    lines_by_path: dict[str, list[str]] = {}
    blocks = []
    for found in in_order(diagnostics):
        if found.path not in lines_by_path:
            lines_by_path[found.path] = _LINE_BREAK.split(sources.get(found.path, ""))
        blocks.append(_block(found, lines_by_path[found.path], colour, width))
    return "".join(f"{block}\n\n" for block in blocks)


def headline(found: Diagnostic, *, colour: bool = False) -> str:
    """The greppable line: `path:line:col: severity: message [rule]`."""
    start = found.span.start
    place = paint(f"{visible(found.path)}:{start.line}:{start.column}:", Style.CYAN, colour=colour)
    severity = paint(f"{found.severity.value}:", _SEVERITY_STYLES[found.severity], colour=colour)
    return f"{place} {severity} {visible(found.message)} [{found.rule}]"


def summary_line(files: int, errors: int, warnings: int) -> str:
    """The last line of every run, also of a clean one: `2 files, 1 error, 0 warnings`."""
    counts = ((files, "file"), (errors, "error"), (warnings, "warning"))
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)


def visible(text: str) -> str:
    """`text` on one line, with every character that could steer a terminal or hide as an escape."""
    return "".join(_escape(char) or char for char in text)


# --- one finding -------------------------------------------------------------------------------------


def _block(found: Diagnostic, lines: list[str], colour: bool, terminal: int | None) -> str:
    # Both places in the order of the file; a line that holds both is shown once.
    marks = [(found.span, "^", "", _SEVERITY_STYLES[found.severity])]
    if found.label is not None:
        marks.append((found.label.span, "-", visible(found.label.text), Style.CYAN))
    marks = [mark for mark in marks if _is_shown(mark[0], lines)]
    marks.sort(key=lambda mark: mark[0].start.line)
    numbers = [str(mark[0].start.line) for mark in marks]
    if found.fix is not None and _is_shown(found.fix.span, lines):
        numbers.append(str(found.fix.span.end.line))
    width = max((len(number) for number in numbers), default=2)
    bar = paint(f"{' ' * width} |", Style.CYAN, colour=colour)
    # To the left of the line ` | `, and an ellipsis on either side of it.
    room = CELLS_MAX if terminal is None else max(min(CELLS_MAX, terminal - width - 5), _CELLS_MIN)

    out = [headline(found, colour=colour)]
    if marks:
        out.append(bar)
    shown_line = 0
    for span, character, text, style in marks:
        snippet = _snippet(lines[span.start.line - 1], span, room)
        if span.start.line != shown_line or snippet.cropped:
            shown_line = span.start.line
            gutter = paint(f"{shown_line:>{width}} |", Style.CYAN, colour=colour)
            out.append(f"{gutter} {snippet.text}".rstrip())
        marker = paint(f"{character * snippet.length} {text}".rstrip(), style, colour=colour)
        out.append(f"{bar} {' ' * snippet.offset}{marker}")
    if marks and (found.help or found.fix):
        out.append(bar)
    if found.help:
        sign = paint("= help:", Style.CYAN, colour=colour)
        out.append(f"{' ' * width} {sign} {visible(found.help)}")
    if found.fix is not None and _is_shown(found.fix.span, lines):
        out.extend(_fix(found.fix, lines, width, colour, room))
    return "\n".join(out)


def _is_shown(span: Span, lines: list[str]) -> bool:
    return 1 <= span.start.line <= len(lines) and (len(lines) > 1 or lines[0] != "")


def _fix(fix: Fix, lines: list[str], width: int, colour: bool, room: int) -> list[str]:
    """The lines a fix touches, before and after, as a diff."""
    first, last = fix.span.start.line, min(fix.span.end.line, len(lines))
    before = lines[first - 1 : last]
    after = before[0][: fix.span.start.column - 1] + fix.replacement + before[-1][fix.span.end.column - 1 :]
    sign = paint("= fix:", Style.CYAN, colour=colour)
    out = [f"{' ' * width} {sign} {'safe' if fix.safe else 'unsafe, look before you apply it'}"]
    for mark, style, changed in (("-", Style.RED, before), ("+", Style.GREEN, _LINE_BREAK.split(after))):
        for line in changed[:_FIX_LINES_MAX]:
            snippet = _snippet(line, Span(Position(first, fix.span.start.column), fix.span.end), room)
            out.append(f"{' ' * width} {paint(f'{mark} {snippet.text}'.rstrip(), style, colour=colour)}")
        if len(changed) > _FIX_LINES_MAX:
            out.append(f"{' ' * width} {mark} … {len(changed) - _FIX_LINES_MAX} more lines")
    return out


# --- one line, as displayed --------------------------------------------------------------------------


class _Snippet(NamedTuple):
    """A source line as shown, and the marker under it: cells to the left of it, and its length in cells."""

    text: str
    offset: int
    length: int
    cropped: bool


def _snippet(line: str, span: Span, cells_max: int) -> _Snippet:
    """The line with the span on it, or as much of both as fits `cells_max` around the span's start."""
    start = min(span.start.column - 1, len(line))
    end = min(span.end.column - 1, len(line)) if span.end.line == span.start.line else len(line.rstrip())
    # A line can be a megabyte long: measure only what could be shown.
    window_start = max(0, start - cells_max)
    window = line[window_start : start + cells_max]
    cells = _cells(window)
    start, end = start - window_start, min(end - window_start, len(cells))
    left, right = 0, len(cells)
    cropped_left, cropped_right = window_start > 0, window_start + len(window) < len(line)
    if cropped_left or cropped_right or sum(width for _, width in cells) > cells_max:
        left = start
        while left > 0 and sum(width for _, width in cells[left - 1 : start]) <= cells_max // 3:
            left -= 1
        right, room = left, cells_max
        while right < len(cells) and cells[right][1] <= room:
            room -= cells[right][1]
            right += 1
        while left > 0 and cells[left - 1][1] <= room:
            left -= 1
            room -= cells[left][1]
        cropped_left, cropped_right = cropped_left or left > 0, cropped_right or right < len(cells)
    text = "".join(shown for shown, _ in cells[left:right])
    offset = sum(width for _, width in cells[left:start]) + cropped_left
    length = sum(width for _, width in cells[start : min(end, right)])
    text = f"{'…' if cropped_left else ''}{text}{'…' if cropped_right else ''}"
    return _Snippet(text, offset, max(length, 1), cropped_left or cropped_right)


def _cells(text: str) -> list[tuple[str, int]]:
    """For each character what is shown for it and how many terminal cells that takes."""
    cells: list[tuple[str, int]] = []
    column = 0
    joined = False  # the character before was a joiner: this one is drawn into the same picture
    for char in text:
        if char == "\t":
            width = _TAB_STOP - column % _TAB_STOP
            shown = " " * width
        elif char == _EMOJI_STYLE and cells and cells[-1][1] == 1 and ord(cells[-1][0][-1]) > 0x7F:
            shown, width = char, 1  # the picture form of a one-cell character takes two
        elif escape := _escape(char):
            shown, width = escape, len(escape)
        else:
            shown, width = char, 0 if joined else _width(char)
        joined = char == "\u200d"
        column += width
        cells.append((shown, width))
    return cells


def _width(char: str) -> int:
    """Terminal cells of a character that can be shown (UAX #11); a skin tone joins what precedes it."""
    if char < "\x7f":
        return 1
    if unicodedata.category(char) in ("Mn", "Me") or char in _JOINERS or "\U0001f3fb" <= char <= "\U0001f3ff":
        return 0
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return 1  # a flag is a pair of these, and takes two
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _escape(char: str) -> str:
    """The visible escape of a character that must not reach a terminal as it is; empty for every other."""
    if " " <= char <= "~" or char in _JOINERS:
        return ""
    if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return ""
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
