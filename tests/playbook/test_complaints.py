"""The way out that a mistake is told with: what somebody who comes from another tool, or is in a hurry, meant."""

from __future__ import annotations

import pytest

from spara_cli.playbook.other_names import step_meant
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.steps import STEP_TYPES

API = 'api, url: "https://a.test"'


def told(step: str) -> list[tuple[str, str | None]]:
    source = read_source("p.yaml", f"workflow: trial\nsteps:\n  - {{id: a, type: {step}}}\n".encode())
    return [(each.message, each.help) for each in parse_workflow(source).diagnostics]


@pytest.mark.parametrize(
    ("step", "way_out"),
    [
        ("send_sms, body: x", "did you mean `send_text`?"),
        ('time_of_day, at: "9:30"', 'write "09:30"'),
        ("time_of_day, at: 9:30", 'write "09:30"'),
        (f"{API}, timeout: 3", "name the unit: `3 seconds`, `3 minutes` or `3 days`, whichever is meant"),
        (f"{API}, method: post", "did you mean `POST`?"),
        ('end, only_if: {field: n, op: at_least, value: "20"}', "write it without quotes: 20"),
    ],
)
def test_the_help_names_what_was_meant(step: str, way_out: str) -> None:
    assert [help for _, help in told(step)] == [way_out]


def test_a_short_time_is_told_that_it_wants_two_digits_each() -> None:
    assert told('time_of_day, at: "9:30"')[0][0] == 'a time of day is quoted text, two digits each, such as "09:30"'


@pytest.mark.parametrize(
    ("elsewhere", "here"),
    [
        ("sms", "send_text"), ("E-Mail", "send_email"), ("mail", "send_email"), ("call", "call_phone"),
        ("delay", "wait"), ("if", "condition"), ("branch", "condition"), ("webhook", "api"), ("HTTP", "api"),
        ("slack", "notify"), ("A/B test", "split"), ("wiat", "wait"),
    ],
)  # fmt: skip
def test_a_name_from_another_tool_is_understood(elsewhere: str, here: str) -> None:
    assert step_meant(elsewhere, STEP_TYPES) == f"did you mean `{here}`?"
