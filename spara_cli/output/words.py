"""A playbook's parts in a few words of English: criteria, the trigger, the settings, one step.

The one thing to know: everything here is one line that cannot steer a terminal; what authors wrote is
cropped and made visible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from spara_cli.model.criteria import AllOf, Criterion, NotOf, WhereNode
from spara_cli.model.duration import format_duration
from spara_cli.output.text import visible
from spara_cli.playbook.workflow import AfterExit, PerKey, Trigger, WorkflowSettings
from spara_cli.steps import BaseStep, ConditionStep, SplitStep
from spara_cli.steps.api import ApiStep
from spara_cli.steps.call_phone import CallPhoneStep
from spara_cli.steps.end import EndStep
from spara_cli.steps.enroll import EnrollStep
from spara_cli.steps.goto import GotoStep
from spara_cli.steps.notify import NotifyStep
from spara_cli.steps.prompt import PromptStep
from spara_cli.steps.send_email import SendEmailStep
from spara_cli.steps.send_text import SendTextStep
from spara_cli.steps.time_of_day import TimeOfDayStep
from spara_cli.steps.update_lead import UpdateLeadStep
from spara_cli.steps.wait import WaitStep
from spara_cli.steps.wait_for import WaitForStep

CROP = 60
"""Characters of an author's text that are quoted."""

_PHRASES: Mapping[str, str] = {
    "equals": "is {}",
    "is_not": "has a value other than {}",
    "matches": "matches {}",
    "one_of": "is one of {}",
    "between": "is between {}",
    "contains_any": "contains any of {}",
    "greater_than": "is greater than {}",
    "less_than": "is less than {}",
    "at_least": "is at least {}",
    "at_most": "is at most {}",
    "length_equals": "has {} elements",
    "length_greater_than": "has more than {} elements",
    "length_less_than": "has fewer than {} elements",
    "before": "is before {}",
    "after": "is after {}",
    "on": "is on {}",
    "within_last": "lies within the last {}",
    "more_than_ago": "lies more than {} ago",
    "within_next": "lies within the next {}",
    "more_than_ahead": "lies more than {} ahead",
    "is_defined": "has a value",
    "is_not_defined": "is missing",
}
_EXITS = (
    ("end_on_email_reply", "email reply"),
    ("end_on_text_reply", "text reply"),
    ("end_on_call_answer", "answered call"),
    ("end_on_unsubscribe", "unsubscribe"),
    ("end_on_bounce", "bounce"),
)


