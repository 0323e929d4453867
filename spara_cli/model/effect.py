"""What the engine asks of the world: imperative, with templates unrendered.

Who delivers renders (`engine/render.py`), with the lead as it is at that moment. `SetFields` and `Suppress`
are facts to be stored; every other effect is an attempt that goes through the ledger and is answered
by an `Answered` event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spara_cli.model.lead import FieldType, FieldValue
from spara_cli.model.template import Template


@dataclass(frozen=True, slots=True)
class ExtractField:
    """One value taken from an answer: by JMESPath `path`, or by `describe` for a language model."""

    name: str
    type: FieldType
    path: str | None = None
    describe: str | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SendEmail:
    """An email to the lead and/or the assigned rep; recipients are roles or addresses."""

    to: tuple[str, ...]
    subject: Template
    body: Template
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    sender: str | None = None
    reply_to: str | None = None
    thread: bool = False
    marketing: bool = True
    channel: str = "email"
    kind: str = "sent"


@dataclass(frozen=True, slots=True)
class SendText:
    """An SMS to the lead's phone."""

    body: Template
    sender: str | None = None
    marketing: bool = True
    channel: str = "text"
    kind: str = "sent"


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """A call to the lead's phone by a declared agent; `timeout` rings that many seconds."""

    agent: str
    mode: str = "live"
    voicemail: str = "hang_up"
    timeout: float = 30.0
    marketing: bool = True
    channel: str = "call"
    kind: str = "called"


@dataclass(frozen=True, slots=True)
class Notify:
    """A message to the team's notify channel `name`, or to the assigned rep."""

    name: str
    to: str
    title: Template
    body: Template
    channel: str = "notify"
    kind: str = "notified"


@dataclass(frozen=True, slots=True)
class CallApi:
    """An HTTP request; templates inside `headers` and `json` are compiled in place."""

    method: str
    url: Template
    headers: Mapping[str, Template]
    json: Any
    timeout: float
    expect_status: tuple[int, ...]
    extract: tuple[ExtractField, ...]
    channel: str = "api"
    kind: str = "requested"


@dataclass(frozen=True, slots=True)
class RunPrompt:
    """A prompt to a language model that fills typed fields."""

    model: str | None
    instructions: Template
    extract: tuple[ExtractField, ...]
    tools: tuple[str, ...]
    max_cost: float | None
    channel: str = "prompt"
    kind: str = "prompted"


@dataclass(frozen=True, slots=True)
class EnrollLead:
    """Put the lead into another workflow; answered `enrolled` or `refused`."""

    workflow: str
    channel: str = "enroll"
    kind: str = "updated"


Delivery = SendEmail | SendText | PlaceCall | Notify | CallApi | RunPrompt | EnrollLead


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery to make now: its place in the ledger and what to do."""

    step: str
    visit: int
    attempt: int
    effect: Delivery


@dataclass(frozen=True, slots=True)
class SetFields:
    """Store these values on the lead; None removes a field."""

    values: Mapping[str, FieldValue | None]


@dataclass(frozen=True, slots=True)
class Suppress:
    """Stop messages of `channels` to this lead's addresses, for `reason` (C1)."""

    channels: tuple[str, ...]
    reason: str


Effect = Attempt | SetFields | Suppress
