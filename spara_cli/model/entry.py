"""One line of a lead's timeline: what happened, when, at which step and why (FORMATS, Timeline entries)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

KINDS = (
    "entered", "refused", "waiting", "held", "released", "blocked", "unblocked", "skipped", "branch",
    "sent", "called", "notified", "requested", "prompted", "updated", "retry", "uncertain", "event",
    "paused", "resumed", "moved", "exited",
)  # fmt: skip

OUTWARD_KINDS = frozenset({"sent", "called", "notified", "requested", "prompted", "skipped", "exited"})
"""What `expect_exactly` does not allow in between (FORMATS, A test)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One timeline entry; `at` and `until` are UTC instants. Workflow and version belong to the enrollment."""

    at: datetime
    kind: str
    step: str | None = None
    visit: int = 0
    outcome: str | None = None
    reason: str | None = None
    until: datetime | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
