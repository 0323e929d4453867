"""`condition`: ordered, named branches; the first that matches is taken (SPEC S, S7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from spara_cli.model.criteria import Where
from spara_cli.model.predicate import Predicate, compile_where
from spara_cli.model.transition import Await, Exit, Take, Transition, View
from spara_cli.steps.base import BaseStep, Branching, Place
from spara_cli.steps.branching import BranchingStep
from spara_cli.steps.run import Run

if TYPE_CHECKING:
    from spara_cli.steps import AnyStep

NO_BRANCH = "no_branch_matched"


class ConditionBranch(Branching):
    """A branch with its criteria; without `when` it is the catch-all."""

    when: Where | None = Field(default=None, description="Who takes this branch; left out: everyone else.")
    steps: list[AnyStep] = Field(
        default_factory=list, description="The branch's own steps; then it rejoins after the condition."
    )

    @property
    def body(self) -> Sequence[BaseStep]:
        """The branch's own steps."""
        return self.steps


class ConditionStep(BranchingStep):
    """Branches on what is known of the lead."""

    type: Literal["condition"]
    branches: list[ConditionBranch] = Field(min_length=1, description="Tried in order; the first match is taken.")
    otherwise: Literal["exit", "stay"] = Field(
        default="exit", description="When none matches: leave with `no_branch_matched`, or stay until a field changes."
    )

    def compile(self, place: Place) -> Run:
        """A tuple of (criteria, name, target)."""
        table = []
        for branch, target in zip(self.branches, self.targets(place), strict=True):
            when = compile_where(branch.when, place.zone) if branch.when is not None else None
            table.append((when, branch.name, target))
        return _Condition(tuple(table), self.otherwise == "stay")


class _Condition(Run):
    __slots__ = ("_stay", "_table")

    def __init__(self, table: tuple[tuple[Predicate | None, str, int], ...], stay: bool) -> None:
        self._table, self._stay = table, stay

    def start(self, view: View) -> Transition:
        for when, name, target in self._table:
            if when is None or when(view.scope, view.now):
                return Take(name, target)
        return Await(reason=NO_BRANCH) if self._stay else Exit(NO_BRANCH)
