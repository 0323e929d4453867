"""`spara.yaml` as one model: every key, its type, its default and what it means (FORMATS, The project).

The one thing to know: every key is optional, and `Project()` is what a folder without a file has. A key is
checked here even where the feature behind it comes with a later release. Descriptions become hover text.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from spara_cli.model.fields import Duration, Node, TimeOfDay, invalid
from spara_cli.model.fieldtypes import FieldTypeError, check_value
from spara_cli.model.lead import STANDARD_FIELDS, FieldType
from spara_cli.model.rules import DEFAULT_ZONE
from spara_cli.settings.channel_models import Channels
from spara_cli.settings.texts import (
    WRITE_ONLY,
    Address,
    ChannelWindow,
    Cidr,
    DeclaredField,
    Host,
    Name,
    Phone,
    Text,
    Url,
    WindowZone,
    Zone,
)

Mode = Literal["outbox", "test", "live"]
SendingChannel = Literal["email", "text", "call"]


class Account(Node):
    """The company that runs spara."""

    zone: Zone = Field(default=DEFAULT_ZONE, description="The IANA time zone that playbooks are read in.")
    region: str = Field(
        default="US", pattern="^[A-Z]{2}$", description="The country (ISO 3166-1) that national phone numbers are of."
    )
    name: str = Field(default="", max_length=200, description="The company's name, for footers and templates.")
    address: str = Field(
        default="", max_length=500, description="Its postal address, for the footer of marketing email."
    )
    public_url: Url | None = Field(default=None, description="Where `spara serve` is reached from outside.")


class Recipient(Node):
    """The operator, who gets everything in `mode: test`."""

    email: Address | None = Field(default=None, description="Gets every email.")
    phone: Phone | None = Field(default=None, description="Gets every text and call; E.164.")


class Windows(Node):
    """When each channel may be used; one that is not named is always open (W2)."""

    email: ChannelWindow | None = Field(default=None, description="When emails may go out.")
    text: ChannelWindow | None = Field(default=None, description="When texts may go out.")
    call: ChannelWindow | None = Field(default=None, description="When calls may be made.")


class Agent(Node):
    """A voice agent."""

    phone_number: Phone | None = Field(default=None, description="The number it calls from; E.164.")
    published: bool = Field(default=True, description="An agent that is not published blocks the calls it is to make.")
    opening: str | None = Field(default=None, max_length=2_000, description="What it says first.")
    instructions: str | None = Field(default=None, max_length=50_000, description="What it is to do and how.")


class Limits(Node):
    """How fast and how often; for the whole account."""

    calls_per_second: float = Field(default=5, gt=0, le=1_000, description="Calls started per second at most.")
    emails_per_second: float = Field(default=10, gt=0, le=1_000, description="Emails per second at most.")
    texts_per_second: float = Field(default=1, gt=0, le=1_000, description="Texts per second at most.")
    emails_per_day: int | None = Field(default=None, ge=1, description="Emails per day at most; null: no limit.")
    warm_up: None = Field(default=None, description="Reserved for growing a new sender's volume; only null yet.")
    max_attempts: int = Field(default=5, ge=1, le=20, description="Tries of one delivery at most, the first included.")
    max_in_flight: int = Field(
        default=50, ge=1, le=1_000, description="Deliveries a live channel has under way at most."
    )


class OutgoingWebhook(Node):
    """Events of ours, posted elsewhere."""

    url: Url = Field(description="Where the events are posted.")
    secret: Text = Field(json_schema_extra=WRITE_ONLY, description="Signs them (Standard Webhooks), as a reference.")
    events: list[
        Literal[
            "lead.created",
            "lead.facts_updated",
            "call.ended",
            "workflow.lead.entered",
            "workflow.lead.exited",
            "workflow.lead.completed",
        ]
    ] | None = Field(default=None, min_length=1, description="Which events; default: all.")  # fmt: skip


class IncomingWebhook(Node):
    """Events of others, posted here: `webhook:<name>` in a trigger."""

    secret: Text = Field(json_schema_extra=WRITE_ONLY, description="Checks their signature (HMAC), as a reference.")


class Webhooks(Node):
    """Events out and in."""

    out: list[OutgoingWebhook] = Field(default_factory=list, max_length=100, description="Where our events go.")
    in_: dict[Name, IncomingWebhook] = Field(
        default_factory=dict, alias="in", max_length=100, description="Who may post events, by name."
    )


class Retention(Node):
    """What `spara db prune` keeps, and how long."""

    messages: Duration = Field(default=timedelta(days=365), description="Bodies of messages are kept this long.")
    timeline: Duration = Field(default=timedelta(days=730), description="Timeline entries are kept this long.")


class FieldDeclaration(Node):
    """A lead's field (L2)."""

    type: FieldType | None = Field(
        default=None, strict=False, description="The type; default: the standard field's own, else string."
    )
    description: str | None = Field(default=None, max_length=500, description="What it means.")
    example: Any = Field(default=None, description="A value it may have, of its type.")
    pii: bool = Field(default=False, description="Whether it is personal data.")


