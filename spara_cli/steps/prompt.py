"""`prompt`: ask a language model, and save typed fields from its answer (SPEC S10, S11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from spara_cli.model.effect import RunPrompt
from spara_cli.model.fields import TemplateText
from spara_cli.model.template import compile_template
from spara_cli.model.transition import Deliver
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.extract import PromptExtract, names_of
from spara_cli.steps.run import Always, Run


class PromptStep(BaseStep):
    """Lead data in a prompt is data, never instructions."""

    OUTCOMES = frozenset({"success", "failure"})

    type: Literal["prompt"]
    model: str | None = Field(default=None, min_length=1, description="The model's name; default: the project's.")
    instructions: TemplateText = Field(min_length=1, description="What to do; Liquid.")
    extract: list[PromptExtract] = Field(default_factory=list, description="Typed values to save to the lead.")
    tools: list[Literal["web_search", "web_fetch"]] = Field(
        default_factory=list, description="Tools the model may use; none by default."
    )
    max_cost: float | None = Field(default=None, gt=0, description="US dollars at most for one run.")

    def field_names(self) -> Iterator[tuple[str, str]]:
        """The extracted fields."""
        return names_of(self.extract)

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The instructions."""
        yield ("instructions",), self.instructions

    def compile(self, place: Place) -> Run:
        """One effect, shared by every lead."""
        effect = RunPrompt(
            self.model,
            compile_template(self.instructions),
            tuple(item.compiled() for item in self.extract),
            tuple(self.tools),
            self.max_cost,
        )
        return Always(Deliver(effect))
