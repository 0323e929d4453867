"""A lead inside one workflow: where it is, why it rests there, and when it moves next.

Every active enrollment is in exactly one state. `due_at` is set in all of them but `blocked` and an
`awaiting` without a time-out, so nothing can be forgotten and nothing is woken too early.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where an enrollment stands; all but `FINISHED` are inside the workflow."""

    READY = "ready"  # its step may run now
    WAITING = "waiting"  # a pause the playbook asks for, or the pause before a retry
    HELD = "held"  # a channel step outside its window or over a cap (S4)
    BLOCKED = "blocked"  # the step's configuration is broken (S3)
    AWAITING = "awaiting"  # an event, or a field to change
    IN_FLIGHT = "in_flight"  # an intent is committed, its result is not known yet
    FINISHED = "finished"  # `reason` says how


RETRY = "retry"
"""The `reason` of a `WAITING` enrollment whose step runs again when it is due."""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One lead's way through one workflow.

    `visits` counts how often each step was come to; `visit` is that count for the current step. `attempt`
    numbers the ledger's intents of this visit, `failures` the transient errors in a row, `rounds` the
    calls made. `memory` keeps what later steps read: `event`, `last_call`, `touched` (channels that sent),
    `thread` (Message-IDs), `passed` (the minute a time_of_day let through, by step) and `kept` (events
    that came while unpublished). `revision` grows with every write and fences late writers.
    """

    id: int
    workflow: str
    lead: str
    version: int
    entered_at: datetime
    entry_key: str = ""
    state: State = State.READY
    step: str | None = None
    visit: int = 0
    due_at: datetime | None = None
    reason: str | None = None
    attempt: int = 0
    failures: int = 0
    rounds: int = 0
    frozen: bool = False
    visits: Mapping[str, int] = field(default_factory=dict)
    memory: Mapping[str, object] = field(default_factory=dict)
    finished_at: datetime | None = None
    revision: int = 0

    @property
    def is_inside(self) -> bool:
        """Whether the lead is still in the workflow."""
        return self.state is not State.FINISHED
