"""The project's rules as the engine sees them: zone, windows, agents, what is broken.

Built from `spara.yaml` by the settings layer; frozen, so that a batch of leads can share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from spara_cli.model.lead import STANDARD_FIELDS, FieldType
from spara_cli.model.window import HolidayTest, Window

DEFAULT_ZONE = "America/New_York"


def _no_holiday(_day: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Agent:
    """A voice agent declared in `spara.yaml`; without a number or unpublished it blocks calls (S3)."""

    key: str
    phone_number: str | None = None
    published: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What the project says for every workflow.

    `windows` and `holidays` are keyed by channel (`email`, `text`, `call`); a channel without a
    window is always open. `problems` names broken channels (`email`, `text`, `call`,
    `notify:<name>`, `api`, `prompt`) with the reason word they block with. `notify` holds the
    declared notify channels, or None when undeclared ones go to the outbox (S4). `max_attempts` bounds the
    tries of one delivery (S5); `on_unknown` decides about attempts nobody can answer for (D2).
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))
    region: str = "US"
    account_name: str = ""
    account_address: str = ""
    windows: Mapping[str, Window] = field(default_factory=dict)
    holidays: Mapping[str, HolidayTest] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    notify: frozenset[str] | None = None
    field_types: Mapping[str, FieldType] = field(default_factory=lambda: dict(STANDARD_FIELDS))
    max_attempts: int = 5
    on_unknown: Literal["skip", "retry", "hold"] = "skip"

    def holiday_test(self, channel: str) -> HolidayTest:
        """Tells a holiday of the calendar that the channel's window names."""
        return self.holidays.get(channel, _no_holiday)
