"""`split`: a deterministic A/B test by hash of lead and step; the same lead always takes the same branch."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from spara_cli.model.transition import Take, Transition, View
from spara_cli.steps.base import BaseStep, Branching, Place
from spara_cli.steps.branching import BranchingStep
from spara_cli.steps.run import Run

if TYPE_CHECKING:
    from spara_cli.steps import AnyStep


class SplitBranch(Branching):
    """A branch with its share of the leads."""

    weight: float = Field(default=1, gt=0, le=1_000_000, description="The branch's share, relative to the others.")
    steps: list[AnyStep] = Field(
        default_factory=list, description="The branch's own steps; then it rejoins after the split."
    )

    @property
    def body(self) -> Sequence[BaseStep]:
        """The branch's own steps."""
        return self.steps


class SplitStep(BranchingStep):
    """Divides leads by weight, with no chance involved."""

    type: Literal["split"]
    branches: list[SplitBranch] = Field(min_length=2, description="The branches and their weights.")

    def compile(self, place: Place) -> Run:
        """Cumulative shares in [0, 1], each with its branch."""
        total, upto, table = sum(branch.weight for branch in self.branches), 0.0, []
        for branch, target in zip(self.branches, self.targets(place), strict=True):
            upto += branch.weight / total
            table.append((upto, branch.name, target))
        return _Split(f"{place.workflow}\0{place.id}\0".encode(), tuple(table))


class _Split(Run):
    __slots__ = ("_salt", "_table")

    def __init__(self, salt: bytes, table: tuple[tuple[float, str, int], ...]) -> None:
        self._salt, self._table = salt, table

    def start(self, view: View) -> Transition:
        digest = blake2b(self._salt + view.lead.id.encode(), digest_size=8).digest()
        share = int.from_bytes(digest, "big") / 2**64
        for upto, name, target in self._table:
            if share < upto:
                return Take(name, target)
        return Take(self._table[-1][1], self._table[-1][2])
