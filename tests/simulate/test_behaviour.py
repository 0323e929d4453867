"""The behaviour contract, executable: every pair in `tests/data/behaviour` goes through the command.

The one thing to know: a pair is named after its rule of the behaviour page (`S3-blocked-agent.yaml`), and its
cases take the page's sentences literally. A new promise is a new pair; no Python is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spara_cli.cli.main import run

FOLDER = Path(__file__).parents[1] / "data" / "behaviour"
PLAYBOOKS = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".test.yaml"))
WITH_CASES = {
    *("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9"),
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12"),
    *("X1", "X2", "X3", "X4", "P3", "W3", "W4"),
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the command says of the whole corpus, run away from any spara.yaml."""
    written: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SPARA_")]:
            patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        patch.setattr("spara_cli.cli.workflow_test.out", written.append)
        run(["workflow", "test", str(FOLDER), "--json"])
    told: Mapping[str, Any] = json.loads("".join(written))
    return told


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_the_engine_does_what_the_page_says(playbook: Path, answer: Mapping[str, Any]) -> None:
    tests = str(playbook.with_name(f"{playbook.stem}.test.yaml"))
    (file,) = [file for file in answer["files"] if file["path"] == tests]
    assert file["cases"]
    assert [f"{case['name']}: {case['message']}" for case in file["cases"] if not case["passed"]] == []


def test_every_file_of_the_corpus_is_valid_and_has_its_twin(answer: Mapping[str, Any]) -> None:
    assert answer["invalid"] == []
    assert len(answer["files"]) == len(PLAYBOOKS)
    assert all(path.with_name(f"{path.stem}.test.yaml").is_file() for path in PLAYBOOKS)


def test_every_rule_that_a_case_can_show_has_one() -> None:
    assert {path.stem.split("-")[0] for path in PLAYBOOKS} >= WITH_CASES