class Policy(Node):
    """A limit over all workflows (C3): `max` and `per`, or `never_between`."""

    name: Name = Field(description="The policy's name, unique in the project.")
    max: int | None = Field(default=None, ge=1, le=10_000, description="How many messages one lead may get…")
    per: Duration | None = Field(default=None, description="…in any stretch of time this long.")
    never_between: list[TimeOfDay] | None = Field(
        default=None, min_length=2, max_length=2, description="Quiet hours: from and until; may go over midnight."
    )
    zone: WindowZone | None = Field(
        default=None, description="Whose clock the quiet hours are read on: `lead` (the default), `account` or a zone."
    )
    channels: list[SendingChannel] = Field(
        default=["email", "text", "call"], min_length=1, description="The channels it is about; default: all three."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Policy:
        caps, quiet = self.max is not None or self.per is not None, self.never_between is not None
        if caps == quiet:
            raise invalid("missing-key", "a policy has either `max` and `per`, or `never_between`")
        if caps and (self.max is None or self.per is None):
            raise invalid("missing-key", f"missing key `{'max' if self.max is None else 'per'}` in a policy")
        if self.per == timedelta():
            raise invalid("invalid-value", "`per` must be longer than nothing", at="per")
        if caps and self.zone is not None:
            raise invalid("invalid-value", "`zone` belongs to `never_between`", at="zone")
        if _no_time_at_all(self.never_between):
            raise invalid("invalid-value", "`never_between` starts and ends at the same time", at="never_between")
        return self


def _no_time_at_all(hours: list[time] | None) -> bool:
    return hours is not None and hours[0] == hours[1]


class Consent(Node):
    """What has to be on record before a lead is reached."""

    voice_ai: Literal["required", "assumed"] = Field(
        default="required", description="Whether, in live mode, a call by a voice agent needs a recorded consent (C4)."
    )


class Network(Node):
    """Where `api` steps may connect to, besides public addresses."""

    allow_hosts: list[Host] = Field(default_factory=list, max_length=1_000, description="Host names, without port.")
    allow_cidrs: list[Cidr] = Field(default_factory=list, max_length=1_000, description="Networks: `10.0.0.0/8`.")


class Project(Node):
    """The whole of `spara.yaml`."""

    project: str | None = Field(default=None, min_length=1, max_length=100, description="The project's name.")
    account: Account = Field(default_factory=Account, description="The company that runs spara.")
    store: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="The database; default: `spara.db` in `.spara/`."
    )
    mode: Mode = Field(default="outbox", description="Where messages go: `outbox` (files), `test` or `live`.")
    test_recipient: Recipient | None = Field(default=None, description="Who gets everything in `mode: test`.")
    windows: Windows | None = Field(default=None, description="When each channel may be used; default: always.")
    channels: Channels = Field(default_factory=Channels, description="The ways out; default: the outbox.")
    agents: dict[Name, Agent] = Field(default_factory=dict, max_length=1_000, description="Voice agents, by key.")
    limits: Limits = Field(default_factory=Limits, description="How fast and how often.")
    on_unknown: Literal["skip", "retry", "hold"] = Field(
        default="skip", description="What to do with a delivery of which nobody knows whether it was made (D2)."
    )
    webhooks: Webhooks = Field(default_factory=Webhooks, description="Events out and in.")
    retention: Retention = Field(default_factory=Retention, description="What pruning keeps, and how long.")
    fields: dict[DeclaredField, FieldDeclaration] = Field(
        default_factory=dict,
        max_length=10_000,
        description="Fields of leads, by name; others take their first value's type.",
    )
    policies: list[Policy] = Field(default_factory=list, max_length=100, description="Limits over all workflows.")
    consent: Consent = Field(default_factory=Consent, description="What has to be on record.")
    network: Network = Field(default_factory=Network, description="Where `api` steps may connect to.")

    @model_validator(mode="after")
    def _fields_agree(self) -> Project:
        for name, declared in self.fields.items():
            standard = STANDARD_FIELDS.get(name)
            if standard is not None and declared.type not in (None, standard):
                problem = f"the standard field `{name}` is of type {standard}, and stays so"
                raise invalid("wrong-field-type", problem, at=f"fields.{name}.type")
            if declared.example is not None:
                try:
                    check_value(name, declared.example, field_type(name, declared))
                except FieldTypeError as error:
                    raise invalid("wrong-field-type", str(error), at=f"fields.{name}.example") from None
        return self

    @model_validator(mode="after")
    def _policies_differ(self) -> Project:
        names = [policy.name for policy in self.policies]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise invalid("duplicate-name", f"there is a policy `{name}` already", at=f"policies.{index}.name")
        return self


def field_type(name: str, declared: FieldDeclaration) -> FieldType:
    """The type a declaration gives a field: its own, else the standard field's, else string (L1, L2)."""
    return declared.type or STANDARD_FIELDS.get(name, FieldType.STRING)
