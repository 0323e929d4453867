"""The example playbooks are what a newcomer copies: they check out, their tests pass, and they keep the law.

The one thing to know: nothing is listed by name, so an example that is added is held to the same.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from spara_cli.cli.main import run
from spara_cli.cli.scaffold import examples
from spara_cli.cli.schema import SCHEMAS
from spara_cli.model.lead import STANDARD_FIELDS
from spara_cli.model.segments import measure_sms
from spara_cli.model.template import compile_template
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow, walk
from spara_cli.steps.send_email import SendEmailStep
from spara_cli.steps.send_text import SendTextStep

FOLDER = Path(__file__).parents[1] / "playbooks"
EXAMPLES = examples()
OPT_OUT = re.compile(r'Reply with a no|A "no" takes you off|Reply "unsubscribe"')
SOMEBODY = {"email": "ada@example.com", "account": {"name": "Acme Inc."}, "first_name": "Ada"}


@pytest.fixture(params=EXAMPLES)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    """Each example's workflow."""
    parsed = parse_workflow(read_source(request.param, EXAMPLES[request.param].playbook.encode("utf-8")))
    assert parsed.workflow is not None, parsed.diagnostics
    return parsed.workflow


@pytest.fixture(autouse=True)
def in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    code = run([*words, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["ok"] is (code == 0)
    return found


def test_there_are_five_and_each_has_its_tests() -> None:
    assert len(EXAMPLES) >= 5
    playbooks = {file.name for file in FOLDER.glob("*.yaml")} - {"spara.yaml"}
    assert playbooks == {f"{name}{suffix}" for name in EXAMPLES for suffix in (".yaml", ".test.yaml")}


def test_validate_finds_nothing_at_all_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "workflow", "validate", "--strict", ".")
    assert [file for file in found["files"] if file["diagnostics"]] == []
    assert len(found["files"]) == 2 * len(EXAMPLES) + 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_case_passes_and_every_step_and_branch_is_used(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "workflow", "test", f"{name}.test.yaml", "--coverage")
    (file,) = found["files"]
    assert [case["message"] for case in file["cases"] if not case["passed"]] == []
    assert file["workflow"] == name
    assert {key: file["coverage"][key].get("missing", []) for key in ("steps", "branches")} == {
        "steps": [],
        "branches": [],
    }


def test_the_cases_mean_the_same_without_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, example in EXAMPLES.items():
        (tmp_path / f"{name}.yaml").write_text(example.playbook, encoding="utf-8")
        (tmp_path / f"{name}.test.yaml").write_text(example.test, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["workflow", "test", "."]) == 0


def test_the_key_is_the_name_of_the_file() -> None:
    for name, example in EXAMPLES.items():
        for text in (example.playbook, example.test):
            data = read_source(name, text.encode("utf-8")).data
            assert isinstance(data, dict)
            assert data["workflow"] == name
        assert example.title
        assert example.description


def test_every_file_tells_editors_its_schema_and_fits_it() -> None:
    kinds = {"spara.yaml": "project"}
    for file in sorted(FOLDER.glob("*.yaml")):
        kind = kinds.get(file.name, "workflow-test" if file.name.endswith(".test.yaml") else "workflow")
        text = file.read_text(encoding="utf-8")
        assert text.splitlines()[0] == f"# yaml-language-server: $schema=../schemas/{kind}.schema.json"
        problems = Draft7Validator(SCHEMAS[kind]()).iter_errors(read_source(file.name, text.encode("utf-8")).data)
        assert [f"{file.name}: {problem.message}" for problem in problems] == []


def test_every_step_has_an_id_of_its_own(workflow: Workflow) -> None:
    assert [step.type for _, step in walk(workflow.steps) if step.id is None] == []


def test_every_email_to_a_lead_says_how_to_stop_them_or_answers_one(workflow: Workflow) -> None:
    emails = [step for _, step in walk(workflow.steps) if isinstance(step, SendEmailStep) and "lead" in step.to]
    assert [step.id for step in emails if step.is_marketing and not OPT_OUT.search(step.body)] == []


def test_no_subject_pretends_to_be_an_answer(workflow: Workflow) -> None:
    subjects = [step.subject for _, step in walk(workflow.steps) if isinstance(step, SendEmailStep)]
    assert [subject for subject in subjects if re.match(r"(?i)(re|fwd?)\s*:", subject)] == []


def test_every_text_says_stop_who_it_is_from_and_fits_into_one_segment(workflow: Workflow) -> None:
    for _, step in walk(workflow.steps):
        if isinstance(step, SendTextStep):
            body = compile_template(step.body).render(SOMEBODY)
            assert "Reply STOP to opt out." in body
            assert "Acme Inc." in body
            assert measure_sms(body).segments == 1, body


def test_every_variable_a_lead_may_lack_has_a_default(workflow: Workflow) -> None:
    sure = {"account.name", *_vouched_for(workflow)}
    for _, step in walk(workflow.steps):
        for _, text in step.templates():
            bare = {used.name for used in compile_template(text).variables if not used.guarded}
            assert bare <= sure, step.id


def _vouched_for(workflow: Workflow) -> set[str]:
    """The fields that the trigger asks to be there."""
    data = workflow.trigger.model_dump(by_alias=True)
    listed = json.dumps(data, default=str)
    return set(re.findall(r'"field": "([a-z_]+)", "op": "is_defined"', listed))


def test_spara_yaml_declares_every_field_that_is_not_standard() -> None:
    source = read_source("spara.yaml", (FOLDER / "spara.yaml").read_bytes())
    assert isinstance(source.data, dict)
    columns = (FOLDER / "leads.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    system = {"id", "last_active_at"}
    assert set(columns) - set(STANDARD_FIELDS) - system <= set(source.data["fields"])
    assert "windows" not in source.data, "the first run sends at any hour"
