"""What every step type has: its settings (S1, S7–S9), and its place in the program it is compiled for.

A step type is one file with two halves. The model says what a playbook may write; `compile` gives a small
run object (`run.py`) of plain values and closures, shared by every lead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from spara_cli.model.criteria import Where
from spara_cli.model.fields import Node, StepId, Target
from spara_cli.model.transition import StepRun

MAX_VISITS = 100
"""How often a step may be come to unless it says otherwise (S8)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands in its program: the indexes it may need, all resolved.

    `after` is the step that follows in order; `branch_starts` the first step of each branch (or `after`
    for an empty one); `index_of` finds a step, or `end`, by id.
    """

    id: str
    after: int
    branch_starts: tuple[int, ...]
    index_of: Callable[[str], int]
    zone: ZoneInfo
    workflow: str


class BaseStep(Node):
    """Settings that every step may carry."""

    OUTCOMES: ClassVar[frozenset[str] | None] = frozenset()
    """Outcome words `on` may route by; None when any word may come (a call's dispositions)."""
    TAKES_TIME: ClassVar[bool] = False
    """Whether a loop through this step comes to rest (S8)."""

    type: str
    id: StepId | None = Field(
        default=None, description="The step's stable id; derived from its position when left out."
    )
    name: str | None = Field(default=None, description="A short name for people.")
    description: str | None = Field(default=None, description="What the step is for.")
    only_if: Where | None = Field(default=None, description="Run the step only for leads that match; others skip it.")
    next: Target | None = Field(
        default=None, description="The step to go to afterwards, or `end`; default: the next in order."
    )
    on: dict[str, Target] = Field(
        default_factory=dict, description="Where to go by outcome: outcome to step id, or `end`."
    )
    max_visits: int | None = Field(
        default=None, ge=1, le=10_000, description="How often a lead may come to this step (default 100)."
    )

    @property
    def branches_of(self) -> Sequence[Branching]:
        """The branches with steps of their own; none for most step types."""
        return ()

    @property
    def outcomes(self) -> frozenset[str] | None:
        """The outcome words this very step can end with; None when any word may come."""
        return self.OUTCOMES

    def field_names(self) -> Iterator[tuple[str, str]]:
        """The fields this step sets on the lead, each with its type's name."""
        return iter(())

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every template of the step with its path below the step."""
        return iter(())

    def compile(self, place: Place) -> StepRun:
        """The run object of this step at its place."""
        raise TypeError(f"{type(self).__name__} has no run")


class ChannelStep(BaseStep):
    """A step that reaches a person, and so has a class (S9)."""

    class_: Literal["marketing", "transactional"] = Field(
        default="marketing",
        alias="class",
        description="`transactional` is exempt from marketing caps, never from do-not-contact.",
    )

    @property
    def is_marketing(self) -> bool:
        """Whether marketing rules apply."""
        return self.class_ == "marketing"


class Branching(Node):
    """One named branch of a `condition` or `split`."""

    name: str = Field(min_length=1, max_length=100, description="The branch's name, which is the outcome.")

    @property
    def body(self) -> Sequence[BaseStep]:
        """The branch's own steps, maybe none."""
        return ()


def json_templates(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text inside a JSON value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from json_templates(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from json_templates(item, (*path, index))
