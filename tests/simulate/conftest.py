"""What the tests of playbook tests share: a playbook and a test file as text, checked and run in memory."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from spara_cli.diagnostics import Diagnostic
from spara_cli.model.rules import Agent, Rules
from spara_cli.playbook.parse import parse_model, parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.simulate.case import Subject, subject_of
from spara_cli.simulate.testfile import TestFile
from spara_cli.simulate.verdict import CaseResult, run_tests

Ran = tuple[list[CaseResult], list[Diagnostic]]
RunYaml = Callable[[str, str], Ran]
Compile = Callable[[str], Subject]

RULES = Rules(agents={"ada": Agent("ada", "+12125550199")})


def _subject(playbook: str) -> Subject:
    parsed = parse_workflow(read_source("demo.yaml", f"workflow: demo\n{dedent(playbook)}".encode()))
    assert parsed.workflow is not None, parsed.diagnostics
    return subject_of(parsed.workflow, RULES)


def _run(playbook: str, tests: str) -> Ran:
    source = read_source("demo.test.yaml", f"workflow: demo\n{dedent(tests)}".encode())
    model, diagnostics = parse_model(source, TestFile)
    if model is None:
        return [], list(diagnostics)
    result, found = run_tests(model, _subject(playbook), source)
    return ([] if result is None else list(result.cases)), found


@pytest.fixture
def run_yaml() -> RunYaml:
    """`run_yaml(playbook, tests)`: the cases as they went, or the diagnostics of the test file."""
    return _run


@pytest.fixture
def compiled() -> Compile:
    """`compiled(playbook)`: the workflow under test, under rules with one agent `ada`."""
    return _subject
