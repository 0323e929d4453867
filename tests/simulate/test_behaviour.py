"""The behaviour contract, executable: every pair in `tests/data/behaviour` goes through the command.

The one thing to know: a pair is named after its rule of the behaviour page (`S3-blocked-agent.yaml`), and its
cases take the page's sentences literally. A new promise is a new pair; no Python is needed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spara_cli.cli.main import run

FOLDER = Path(__file__).parents[1] / "data" / "behaviour"
PLAYBOOKS = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".test.yaml"))
WITH_CASES = {
    *("T1 T2 T3 T4 T5 T6 T7 T8 T9".split()),
    *("S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12".split()),
    *("X1 X2 X3 X4 P3 W3 W4".split()),
}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_the_engine_does_what_the_page_says(
    playbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # away from any spara.yaml
    code = run(["workflow", "test", str(playbook), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["invalid"] == []
    failed = [case["message"] for file in answer["files"] for case in file["cases"] if not case["passed"]]
    assert not failed
    assert code == 0
    assert not any(case["automatic"] for file in answer["files"] for case in file["cases"])


def test_every_rule_that_a_case_can_show_has_one() -> None:
    assert {path.stem.split("-")[0] for path in PLAYBOOKS} >= WITH_CASES


def test_every_playbook_of_the_corpus_has_its_test_beside_it() -> None:
    assert all(path.with_name(f"{path.stem}.test.yaml").is_file() for path in PLAYBOOKS)
