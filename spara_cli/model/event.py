"""What the engine is told: every way the world, the clock or a person can move an enrollment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from spara_cli.model.outcome import Answer


@dataclass(frozen=True, slots=True)
class Due:
    """The time the enrollment waited for has come (or it has just entered)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of one attempt; one that is not the current attempt any more is only recorded."""

    step: str
    visit: int
    attempt: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Happened:
    """An inbound event: `email_reply`, `text_reply`, `unsubscribe`, `stop`, `bounce` or any name.

    Whoever delivers it has matched it to this enrollment (X1); the engine still asks whether the
    enrollment ever used that channel.
    """

    name: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of the lead changed: goals and waiting conditions are looked at again (X2)."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The workflow was unpublished: the enrollment freezes where it is (P3)."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The workflow is published again; durations keep what was left at `paused_at` (P3)."""

    paused_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """A person or the workflow's end took the lead out: `removed`, `cancelled` or `forgotten`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """Publishing moved the lead to `step` of a new version; it starts that step afresh (P2)."""

    step: str
    previous: str


Event = Due | Answered | Happened | Changed | Paused | Resumed | Ended | Moved
