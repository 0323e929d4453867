"""What a step says when it runs: the closed set of moves the engine knows.

A step decides, `engine/advance.py` carries it out: guards, ledger numbers, routing and the timeline are
the engine's, so that a step type stays one small file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from spara_cli.model.effect import Delivery
from spara_cli.model.event import Happened
from spara_cli.model.lead import FieldValue, Lead
from spara_cli.model.rules import Rules


@dataclass(frozen=True, slots=True)
class Go:
    """The step is done with `outcome`: route on it, else go on in order (S7, S8)."""

    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A branch was chosen: record it and go to `target` (the branch's first step, or past its end)."""

    branch: str
    target: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Go to the step with this index in the program; `program.END` completes."""

    target: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Rest until `until`; an instant that is not ahead means going on at once."""

    until: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Await:
    """Rest until something happens, at most until `until` when it is given."""

    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Make this delivery, once the guards allow it."""

    effect: Delivery


@dataclass(frozen=True, slots=True)
class Update:
    """Set fields on the lead, then go on. `refused` names values of a wrong type that were left out."""

    values: Mapping[str, FieldValue | None]
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skip:
    """The step cannot run for this lead; it goes on (S2)."""

    reason: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """The step's configuration is broken; the lead stays until it is mended (S3)."""

    reason: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exit:
    """The lead is finished here, for `reason`."""

    reason: str


Transition = Go | Take | Jump | Wait | Await | Deliver | Update | Skip | Block | Exit


@dataclass(slots=True)
class View:
    """What a running step may look at.

    `scope` is what criteria and templates read: the lead's fields, `event` and `last_call`. `now` is the
    present; `arrived_at` the instant the lead became due here, which may be earlier (a late daemon).
    `passed` is the minute the step last let this lead through, for steps that remember it.
    """

    lead: Lead
    scope: Mapping[str, Any]
    rules: Rules
    now: datetime
    arrived_at: datetime
    visit: int
    rounds: int
    passed: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The account's zone."""
        return self.rules.zone


def minute_of(instant: datetime) -> str:
    """The minute an instant lies in, as memory keeps it: ISO 8601, UTC."""
    return instant.isoformat(timespec="minutes")


class StepRun(Protocol):
    """A compiled step: closures and plain values only, shared by every lead.

    `clock_bound` says that its pause depends on the calendar and is worked out afresh after an unpublish (P3);
    `remembers` that the minute in which it let a lead through matters at the next visit.
    """

    clock_bound: bool
    remembers: bool

    def start(self, view: View) -> Transition:
        """Run the step for a lead that has come to it, or whose hold, block or retry is over."""
        ...

    def timed_out(self, view: View) -> Transition:
        """The step's own `Wait` or `Await` came to its end."""
        ...

    def happened(self, view: View, event: Happened) -> Transition | None:
        """An event came while the step awaits one; None when it is not the one."""
        ...

    def answered(self, view: View, outcome: str) -> Transition | None:
        """A delivery ended with `outcome`; None for the ordinary way (route on it)."""
        ...
