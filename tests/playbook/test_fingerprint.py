"""A published version is named by the hash of its canonical form (P1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spara_cli.playbook.fingerprint import canonical, fingerprint
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow

OK = Path(__file__).parents[1] / "data" / "ok" / "every-step.yaml"
BASE = """
workflow: trial
trigger: {where: [{field: num_employees, op: at_least, value: 50}]}
steps:
  - {id: a, type: wait, for: 1 day 12 hours}
  - {type: send_text, body: "Hi"}
"""


def workflow_of(text: str) -> Workflow:
    parsed = parse_workflow(read_source("p.yaml", text.encode()))
    assert parsed.workflow is not None, parsed.diagnostics
    return parsed.workflow


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("workflow: trial", "# a comment\nworkflow: 'trial'"),
        ("1 day 12 hours", "P1DT12H"),
        ("1 day 12 hours", "36h"),
        ("{id: a, type: wait, for: 1 day 12 hours}", "{for: 36 hours, type: wait, id: a}"),
        ("value: 50", "value: 50.0"),
        ("value: 50}", "value: 50, case: ignore}"),
        ("trigger: {", "trigger: {backfill: true, reentry: never, active_within: 52 weeks 1 day, "),
        ("type: send_text,", "type: send_text, on: {}, class: marketing,"),
        ("{type: send_text", "{id: step-2-send-text, type: send_text"),
        ("steps:", "settings: {end_on_bounce: true}\nsteps:"),
    ],
)  # fmt: skip
def test_what_means_the_same_has_the_same_fingerprint(old: str, new: str) -> None:
    assert old in BASE
    assert fingerprint(workflow_of(BASE.replace(old, new))) == fingerprint(workflow_of(BASE))


def test_a_list_of_criteria_means_all_of_them() -> None:
    as_list = "[{field: num_employees, op: at_least, value: 50}]"
    assert fingerprint(workflow_of(BASE.replace(as_list, f"{{all: {as_list}}}"))) == fingerprint(workflow_of(BASE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id: a", "id: b"),
        ('"Hi"', '"Hi!"'),
        ("12 hours", "13 hours"),
        ("value: 50", "value: 51"),
        ("value: 50}", "value: 50, case: exact}"),
        ("at_least", "greater_than"),
        ("{type: send_text", "{id: other, type: send_text"),
        ("steps:", "settings: {end_on_bounce: false}\nsteps:"),
    ],
)
def test_what_a_lead_could_notice_changes_the_fingerprint(old: str, new: str) -> None:
    assert fingerprint(workflow_of(BASE.replace(old, new))) != fingerprint(workflow_of(BASE))


@pytest.mark.parametrize("text", [BASE, OK.read_text(encoding="utf-8")], ids=["small", "every-step"])
def test_the_canonical_form_read_again_is_the_same_workflow(text: str) -> None:
    workflow = workflow_of(text)
    again = Workflow.model_validate_json(json.dumps(canonical(workflow)), strict=True, by_alias=True, by_name=False)
    assert canonical(again) == canonical(workflow)
    assert fingerprint(again) == fingerprint(workflow)


def test_the_fingerprint_is_stable_between_releases() -> None:
    # Published versions are found by it: a change here needs a migration.
    assert fingerprint(workflow_of(BASE)) == "5bc697bd7ee6601d1e1f62142bcb96d84420b17ea2adf5a9e77f656b7d711af3"
