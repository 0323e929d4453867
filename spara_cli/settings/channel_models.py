"""The ways out as `spara.yaml` declares them: `channels:` with a model for each kind (SPEC D3).

The one thing to know: a channel that is not declared, and one declared without `kind`, is the outbox, which
writes files and reaches nobody. Live kinds are checked here whether or not this release can send through them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from spara_cli.model.fields import Node, invalid
from spara_cli.settings.texts import WRITE_ONLY, Name, Sender, Text, Url

CallOutcome = Literal["answered", "no_answer", "busy", "voicemail", "failed"]


class Outbox(Node):
    """Messages become files in the state folder; nobody is reached."""

    kind: Literal["outbox"] = Field(default="outbox", description="Write messages as files.")


class CallOutbox(Node):
    """Calls become files; each ends as `outcome` says."""

    kind: Literal["outbox"] = Field(default="outbox", description="Write calls as files; nobody is dialled.")
    outcome: CallOutcome = Field(default="no_answer", description="How every call ends.")


class Imap(Node):
    """The mailbox where replies and bounces arrive."""

    host: Text = Field(description="The IMAP server's name.")
    port: int = Field(default=993, ge=1, le=65_535, description="Its port; 993 is TLS from the start.")
    username: Text | None = Field(default=None, description="The mailbox's user; default: the one of SMTP.")
    password: Text | None = Field(
        default=None, json_schema_extra=WRITE_ONLY, description="Its password, as a reference; default: that of SMTP."
    )


class Smtp(Node):
    """Email through a mail server."""

    kind: Literal["smtp"] = Field(description="Send through a mail server.")
    host: Text = Field(description="The mail server's name.")
    port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`tls` from the start, `starttls`, or `none` (only for a server on this machine).",
    )
    username: Text | None = Field(default=None, description="The user to sign in as.")
    password: Text | None = Field(
        default=None, json_schema_extra=WRITE_ONLY, description="The password, as a reference such as `${env:NAME}`."
    )
    from_: Sender = Field(alias="from", description="The sender: `Ada <ada@example.com>`.")
    imap: Imap | None = Field(default=None, description="Where replies and bounces arrive.")


class TwilioText(Node):
    """Texts through Twilio."""

    kind: Literal["twilio"] = Field(description="Send through Twilio.")
    account_sid: Text = Field(description="Twilio's account SID, as a reference such as `${env:TWILIO_SID}`.")
    auth_token: Text = Field(json_schema_extra=WRITE_ONLY, description="Twilio's auth token, as a reference.")
    from_: Text = Field(alias="from", description="The number, short code or messaging service that texts.")
    base_url: Url | None = Field(default=None, description="Another address of Twilio's API, for tests.")


class TwilioCall(Node):
    """Calls through Twilio, with the account of the text channel unless it says otherwise."""

    kind: Literal["twilio"] = Field(description="Call through Twilio.")
    account_sid: Text | None = Field(default=None, description="Twilio's account SID; default: the text channel's.")
    auth_token: Text | None = Field(
        default=None, json_schema_extra=WRITE_ONLY, description="Twilio's auth token; default: the text channel's."
    )
    base_url: Url | None = Field(default=None, description="Another address of Twilio's API, for tests.")


class SparaCall(Node):
    """Calls through Spara's own Web API."""

    kind: Literal["spara"] = Field(description="Call through Spara's Web API.")
    key: Text = Field(json_schema_extra=WRITE_ONLY, description="The API key, as a reference.")
    base_url: Url | None = Field(default=None, description="Another address of the API.")


class WebhookCall(Node):
    """Calls through any voice platform that takes a webhook."""

    kind: Literal["webhook"] = Field(description="Ask a voice platform over HTTP.")
    url: Url = Field(description="Where the request to call is posted.")
    secret: Text | None = Field(
        default=None, json_schema_extra=WRITE_ONLY, description="Signs the request (Standard Webhooks), as a reference."
    )


class Slack(Node):
    """A Slack channel, by incoming webhook."""

    kind: Literal["slack"] = Field(description="Post to Slack.")
    url: Url = Field(json_schema_extra=WRITE_ONLY, description="The incoming webhook, as a reference.")


class Teams(Node):
    """A Microsoft Teams channel, by workflow webhook."""

    kind: Literal["teams"] = Field(description="Post to Microsoft Teams.")
    url: Url = Field(json_schema_extra=WRITE_ONLY, description="The webhook, as a reference.")


class Apprise(Node):
    """Any of the services that Apprise knows."""

    kind: Literal["apprise"] = Field(description="Post through Apprise.")
    url: Text = Field(json_schema_extra=WRITE_ONLY, description="The Apprise URL, as a reference.")


class OpenAi(Node):
    """Prompts to OpenAI, or to a server that speaks its protocol."""

    kind: Literal["openai"] = Field(description="An API compatible with OpenAI's.")
    model: Text | None = Field(default=None, description="The model of prompts that name none.")
    key: Text | None = Field(
        default=None,
        json_schema_extra=WRITE_ONLY,
        description="The API key, as a reference; a local server needs none.",
    )
    base_url: Url | None = Field(default=None, description="Another server that speaks this protocol.")


class Anthropic(Node):
    """Prompts to Anthropic."""

    kind: Literal["anthropic"] = Field(description="Anthropic's API.")
    model: Text | None = Field(default=None, description="The model of prompts that name none.")
    key: Text = Field(json_schema_extra=WRITE_ONLY, description="The API key, as a reference.")
    base_url: Url | None = Field(default=None, description="Another address of the API.")


def _kind_given(value: Any) -> Any:
    """A channel without `kind` is the outbox; one with a live channel's keys must say which it is."""
    if not isinstance(value, dict) or "kind" in value:
        return value
    if value.keys() <= {"outcome"}:
        return {"kind": "outbox", **value}
    raise invalid("missing-key", "missing key `kind` in a channel", help="add `kind:`, such as `kind: outbox`")


_Kind = Field(discriminator="kind")
EmailChannel = Annotated[Annotated[Smtp | Outbox, _Kind], BeforeValidator(_kind_given)]
TextChannel = Annotated[Annotated[TwilioText | Outbox, _Kind], BeforeValidator(_kind_given)]
CallChannel = Annotated[
    Annotated[TwilioCall | SparaCall | WebhookCall | CallOutbox, _Kind], BeforeValidator(_kind_given)
]
NotifyChannel = Annotated[Annotated[Slack | Teams | Apprise | Outbox, _Kind], BeforeValidator(_kind_given)]
AiChannel = Annotated[Annotated[OpenAi | Anthropic | Outbox, _Kind], BeforeValidator(_kind_given)]


class Channels(Node):
    """The ways out; a channel that is not there is the outbox."""

    email: EmailChannel | None = Field(default=None, description="Email: `outbox` or `smtp`.")
    text: TextChannel | None = Field(default=None, description="Texts: `outbox` or `twilio`.")
    call: CallChannel | None = Field(default=None, description="Calls: `outbox`, `twilio`, `spara` or `webhook`.")
    notify: dict[Name, NotifyChannel] = Field(
        default_factory=dict,
        max_length=100,
        description="The team's channels by name: `outbox`, `slack`, `teams` or `apprise`.",
    )
    ai: AiChannel | None = Field(default=None, description="Language models: `outbox`, `openai` or `anthropic`.")
