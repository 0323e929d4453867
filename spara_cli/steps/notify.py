"""`notify`: tell the team or the assigned rep (SPEC S)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from spara_cli.model.effect import Notify
from spara_cli.model.fields import TemplateText
from spara_cli.model.template import compile_template
from spara_cli.model.transition import Deliver, Skip, Transition, View
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Run


class NotifyStep(BaseStep):
    """Inward, so it holds for no window and needs no consent."""

    OUTCOMES = frozenset({"sent", "failed"})

    type: Literal["notify"]
    channel: str = Field(min_length=1, max_length=100, description="The notify channel's name in `spara.yaml`.")
    to: Literal["team", "rep"] = Field(default="team", description="The team's channel, or the assigned rep.")
    title: TemplateText = Field(default="", description="A headline; Liquid.")
    body: TemplateText = Field(min_length=1, description="The message; Liquid.")

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Title and body."""
        yield ("title",), self.title
        yield ("body",), self.body

    def compile(self, place: Place) -> Run:
        """One effect, shared by every lead."""
        effect = Notify(self.channel, self.to, compile_template(self.title), compile_template(self.body))
        return _Notify(Deliver(effect), self.to == "rep")


class _Notify(Run):
    __slots__ = ("_deliver", "_to_rep")

    def __init__(self, deliver: Deliver, to_rep: bool) -> None:
        self._deliver, self._to_rep = deliver, to_rep

    def start(self, view: View) -> Transition:
        return Skip("no_rep") if self._to_rep and view.lead.rep_email is None else self._deliver
