"""`wait`: pause a while, or until the instant a field holds (SPEC S, W4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from spara_cli.model.fields import Duration, FieldName, invalid
from spara_cli.model.predicate import instant_of, lookup
from spara_cli.model.transition import Go, Skip, Transition, View, Wait
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Run

WAIT_MIN = timedelta(minutes=1)
WAIT_MAX = timedelta(days=30)


class WaitStep(BaseStep):
    """Pauses 1 minute to 30 days; a day is 24 hours (W4)."""

    TAKES_TIME = True

    type: Literal["wait"]
    for_: Duration | None = Field(default=None, alias="for", description="How long: `2 days`, `90 minutes`, `P1DT12H`.")
    until_field: FieldName | None = Field(
        default=None, description="A datetime field that says until when; at most 30 days ahead."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> WaitStep:
        if (self.for_ is None) == (self.until_field is None):
            raise invalid("missing-key", "a `wait` has either `for` or `until_field`")
        if self.for_ is not None and not WAIT_MIN <= self.for_ <= WAIT_MAX:
            raise invalid("wait-out-of-range", "a wait lasts from 1 minute to 30 days", at="for")
        return self

    def compile(self, place: Place) -> Run:
        """A fixed pause, or one read from the lead."""
        return _UntilField(self.until_field) if self.until_field is not None else _For(self.for_ or WAIT_MIN)


class _For(Run):
    __slots__ = ("_span",)

    def __init__(self, span: timedelta) -> None:
        self._span = span

    def start(self, view: View) -> Transition:
        return Wait(view.now + self._span)


class _UntilField(Run):
    __slots__ = ("_name", "_read")
    clock_bound = True

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = lookup(name)

    def start(self, view: View) -> Transition:
        until = instant_of(self._read(view.scope), view.zone)
        if until is None:
            return Skip("no_date", {"field": self._name})
        if until <= view.now:
            return Go()
        return Wait(min(until, view.now + WAIT_MAX))
