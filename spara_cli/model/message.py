"""What goes out, rendered: the plain values a channel is handed.

The engine decides that something is sent, `engine/render.py` fills in the lead's data, a channel
delivers. Nothing here knows a provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """Names one attempt for ever; the ledger is unique by it (SPEC D1). `attempt` counts from 1."""

    enrollment: int
    step: str
    visit: int
    attempt: int

    def __str__(self) -> str:
        return f"{self.enrollment}.{self.step}.{self.visit}.{self.attempt}"


@dataclass(frozen=True, slots=True)
class Email:
    """An email. `text` is the Markdown as a person reads it, `markdown` the same with lead data escaped.

    Addresses are as written in `to`/`cc`/`bcc` (`a@b.c` or `Name <a@b.c>`); `sender` is None when the
    channel's own is meant. `in_reply_to` is the Message-ID this mail answers, without angle brackets.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    markdown: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    sender: str | None = None
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    marketing: bool = True
    account_name: str = ""
    account_address: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS to an E.164 number. `sender` None means the channel's own number."""

    to: str
    body: str
    sender: str | None = None
    marketing: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """A voice call to an E.164 number by a declared agent. `timeout` is the ring time in seconds."""

    to: str
    agent: str
    mode: str = "live"
    voicemail: str = "hang_up"
    timeout: float = 30.0
    marketing: bool = True


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to the team's channel, or to one rep's address when `to` is `rep`."""

    channel: str
    to: str
    title: str
    body: str
    rep: str | None = None


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """An HTTP request, rendered; secret references in headers, url and json stand unresolved."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """Instructions for a language model, rendered. `max_cost` is US dollars, or None for the limit of settings."""

    model: str | None
    instructions: str
    extract: tuple[Mapping[str, object], ...] = ()
    tools: tuple[str, ...] = ()
    max_cost: float | None = None


Message = Email | Text | Call | Notification | ApiRequest | PromptRequest
