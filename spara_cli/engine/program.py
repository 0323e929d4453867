"""A compiled workflow: tables of indexes and closures, shared by every lead (DESIGN section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from spara_cli.model.predicate import Predicate
from spara_cli.model.transition import StepRun

END = -1
"""The index that means completed."""

KINDS: Mapping[str, str] = {
    "send_email": "sent",
    "send_text": "sent",
    "call_phone": "called",
    "notify": "notified",
    "api": "requested",
    "prompt": "prompted",
    "enroll": "updated",
}
"""Which timeline entry the result of a delivery step becomes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One step in the table. `next` is where it goes when no outcome routes elsewhere, already resolved."""

    index: int
    id: str
    type: str
    run: StepRun
    next: int
    routes: Mapping[str, int]
    only_if: Predicate | None
    max_visits: int

    @property
    def kind(self) -> str:
        """The kind of this step's result entry."""
        return KINDS.get(self.type, "updated")


@dataclass(frozen=True, slots=True)
class Reentry:
    """When a lead may come in again (T5)."""

    mode: Literal["never", "after_exit", "per_key"] = "never"
    after_exit: timedelta = timedelta()
    key: str = ""


@dataclass(frozen=True, slots=True)
class TriggerProgram:
    """Who enters; `watches_time` when the answer can change without the lead changing."""

    on: str | None
    where: Predicate | None
    active_within: timedelta
    reentry: Reentry
    backfill: bool
    watches_time: bool


@dataclass(frozen=True, slots=True)
class Exits:
    """Which engagements end an enrollment (X1, X2)."""

    email_reply: bool = True
    text_reply: bool = True
    call_answer: bool = True
    unsubscribe: bool = True
    bounce: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """One version of a workflow, ready to run. `watches_fields`: a changed field can move a lead inside."""

    workflow: str
    version: int
    slots: tuple[Slot, ...]
    index: Mapping[str, int]
    trigger: TriggerProgram
    exits: Exits
    goal: Predicate | None
    goal_reason: str
    late_after: timedelta
    exclusive_group: str | None
    watches_fields: bool

    def slot_of(self, step: str | None) -> Slot | None:
        """The step of this id, or None when this version has none."""
        index = self.index.get(step) if step is not None else None
        return self.slots[index] if index is not None else None
