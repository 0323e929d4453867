"""Pydantic types that several models share: durations, times, ids, templates, with their schema text.

Models are validated from JSON in strict mode; a type here says in one sentence what it wants, and its
JSON schema accepts what the validator accepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from spara_cli.model.duration import DURATION_PATTERN, iso_duration, parse_duration
from spara_cli.model.localtime import parse_time
from spara_cli.model.template import TemplateError, compile_template

KEY_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
STEP_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
END = "end"
"""The reserved step id that means completed (S8)."""


class Node(BaseModel):
    """Base of every model read from a file: closed, frozen, strict."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def invalid(rule: str, message: str, **context: Any) -> PydanticCustomError:
    """An error that becomes a diagnostic named `rule`; `at` in the context narrows the place to a key."""
    return PydanticCustomError(rule, "{problem}", {"problem": message, **context})


def _duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        named = f"`{value} seconds`, `{value} minutes` or `{value} days`, whichever is meant"
        way_out = {"help": f"name the unit: {named}"} if type(value) in (int, float) else {}
        raise invalid("invalid-duration", "a duration is text with a unit, such as `2 days`", **way_out)
    try:
        return parse_duration(value)
    except ValueError as error:
        raise invalid("invalid-duration", str(error)) from None


def _time(value: Any) -> time:
    if not isinstance(value, str) or not re.fullmatch(TIME_PATTERN, value):
        full = f"{value:0>5}" if isinstance(value, str) else ""
        way_out = {"help": f'write "{full}"'} if re.fullmatch(TIME_PATTERN, full) else {}
        raise invalid("invalid-time", 'a time of day is quoted text, two digits each, such as "09:30"', **way_out)
    return parse_time(value)


def _template(value: str) -> str:
    try:
        compile_template(value)
    except TemplateError as error:
        raise invalid("template-error", str(error)) from None
    return value


def _step_id(value: str) -> str:
    if not re.fullmatch(STEP_ID_PATTERN, value):
        raise invalid("invalid-id", "an id is letters, digits, `-` and `_`, beginning with a letter or digit")
    if value == END:
        raise invalid("invalid-id", "`end` is reserved: it means the workflow is completed")
    return value


def _key(value: str) -> str:
    if not re.fullmatch(KEY_PATTERN, value):
        raise invalid("invalid-id", "a workflow's key is kebab-case: lower-case letters, digits and single `-`")
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(iso_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]


def _at_least(least: timedelta, words: str) -> Callable[[timedelta], timedelta]:
    def check(value: timedelta) -> timedelta:
        if value < least:
            raise invalid("invalid-duration", f"it lasts at least {words}")
        return value

    return check


Pause = Annotated[Duration, AfterValidator(_at_least(timedelta(minutes=1), "1 minute"))]
"""A duration in which a lead rests: a minute or more, so that no loop spins."""
Timeout = Annotated[Duration, AfterValidator(_at_least(timedelta(seconds=1), "1 second"))]
"""A duration somebody is waited for."""
TimeOfDay = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
TemplateText = Annotated[str, AfterValidator(_template)]
StepId = Annotated[str, AfterValidator(_step_id), WithJsonSchema({"type": "string", "pattern": STEP_ID_PATTERN})]
Target = Annotated[str, Field(min_length=1, description="The id of a step, or `end`.")]
WorkflowKey = Annotated[str, AfterValidator(_key), WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})]
FieldName = Annotated[str, Field(min_length=1, max_length=100)]
