"""A workflow written out as YAML reads back as the same workflow, whatever its texts are (SPEC P1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from spara_cli.playbook.export import MODELINE, workflow_yaml
from spara_cli.playbook.fingerprint import fingerprint
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow

TRAPS = (
    "09:30", "9:30", "12:30:45", "1e3", "0o17", "0x1f", "1_000", ".5", "+.inf", ".nan", "yes", "no", "on", "off",
    "null", "~", "true", "=", "<<", "- a", "# c", "a: b", "a #b", "2026-03-02", "%x", "@x", "`x", "!x", "&x", "*x",
    "|", "> x", "?", "---", "...", "\ttab", " lead", "trail ", "a\n", "a\nb", "\na", "a\n\n\nb\n\n", "a \nb",
    " a\nb", "\u2028x\n", "\x85", "\ufeff", "x\r\ny", "\r", "é", "😀", "[a]", "a, b", "'q'", '"q"', "\\",
    "+12125550100", "{{ first_name }}", "\x1b[0m", "\x7f",
)  # fmt: skip
TEXTS = st.sampled_from(TRAPS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0{"), min_size=1, max_size=40
)


def workflow_of(text: str, other: str, items: list[str]) -> Workflow:
    when = [{"field": "stage", "op": "equals", "value": text}]
    content: dict[str, Any] = {
        "workflow": "w",
        "trigger": {"active_within": "P30D", "reentry": {"after_exit": "90 days"}},
        "steps": [
            {"type": "send_email", "subject": text, "body": other},
            {"type": "api", "url": "https://x.test", "json": {other: {text: items, "n": 1.5e20, "k": None, "o": {}}}},
            {"type": "update_lead", "set": {"stage": other, "tags": items}},
            {"type": "condition", "branches": [{"name": "N", "when": when, "steps": [{"type": "end"}]}], "on": {}},
            {"type": "time_of_day", "at": "09:30", "next": "end"},
            {"type": "call_phone", "agent": "a", "retry": {"attempts": 2, "every": "PT36H"}, "on": {"busy": "end"}},
        ],
    }
    return Workflow.model_validate_json(json.dumps(content))


@pytest.mark.parametrize("libyaml", [True, False])
@settings(max_examples=60, deadline=None)
@given(text=TEXTS, other=TEXTS, items=st.lists(TEXTS, max_size=4))
def test_p1_what_is_written_reads_back_with_the_same_fingerprint(
    libyaml: bool, text: str, other: str, items: list[str]
) -> None:
    try:
        workflow = workflow_of(text, other, items)
    except ValidationError:
        return  # a text no template may be
    source = read_source("w.yaml", workflow_yaml(workflow).encode(), libyaml=libyaml)
    read = parse_workflow(source)
    assert read.diagnostics == ()
    assert read.workflow is not None
    assert fingerprint(read.workflow) == fingerprint(workflow)


@pytest.mark.parametrize("text", TRAPS)
def test_a_reader_of_yaml_1_1_sees_the_same_texts(text: str) -> None:
    workflow = workflow_of(text, "x", [])
    assert yaml.safe_load(workflow_yaml(workflow))["steps"][0]["subject"] == text


def test_it_is_written_as_people_write_playbooks() -> None:
    lines = workflow_yaml(workflow_of("hot", "A\nB\n", ["a", "b"])).splitlines()
    assert lines[0] == MODELINE
    for line in (
        "    after_exit: 90 days",
        "    body: |",
        "      tags: [a, b]",
        "            - {field: stage, op: equals, value: hot}",
        "    at: '09:30'",
        "      every: 1 day 12 hours",
        "    on:",
        "  - id: step-1-send-email",
    ):
        assert line in lines, line
