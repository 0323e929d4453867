"""How wide a table's columns are where they do not all fit (UX 26).

The one thing to know: a number or an instant that is cut or broken says something else, so these columns keep
their width; text gives way in the order of `_STAGES`, and the column that names the row nearly last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """How a column gives way: by wrapping at words, by a cut, or only in its heading."""

    FREE = auto()
    TEXT = auto()
    FIXED = auto()
    FIRST = auto()
    """The text column at the left edge: what a row is about. `fitted` finds it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the cells that the widest entry below it takes."""

    heading: str
    cell_width: int
    kind: Kind


_STAGES = (
    (Kind.FREE, 24),
    (Kind.TEXT, 12),
    (Kind.FIRST, 16),
    (Kind.TEXT, 9),
    (Kind.FREE, 12),
    (Kind.FIXED, 4),
    (Kind.TEXT, 4),
    (Kind.FIRST, 4),
    (Kind.FREE, 4),
)
"""Which columns shrink, and down to how many cells, before the next are touched."""


def fitted(columns: Sequence[Column], room: int) -> tuple[list[int], int]:
    """The columns' widths and the gap between them, in cells, so that a row takes at most `room` if it can.

    Of the columns of one kind the widest gives way first. A fixed column shrinks to what its cells take.
    """
    widths = [max(len(column.heading), column.cell_width) for column in columns]
    between = max(len(columns) - 1, 0)
    if sum(widths) + 2 * between <= room:
        return widths, 2
    excess = sum(widths) + between - room
    kinds = [Kind.FIRST if not n and c.kind is Kind.TEXT else c.kind for n, c in enumerate(columns)]
    for kind, least in _STAGES:
        floors = [max(least, c.cell_width) if kind is Kind.FIXED else least for c in columns]
        while excess > 0:
            wide = [n for n, each in enumerate(kinds) if each is kind and widths[n] > floors[n]]
            if not wide:
                break
            widths[max(wide, key=lambda n: widths[n])] -= 1
            excess -= 1
    return widths, 1
