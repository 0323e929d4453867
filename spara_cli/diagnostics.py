"""Problems as values: what is wrong in a file, exactly where, and the way out.

Diagnostics are collected, never raised: one run shows every problem of every file (SPEC V1).
Positions are 1-based lines and columns counted in Unicode code points; an end is exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters; only errors fail a run, warnings do under `--strict`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: 1-based line and 1-based column (code points, a tab is one)."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text from `start` up to, not including, `end`."""

    start: Position
    end: Position

    @classmethod
    def of(cls, line: int, column: int, length: int = 1) -> Span:
        """The span of `length` characters on one line."""
        return cls(Position(line, column), Position(line, column + length))


FILE_START = Span.of(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Fix:
    """A text edit that mends the finding: `span` becomes `replacement`."""

    span: Span
    replacement: str
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """A second place the message speaks of, such as the first definition of a duplicate."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `rule` is the kebab-case name of the bad pattern; `help` is the way out."""

    path: str
    span: Span
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    help: str | None = None
    label: Label | None = None
    fix: Fix | None = field(default=None)

    @property
    def sort_key(self) -> tuple[str, Position, str, str]:
        """Order of every listing: path, position, rule, message."""
        return (self.path, self.span.start, self.rule, self.message)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings sorted and without exact repeats."""
    unique: dict[tuple[object, ...], Diagnostic] = {}
    for found in diagnostics:
        unique.setdefault((found.path, found.span, found.rule, found.message), found)
    return sorted(unique.values(), key=lambda found: found.sort_key)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The one known word near enough to `word` to be a slip of the pen, or None."""
    matches = get_close_matches(word, sorted(set(known)), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """A help line: the nearest known word, else the list of what is allowed."""
    names = sorted(set(known))
    near = did_you_mean(word, names)
    if near is not None:
        return f"did you mean `{near}`?"
    if not names:
        return "nothing is allowed here"
    return "allowed: " + ", ".join(f"`{name}`" for name in names)
