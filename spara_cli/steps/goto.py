"""`goto`: go on at another step (SPEC S; an edge of the graph)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spara_cli.model.fields import Target
from spara_cli.model.transition import Jump
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Always, Run


class GotoStep(BaseStep):
    """Jumps; a loop needs a step that takes time, or a `max_visits` given by hand (S8)."""

    type: Literal["goto"]
    step: Target = Field(description="The id of the step to go to, or `end`.")

    def compile(self, place: Place) -> Run:
        """The target's index."""
        return Always(Jump(place.index_of(self.step)))
