"""What an advance writes down: timeline entries, and the memory that later steps read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from spara_cli.model.entry import Entry
from spara_cli.model.event import Happened
from spara_cli.model.transition import minute_of

KEPT_MAX = 100
"""Events kept for one frozen enrollment; the oldest are enough to decide where it goes."""


class Notes:
    """The writing half of a cursor; the other half fills in where it stands."""

    __slots__ = ("entries", "memory", "now", "step", "visit")
    now: datetime
    step: str | None
    visit: int
    memory: Mapping[str, Any]
    entries: list[Entry]

    def record(
        self,
        kind: str,
        *,
        outcome: str | None = None,
        reason: str | None = None,
        until: datetime | None = None,
        detail: Mapping[str, Any] | None = None,
        step: str | None = "",
    ) -> None:
        """Write a timeline entry; without `step` it belongs to the current one."""
        place = self.step if step == "" else step
        self.entries.append(Entry(self.now, kind, place, self.visit, outcome, reason, until, detail or {}))

    def remember(self, **values: Any) -> None:
        """Keep values for later steps."""
        self.memory = {**self.memory, **values}

    def remember_passed(self, step: str, at: datetime) -> None:
        """Note the minute in which a `time_of_day` let the lead through."""
        passed: Any = self.memory.get("passed", {})
        self.remember(passed={**passed, step: minute_of(at)})

    def take_kept(self) -> list[Happened]:
        """The events that came while the workflow was unpublished, and forget them."""
        kept: Any = self.memory.get("kept", [])
        self.memory = {name: value for name, value in self.memory.items() if name != "kept"}
        return [Happened(name, data) for name, data in kept]

    def keep(self, event: Happened) -> None:
        """Put an event aside until the workflow is published again (P3)."""
        kept: Any = self.memory.get("kept", [])
        if len(kept) < KEPT_MAX:
            self.remember(kept=[*kept, [event.name, dict(event.data)]])
