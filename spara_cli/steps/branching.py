"""What `condition` and `split` share: named branches whose names are the outcomes, each with steps of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from pydantic import model_validator

from spara_cli.model.fields import invalid
from spara_cli.steps.base import BaseStep, Branching, Place


class BranchingStep(BaseStep):
    """A step that chooses one of its branches."""

    @property
    def branches_of(self) -> Sequence[Branching]:
        """The branches, in order; every step type of this kind has the field."""
        branches: Sequence[Branching] = self.__dict__["branches"]
        return branches

    @property
    def outcomes(self) -> frozenset[str]:
        """The branches' names."""
        return frozenset(branch.name for branch in self.branches_of)

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        seen: set[str] = set()
        for index, branch in enumerate(self.branches_of):
            if branch.name in seen:
                raise invalid(
                    "duplicate-branch", f"two branches are named `{branch.name}`", at=f"branches.{index}.name"
                )
            seen.add(branch.name)
        return self

    def targets(self, place: Place) -> Iterator[int]:
        """Where each branch leads, in order: `on` beats the branch's own steps."""
        for branch, start in zip(self.branches_of, place.branch_starts, strict=True):
            yield place.index_of(self.on[branch.name]) if branch.name in self.on else start
