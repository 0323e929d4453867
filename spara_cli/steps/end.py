"""`end`: finish the enrollment with an outcome (SPEC S; converted and dropped of the graph)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spara_cli.model.transition import Exit
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Always, Run


class EndStep(BaseStep):
    """The lead leaves; `outcome` is the exit's reason."""

    type: Literal["end"]
    outcome: str = Field(
        default="completed",
        pattern=r"^[a-z][a-z0-9_-]*$",
        max_length=60,
        description="`completed`, `converted`, `dropped`, or a word of your own.",
    )

    def compile(self, place: Place) -> Run:
        """One exit, shared."""
        return Always(Exit(self.outcome))
