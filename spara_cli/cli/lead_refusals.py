"""Refused rows, grouped by reason, as data and as text (L5, T9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROWS_KEPT_MAX = 100
"""Rows listed for each reason; the others are only counted."""
ROWS_SHOWN_MAX = 10
"""Rows a person sees for each reason, unless asked for more with -v."""


@dataclass(slots=True)
class Refused:
    """The rows refused for one reason: where each is (`line`, `column`, `lead`), and its `message`."""

    reason: str
    count: int = 0
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row, and keep it while there is room."""
        self.count += 1
        if len(self.rows) < ROWS_KEPT_MAX:
            self.rows.append(row)


def refused_as_dicts(groups: Iterable[Refused]) -> list[dict[str, object]]:
    """The groups as answers have them, the largest first."""
    return [{"reason": g.reason, "count": g.count, "rows": [dict(row) for row in g.rows]} for g in _in_order(groups)]


def refused_as_text(groups: Iterable[Refused], *, all_rows: bool) -> str:
    """A line for each reason, and below it the rows; nothing for none."""
    from spara_cli.output.text import visible

    lines = []
    for group in _in_order(groups):
        lines.append(f"  {group.reason}: {group.count:,} {'row' if group.count == 1 else 'rows'}")
        shown = group.rows if all_rows else group.rows[:ROWS_SHOWN_MAX]
        lines += [f"    {visible(_place(row))}: {visible(str(row['message']))}" for row in shown]
        if group.count > len(shown):
            lines.append(f"    … and {group.count - len(shown):,} more")
    return "\n".join(lines)


def _place(row: Mapping[str, Any]) -> str:
    words = [f"line {row['line']}" if row.get("line") else "", str(row.get("column") or row.get("lead") or "")]
    return ", ".join(word for word in words if word)


def _in_order(groups: Iterable[Refused]) -> list[Refused]:
    return sorted(groups, key=lambda group: (-group.count, group.reason))
