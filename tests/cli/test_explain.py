"""`spara explain` and `spara schema`: a page for every name, and a way out for every slip."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from spara_cli.cli.explain import overview, page
from spara_cli.cli.explain_topics import TOPICS
from spara_cli.cli.main import run
from spara_cli.cli.schema import SCHEMAS, main
from spara_cli.lint import RULES
from spara_cli.lint.reading_rules import READING_RULES
from spara_cli.model.operators import OPERATORS
from spara_cli.steps import STEP_TYPES

GOLDENS = Path(__file__).parents[1] / "data" / "err"
EVERY_NAME = [
    *(rule.name for rule in RULES),
    *READING_RULES,
    *STEP_TYPES,
    *OPERATORS,
    *TOPICS,
    "operators",
    "T5",
    "s10",
]


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_name_has_a_page(name: str) -> None:
    text = page(name)
    assert len(text.splitlines()) >= 2
    assert text.endswith("\n")
    assert "None" not in text


def test_no_two_pages_have_one_name() -> None:
    assert len(set(EVERY_NAME)) == len(EVERY_NAME)


def test_every_rule_that_a_golden_file_shows_has_a_page() -> None:
    shown = {
        rule
        for file in GOLDENS.rglob("*.out")
        for rule in re.findall(r"^\S+:\d+:\d+: .*\[([a-z0-9-]+)\]$", file.read_text(), re.M)
    }
    assert shown <= {*(rule.name for rule in RULES), *READING_RULES}


@pytest.mark.parametrize("name", STEP_TYPES)
def test_a_step_page_has_every_setting_with_its_description(name: str) -> None:
    text = page(name)
    for key, field in STEP_TYPES[name].model_fields.items():
        if key != "type":
            assert re.search(rf"^  {re.escape(field.alias or key)} ", text, re.MULTILINE)
            assert field.description


def test_a_slip_is_exit_2_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "unreachable-setp"]) == 2
    assert capsys.readouterr().err.endswith("  = help: did you mean `unreachable-step`?\n")
    assert run(["explain", "T55"]) == 2
    assert "allowed: `T1`" in capsys.readouterr().err


def test_without_a_name_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    assert capsys.readouterr().out == overview()
    assert all(re.search(rf"\b{re.escape(name)}\b", overview()) for name in EVERY_NAME if name not in ("T5", "s10"))


def test_a_name_may_come_as_it_stands_in_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert page("[unknown-key]") == page("unknown-key")
    assert run(["explain", "T5"]) == 0
    assert capsys.readouterr().out.startswith("T5 ")


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_prints_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("http://json-schema.org/draft-07/")


def test_an_unknown_schema_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "worflow"]) == 2
    assert "did you mean `workflow`?" in capsys.readouterr().err


def test_schema_files_are_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(tmp_path)]) == 1
    assert main(["--write", str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "workflow.schema.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check", str(tmp_path)]) == 1
    assert "workflow.schema.json is stale" in capsys.readouterr().err
    assert main([]) == 2
