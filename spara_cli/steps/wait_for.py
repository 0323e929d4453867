"""`wait_for`: rest until an event comes, or a time-out passes (SPEC S; ours)."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from spara_cli.model.criteria import Where
from spara_cli.model.event import Happened
from spara_cli.model.fields import Pause
from spara_cli.model.predicate import Predicate, compile_where
from spara_cli.model.transition import Await, Go, Transition, View
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Run


class WaitForStep(BaseStep):
    """Waits for an event that comes while the lead is here; earlier ones do not count."""

    OUTCOMES = frozenset({"happened", "timed_out"})
    TAKES_TIME = True

    type: Literal["wait_for"]
    event: str = Field(
        min_length=1, description="The event's name: `text_reply`, `page_visited`, `webhook:<name>`, any word."
    )
    match: Where | None = Field(
        default=None, description="Criteria over `event.<key>` and the lead; default: any such event."
    )
    timeout: Pause | None = Field(default=None, description="How long at most; without one the lead may rest for ever.")

    def compile(self, place: Place) -> Run:
        """The event's name, its criteria and the time-out."""
        match = compile_where(self.match, place.zone) if self.match is not None else None
        return _WaitFor(self.event, match, self.timeout)


class _WaitFor(Run):
    __slots__ = ("_event", "_match", "_timeout")

    def __init__(self, event: str, match: Predicate | None, timeout: timedelta | None) -> None:
        self._event, self._match, self._timeout = event, match, timeout

    def start(self, view: View) -> Transition:
        return Await(view.now + self._timeout if self._timeout is not None else None)

    def timed_out(self, view: View) -> Transition:
        return Go("timed_out")

    def happened(self, view: View, event: Happened) -> Transition | None:
        if event.name != self._event:
            return None
        scope = {**view.scope, "event": event.data}
        return Go("happened") if self._match is None or self._match(scope, view.now) else None
