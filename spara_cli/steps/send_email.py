"""`send_email`: an email to the lead and/or the assigned rep (SPEC S)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, field_validator

from spara_cli.model.address import parse_address
from spara_cli.model.effect import SendEmail
from spara_cli.model.fields import TemplateText, invalid
from spara_cli.model.fieldtypes import shown_text
from spara_cli.model.template import compile_template
from spara_cli.model.transition import Deliver, Skip, Transition, View
from spara_cli.steps.base import ChannelStep, Place
from spara_cli.steps.run import Run

_NAMED = re.compile(r"[^<>\x00-\x1f]*<(?P<address>[^<>\s]+)>")
Recipient = Literal["lead", "rep"]
_NO_RECIPIENT: Mapping[tuple[str, ...], str] = {("lead",): "no_email", ("rep",): "no_rep"}


class SendEmailStep(ChannelStep):
    """Markdown becomes text and HTML; a recipient that is missing is left out, none at all is a skip."""

    OUTCOMES = frozenset({"sent", "failed"})

    type: Literal["send_email"]
    to: list[Recipient] = Field(default=["lead"], min_length=1, description="Who gets it: `lead`, `rep` or both.")
    cc: list[str] = Field(default_factory=list, description="Copies: addresses, or `rep`.")
    bcc: list[str] = Field(default_factory=list, description="Blind copies: addresses, or `rep`.")
    subject: TemplateText = Field(description="The subject line; Liquid.")
    body: TemplateText = Field(description="The message in Markdown; Liquid.")
    from_: str | None = Field(default=None, alias="from", description="The sender; default: the email channel's own.")
    reply_to: str | None = Field(default=None, description="Where answers go; default: the sender.")
    thread: bool = Field(default=False, description="Answer in this workflow's earlier thread with the lead.")

    @field_validator("cc", "bcc")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for index, item in enumerate(value):
            if item != "rep":
                _check_mailbox(item, str(index))
        return value

    @field_validator("from_", "reply_to")
    @classmethod
    def _mailbox(cls, value: str | None) -> str | None:
        if value is not None:
            _check_mailbox(value, None)
        return value

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Subject and body."""
        yield ("subject",), self.subject
        yield ("body",), self.body

    def compile(self, place: Place) -> Run:
        """One effect, shared by every lead."""
        return _SendEmail(
            SendEmail(
                to=tuple(dict.fromkeys(self.to)),
                cc=tuple(self.cc),
                bcc=tuple(self.bcc),
                subject=compile_template(self.subject),
                body=compile_template(self.body),
                sender=self.from_,
                reply_to=self.reply_to,
                thread=self.thread,
                marketing=self.is_marketing,
            )
        )


class _SendEmail(Run):
    __slots__ = ("_deliver", "_to")

    def __init__(self, effect: SendEmail) -> None:
        self._deliver, self._to = Deliver(effect), effect.to

    def start(self, view: View) -> Transition:
        for role in self._to:
            if (view.lead.text("email") if role == "lead" else view.lead.rep_email) is not None:
                return self._deliver
        return Skip(_NO_RECIPIENT.get(self._to, "no_recipient"))


def _check_mailbox(text: str, at: str | None) -> None:
    """Refuse what is neither `a@b.c` nor `Name <a@b.c>` on one line."""
    named = _NAMED.fullmatch(text)
    try:
        parse_address(named["address"] if named is not None else text)
    except ValueError as error:
        raise invalid(
            "invalid-address", f"`{shown_text(text)}` is no email address: {error}", **({"at": at} if at else {})
        ) from None
