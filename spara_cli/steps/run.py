"""The compiled half of every step type: the frame of its run object, which the engine starts and resumes.

The one thing to know: a run object is shared by every lead, so it holds only what the playbook says; what is
one lead's comes in with the `View`, and what the run wants goes out as a `Transition`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from spara_cli.model.event import Happened
from spara_cli.model.transition import Go, Transition, View


class Run(ABC):
    """A run object's defaults: nothing awaited, a pause that ends goes on, a result routes as it is."""

    __slots__ = ()
    clock_bound = False
    remembers = False

    @abstractmethod
    def start(self, view: View) -> Transition:
        """Run the step for a lead that has come to it, or whose hold, block or retry is over."""

    def timed_out(self, view: View) -> Transition:
        """By default a pause that is over means the step is done."""
        return Go()

    def happened(self, view: View, event: Happened) -> Transition | None:
        """By default no event is awaited."""
        return None

    def answered(self, view: View, outcome: str) -> Transition | None:
        """By default an outcome is routed by the engine."""
        return None


class Always(Run):
    """A run that makes the same move for every lead."""

    __slots__ = ("_move",)

    def __init__(self, move: Transition) -> None:
        self._move = move

    def start(self, view: View) -> Transition:
        """The one move."""
        return self._move