def cropped(text: str, length: int = CROP) -> str:
    """The text's first line that says anything, made visible, with `…` where something is left out."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = visible(lines[0].strip()) if lines else ""
    if len(first) > length:
        return first[: length - 1] + "…"
    return f"{first} …" if len(lines) > 1 else first


def where_in_words(where: WhereNode) -> str:
    """Criteria as one line: `num_employees is greater than 50 and (stage is "new" or tags contains "vip")`."""
    return _words(where, nested=False)


def trigger_in_words(trigger: Trigger) -> list[str]:
    """Who enters, a line for each thing to know."""
    lines = [f"on the event {visible(trigger.on)}" if trigger.on is not None else "every lead that matches"]
    if trigger.where is not None:
        parts = trigger.where.all if isinstance(trigger.where, AllOf) else [trigger.where]
        lines += [
            f"{'where' if number == 0 else 'and'} {_words(part, nested=True)}" for number, part in enumerate(parts)
        ]
    elif trigger.on is None:
        lines = ["every lead"]
    if trigger.on is None:
        lines.append(f"active within the last {format_duration(trigger.active_within)}")
        if not trigger.backfill:
            lines.append("not the leads that match already when it is published")
    if isinstance(trigger.reentry, AfterExit):
        lines.append(f"again {format_duration(trigger.reentry.after_exit)} after leaving")
    elif isinstance(trigger.reentry, PerKey):
        lines.append(f"once for each {visible(trigger.reentry.per)}")
    else:
        lines.append("once, ever")
    return lines


def settings_in_words(settings: WorkflowSettings) -> dict[str, str]:
    """The settings by heading: what ends an enrollment early, the goal, and the other rules."""
    ends = [word for name, word in _EXITS if getattr(settings, name)]
    stays = [word for name, word in _EXITS if not getattr(settings, name)]
    found = {"ends on": ", ".join(ends) or "nothing"}
    if stays:
        found["goes on after"] = ", ".join(stays)
    if settings.goal is not None:
        found["goal"] = f"{where_in_words(settings.goal.where)} (leaves as {settings.goal.outcome})"
    found["late after"] = format_duration(settings.late_after)
    if settings.exclusive_group is not None:
        found["exclusive group"] = visible(settings.exclusive_group)
    return found


def step_in_words(step: BaseStep) -> str:
    """What a step does, without its id and type, as one short line."""
    return _STEPS[type(step)](step)


def _words(where: WhereNode, *, nested: bool) -> str:
    if isinstance(where, Criterion):
        return _criterion(where)
    if isinstance(where, NotOf):
        return f"not ({_words(where.not_, nested=False)})"
    children, word = (where.all, " and ") if isinstance(where, AllOf) else (where.any, " or ")
    if len(children) == 1:
        return _words(children[0], nested=nested)
    text = word.join(_words(child, nested=True) for child in children)
    return f"({text})" if nested else text


def _criterion(criterion: Criterion) -> str:
    field = visible(criterion.field)
    phrase = _PHRASES.get(criterion.op)
    if criterion.value is None:
        return f"{field} {phrase or criterion.op.replace('_', ' ')}"
    value = criterion.value
    if criterion.op == "between" and isinstance(value, list):
        shown = " and ".join(map(str, value))
    elif criterion.op in ("within_last", "more_than_ago", "within_next", "more_than_ahead"):
        shown = visible(str(value))
    else:
        shown = _value(value)
    exact = " (case exact)" if criterion.case == "exact" else ""
    said = phrase.replace("{}", shown) if phrase is not None else f"{criterion.op.replace('_', ' ')} {shown}"
    return f"{field} {said}{exact}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return f'"{cropped(text)}"'


def _sent_to(step: SendEmailStep) -> str:
    more = "".join(f", {word} {len(list_)}" for word, list_ in (("cc", step.cc), ("bcc", step.bcc)) if list_)
    return f"to {' and '.join(dict.fromkeys(step.to))}{more}: {_quoted(step.subject)}"


def _call(step: CallPhoneStep) -> str:
    retry = f", up to {step.retry.attempts} times every {format_duration(step.retry.every)}" if step.retry else ""
    return f"agent {visible(step.agent)}{retry}{' (qa)' if step.mode == 'qa' else ''}"


def _wait(step: WaitStep) -> str:
    return f"until {visible(step.until_field or '')}" if step.for_ is None else format_duration(step.for_)


def _time_of_day(step: TimeOfDayStep) -> str:
    days = f" on {', '.join(step.days)}" if step.days else ""
    return f"until {step.at:%H:%M}{days}{' on the lead’s clock' if step.zone == 'lead' else ''}"


def _wait_for(step: WaitForStep) -> str:
    match = f" where {where_in_words(step.match)}" if step.match is not None else ""
    limit = f", at most {_span(step.timeout)}" if step.timeout is not None else ""
    return f"{visible(step.event)}{match}{limit}"


def _span(span: timedelta) -> str:
    return format_duration(span)


def _split(step: SplitStep) -> str:
    total = sum(branch.weight for branch in step.branches)
    return ", ".join(f"{cropped(branch.name)} {branch.weight / total:.0%}" for branch in step.branches)


def _extracts(names: list[str]) -> str:
    return f" for {', '.join(map(visible, names))}" if names else ""


_STEPS: Mapping[type[BaseStep], Callable[[Any], str]] = {
    SendEmailStep: _sent_to,
    SendTextStep: lambda step: _quoted(step.body),
    CallPhoneStep: _call,
    NotifyStep: lambda step: f"{visible(step.channel)}, to the {step.to}: {_quoted(step.title or step.body)}",
    WaitStep: _wait,
    TimeOfDayStep: _time_of_day,
    ConditionStep: lambda step: ", ".join(cropped(branch.name) for branch in step.branches),
    SplitStep: _split,
    ApiStep: lambda step: f"{step.method} {cropped(step.url)}{_extracts([item.name for item in step.extract])}",
    PromptStep: lambda step: f"{_quoted(step.instructions)}{_extracts([item.name for item in step.extract])}",
    WaitForStep: _wait_for,
    UpdateLeadStep: lambda step: "sets " + ", ".join(map(visible, step.set)),
    EnrollStep: lambda step: f"into {step.workflow}",
    GotoStep: lambda step: f"to {visible(step.step)}",
    EndStep: lambda step: f"leaves as {step.outcome}",
}
