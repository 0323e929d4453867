"""A playbook's content as one model: trigger, settings and steps (FORMATS, A playbook)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from spara_cli.model.criteria import Where
from spara_cli.model.fields import Duration, Node, Pause, WorkflowKey, invalid
from spara_cli.steps import AnyStep, BaseStep

STEPS_MAX = 1_000
EVENT_NAMES = ("call_ended", "lead_created", "lead_updated", "email_reply", "text_reply", "page_visited")
"""The events a trigger may name besides `webhook:<name>` and words of one's own (T7)."""


class AfterExit(Node):
    """May enter again, this long after having left."""

    after_exit: Pause = Field(description="How long after the exit, such as `90 days`.")


class PerKey(Node):
    """May enter once for each value of a key of the event."""

    per: str = Field(
        min_length=1, description="The event's key, such as `order_id`; without an event, the lead's field."
    )


def _which_reentry(value: Any) -> Any:
    if value == "never" or isinstance(value, dict | Node):
        return value
    raise invalid("invalid-value", "`reentry` is `never`, {after_exit: DURATION} or {per: KEY}")


Reentry = Annotated[Literal["never"] | AfterExit | PerKey, BeforeValidator(_which_reentry)]


class Trigger(Node):
    """Who enters (T1–T7). Without `on` every matching lead does; with it, on each such event."""

    on: str | None = Field(default=None, min_length=1, description="An event that lets leads in, such as `call_ended`.")
    where: Where | None = Field(default=None, description="Criteria; a list means all of them.")
    active_within: Duration = Field(
        default=timedelta(days=365), description="Only leads active this recently; not for events or entry by hand."
    )
    reentry: Reentry = Field(default="never", description="Whether a lead may come in again; default `never`.")
    backfill: bool = Field(default=True, description="Whether publishing enters the leads that match already.")


class Goal(Node):
    """Leaves as soon as the criteria are true (X2)."""

    where: Where = Field(description="Criteria; a list means all of them.")
    outcome: str = Field(default="goal", pattern=r"^[a-z][a-z0-9_-]*$", max_length=60, description="The exit's reason.")


class WorkflowSettings(Node):
    """What ends an enrollment early, and a few rules; all optional."""

    end_on_email_reply: bool = Field(default=True, description="A reply to one of this workflow's emails ends it.")
    end_on_text_reply: bool = Field(default=True, description="A text back to the number that texted ends it.")
    end_on_call_answer: bool = Field(default=True, description="An answered call ends it; voicemail is no answer.")
    end_on_unsubscribe: bool = Field(default=True, description="An unsubscribe, or STOP by text, ends it.")
    end_on_bounce: bool = Field(default=True, description="A bounce of one of this workflow's emails ends it.")
    goal: Goal | None = Field(default=None, description="Criteria that end it as soon as they are true.")
    late_after: Duration = Field(
        default=timedelta(hours=6), description="A channel step later than this holds until its next window starts."
    )
    exclusive_group: str | None = Field(
        default=None, min_length=1, max_length=100, description="A lead is in only one workflow of the group at a time."
    )


class Workflow(Node):
    """One workflow: its key, who enters, and the steps each lead goes through."""

    workflow: WorkflowKey = Field(description="The key: kebab-case, unique in the project.")
    name: str | None = Field(default=None, max_length=200, description="A name for people.")
    description: str | None = Field(default=None, description="What the workflow is for.")
    trigger: Trigger = Field(default_factory=Trigger, description="Which leads enter.")
    settings: WorkflowSettings = Field(default_factory=WorkflowSettings, description="Exits and other rules.")
    steps: list[AnyStep] = Field(min_length=1, description="What happens to each lead, in order.")

    @model_validator(mode="after")
    def _not_too_many(self) -> Workflow:
        count = sum(1 for _ in walk(self.steps))
        if count > STEPS_MAX:
            raise invalid("too-many-steps", f"{count} steps; a workflow has at most {STEPS_MAX}", at="steps")
        return self


Path = tuple[str | int, ...]


def walk(steps: list[AnyStep], path: Path = ("steps",)) -> Iterator[tuple[Path, BaseStep]]:
    """Every step with its path in the file, in reading order, branches included."""
    for index, step in enumerate(steps):
        here = (*path, index)
        yield here, step
        for number, branch in enumerate(step.branches_of):
            yield from walk(list(branch.body), (*here, "branches", number, "steps"))  # type: ignore[arg-type]


def derived_id(path: Path, step: BaseStep) -> str:
    """The id of a step that gives none: its 1-based position, then its type (S1)."""
    numbers = [str(part + 1) for part in path if isinstance(part, int)]
    return f"step-{'-'.join(numbers)}-{step.type.replace('_', '-')}"


def step_id(path: Path, step: BaseStep) -> str:
    """The step's id, given or derived."""
    return step.id if step.id is not None else derived_id(path, step)
