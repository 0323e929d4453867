"""What a channel says of one attempt: the closed set of answers to `send` (DESIGN section 4).

A channel turns its library's errors into exactly one of these; the engine reads nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Detail = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. `outcome` is the step's outcome word (`sent`, `answered`, `success`, …).

    `detail` is what the timeline keeps (JSON values only); `fields` are values extracted for the lead.
    """

    outcome: str = "sent"
    detail: Detail = field(default_factory=dict)
    fields: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """This recipient was refused for good; trying again cannot help. `code` is the provider's own."""

    code: str
    message: str = ""
    bounce: bool = False
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not now: try again, not before `retry_after` seconds when the provider named them (S5).

    `at_once` is for an attempt that certainly never started (a crash came first): it counts as no failure.
    """

    code: str
    message: str = ""
    retry_after: float | None = None
    at_once: bool = False
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """Our side is broken (credentials, sender, agent): the step blocks until it is mended (S3)."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it went out: the attempt is `uncertain` (D2)."""

    reason: str
    message: str = ""


Answer = Sent | Refused | Unavailable | Misconfigured | Unknown
