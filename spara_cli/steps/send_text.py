"""`send_text`: an SMS to the lead's phone (SPEC S)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from spara_cli.model.effect import SendText
from spara_cli.model.fields import TemplateText
from spara_cli.model.template import compile_template
from spara_cli.model.transition import Deliver, Skip, Transition, View
from spara_cli.steps.base import ChannelStep, Place
from spara_cli.steps.run import Run


class SendTextStep(ChannelStep):
    """Segments and encoding are reported with every text."""

    OUTCOMES = frozenset({"sent", "failed"})

    type: Literal["send_text"]
    body: TemplateText = Field(min_length=1, description="The message; Liquid.")
    from_: str | None = Field(
        default=None,
        alias="from",
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="The number to send from (E.164); default: the text channel's own.",
    )

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The body."""
        yield ("body",), self.body

    def compile(self, place: Place) -> Run:
        """One effect, shared by every lead."""
        return _SendText(Deliver(SendText(compile_template(self.body), self.from_, self.is_marketing)))


class _SendText(Run):
    __slots__ = ("_deliver",)

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def start(self, view: View) -> Transition:
        return self._deliver if view.lead.text("phone_number") is not None else Skip("no_phone")
