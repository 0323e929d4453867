"""`spara explain` and `spara schema`: a page for every name, and a way out for every slip."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from spara_cli.cli.explain import find, overview, page
from spara_cli.cli.explain_topics import CASE_RULES, TOPICS
from spara_cli.cli.explain_words import document, keys, nouns
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
    *CASE_RULES,
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
    assert shown <= {*(rule.name for rule in RULES), *READING_RULES, *CASE_RULES}


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


# Words and keys


def test_every_noun_of_the_glossary_has_a_page_in_any_case() -> None:
    assert len(nouns()) > 50
    for noun in nouns():
        assert page(noun.upper()) == page(noun) == page(noun.replace(" ", "-"))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hold", "Hold: It is not the time;"),
        ("Triggers", "Trigger: Decides which leads"),
        ("reentry", "Re-entry: Coming into the same workflow"),
        ("re-entry", "`trigger.reentry` in a playbook: "),
        ("windows", "Window: The hours in which"),
        ("policies", "Policy: A limit over all workflows"),
        ("criteria", "Criterion: One test of one field"),
        ("deliveries", "Delivery: One message"),
        ("MODE", "`mode` in spara.yaml: Where messages go"),
        ("mode", "outbox  files in the project's state folder"),
        ("wait", "Wait: A pause the playbook asks for."),
        ("ledger", "Delivery: One message"),
        ("prospect", "we say lead"),
        ("account.zone", "`account.zone` in spara.yaml: The IANA time zone"),
        ("phone_number", "`agents.<name>.phone_number` in spara.yaml: "),
        ("on_unknown", "`on_unknown` in spara.yaml: "),
    ],
)
def test_a_word_or_a_key_is_explained(word: str, said: str) -> None:
    assert said in page(word)


def test_every_key_of_the_settings_has_a_page() -> None:
    assert {"mode", "account.zone", "windows.email", "retention.messages", "webhooks.in.<name>.secret"} <= keys().keys()
    assert all(f"`{key}`" in page(key) for key in keys() if keys()[key])


def test_only_rule_numbers_with_a_page_are_cited() -> None:
    alive = set(re.findall(r"^### ([A-Z]\d{1,2}) ", document("behaviour.md", "reference"), re.M))
    for name in [*EVERY_NAME, *nouns(), *keys()]:
        text = page(name)
        assert "SPEC" not in text
        for cited in re.findall(r"\(([A-Z]\d{1,2}(?:[,–] ?[A-Z]\d{1,2})*)\)", text):
            assert set(re.findall(r"[A-Z]\d{1,2}", cited)) <= alive


def test_topics_name_only_options_that_there_are() -> None:
    source = "".join(file.read_text() for file in (Path(__file__).parents[2] / "spara_cli/cli").glob("*.py"))
    named = {option for topic in TOPICS for option in re.findall(r"--[a-z-]+", page(topic))}
    assert {option for option in named if f'"{option}"' not in source} == set()


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("outbx", "did you mean `outbox`?"),
        ("hodl", "did you mean `hold`?"),
        ("reten", "did you mean `retention`?"),
        ("inbox", "`spara explain` lists what there is"),
        ("zzz", "`spara explain` lists what there is"),
    ],
)
def test_only_a_near_spelling_is_suggested(word: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", word]) == 2
    assert capsys.readouterr().err.endswith(f"  = help: {hint}\n")


@pytest.mark.parametrize(
    ("word", "name", "kind"),
    [
        ("Holds", "hold", "word"),
        ("wait", "wait", "step"),
        ("equals", "equals", "operator"),
        ("[unknown-step]", "unknown-step", "rule"),
        ("modes", "modes", "topic"),
        ("t5", "T5", "behaviour"),
        ("network", "network", "key"),
        ("", "", "overview"),
    ],
)
def test_the_page_as_data(word: str, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--json", *([word] if word else [])]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["command"], answer["ok"], answer["name"], answer["kind"]) == ("explain", True, name, kind)
    assert answer["text"] == (find(word).text if word else overview())


def test_the_glossary_is_in_the_package() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '"docs/glossary.md" = "spara_cli/_docs/glossary.md"' in text
