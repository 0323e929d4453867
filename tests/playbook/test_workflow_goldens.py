"""One bad playbook for each kind of mistake, with what a person sees: tests/data/err/workflow/*.yaml and .out."""

from __future__ import annotations

from pathlib import Path

import pytest

from spara_cli.diagnostics import Diagnostic
from spara_cli.lint.check import check_playbook
from spara_cli.output.text import render_text
from spara_cli.playbook.source import read_source
from tests.conftest import Golden

FOLDER = Path(__file__).parents[1] / "data" / "err" / "workflow"
MODELINE = "missing-modeline"


def findings(file: Path) -> list[Diagnostic]:
    """What is wrong with a file, save that it has no modeline, which none of them has."""
    source = read_source(file.name, file.read_bytes())
    return [found for found in check_playbook(source) if found.rule != MODELINE]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_bad_playbook_is_told_about_as_its_golden_file_says(file: Path, golden: Golden) -> None:
    found = findings(file)
    assert found
    text = render_text(found, {file.name: file.read_text(encoding="utf-8")}, colour=False)
    golden(file.with_suffix(".out"), text)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_place_of_a_bad_playbook_is_complained_of_twice(file: Path) -> None:
    places = [(found.span, found.rule) for found in findings(file)]
    several_at_once = {"missing-key", "unused-ignore", "wrong-operator-value"}
    assert len({place for place in places if place[1] not in several_at_once}) == len(
        [place for place in places if place[1] not in several_at_once]
    )
