"""`enroll`: put the lead into another workflow too (SPEC S, T8; ours)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spara_cli.model.effect import EnrollLead
from spara_cli.model.fields import WorkflowKey
from spara_cli.model.transition import Deliver
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Always, Run


class EnrollStep(BaseStep):
    """Enters the lead by hand: the other trigger is skipped, its re-entry rule is not (T9)."""

    OUTCOMES = frozenset({"enrolled", "refused"})

    type: Literal["enroll"]
    workflow: WorkflowKey = Field(description="The key of the workflow to enter.")

    def compile(self, place: Place) -> Run:
        """One effect, shared."""
        return Always(Deliver(EnrollLead(self.workflow)))
