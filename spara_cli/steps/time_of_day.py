"""`time_of_day`: wait for a wall-clock time on a permitted day (SPEC S, W3).

Arriving in that very minute goes on at once, judged by the instant the lead became due and not by the
daemon's tick; a later visit within the same minute means the next permitted day.
"""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field, field_validator

from spara_cli.model.fields import TimeOfDay, invalid
from spara_cli.model.localtime import next_time_of_day
from spara_cli.model.transition import Transition, View, Wait, minute_of
from spara_cli.model.window import day_numbers
from spara_cli.model.zones import lead_zone
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Run


class TimeOfDayStep(BaseStep):
    """Pauses until `at` o'clock; passed already today means the next permitted day."""

    TAKES_TIME = True

    type: Literal["time_of_day"]
    at: TimeOfDay = Field(description='The wall-clock time, quoted: "09:30".')
    days: list[str] | None = Field(
        default=None,
        min_length=1,
        description="Permitted days: `mon` … `sun` or ranges such as `mon-fri`; default every day.",
    )
    zone: Literal["account", "lead"] = Field(default="account", description="Whose clock: the account's or the lead's.")

    @field_validator("days")
    @classmethod
    def _known_days(cls, value: list[str] | None) -> list[str] | None:
        for day in value or ():
            try:
                day_numbers(day)
            except ValueError as error:
                raise invalid("invalid-day", str(error)) from None
        return value

    def compile(self, place: Place) -> Run:
        """The set of weekdays is worked out once."""
        days = frozenset(number for day in self.days or ("mon-sun",) for number in day_numbers(day))
        return _UntilTime(self.at, days, self.zone == "lead")


class _UntilTime(Run):
    __slots__ = ("_at", "_days", "_of_lead")
    clock_bound = True
    remembers = True

    def __init__(self, at: time, days: frozenset[int], of_lead: bool) -> None:
        self._at, self._days, self._of_lead = at, days, of_lead

    def start(self, view: View) -> Transition:
        zone = lead_zone(view.lead, view.rules)[0] if self._of_lead else view.zone
        arrived = view.arrived_at
        again = view.passed is not None and view.passed == minute_of(arrived)
        until = next_time_of_day(arrived, self._at, self._days, zone, strictly_after=again)
        return Wait(until)
