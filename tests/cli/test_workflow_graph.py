"""`spara workflow graph`: trees and flowcharts of published workflows and of files, with live counts."""

from __future__ import annotations

import io
import sys

import pytest

from spara_cli.cli.main import run
from tests.cli.conftest import ScratchProject
from tests.cli.workflows import DRIP, ODDS, enter


def test_a_published_workflow_is_drawn_with_its_counts(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 2)
    assert project.ok("workflow", "graph", "drip").out.splitlines()[3] == "├─ pause  wait  2 days  [2 here, 2 reached]"
    assert "[" not in project.ok("workflow", "graph", "drip", "--no-counts").out
    assert "2 here, 2 reached" in project.ok("workflow", "graph", "drip", "--format", "mermaid").out


def test_a_file_is_drawn_as_it_is_now_with_the_counts_of_what_was_published(project: ScratchProject) -> None:
    path = project.write("playbooks/drip.yaml", DRIP.replace("2 days", "3 days"))
    assert "[" not in project.ok("workflow", "graph", path).out
    project.publish(DRIP)
    enter(project, 1)
    assert "├─ pause  wait  3 days  [1 here, 1 reached]" in project.ok("workflow", "graph", path).out


def test_nodes_and_edges_are_data(project: ScratchProject) -> None:
    path = project.write("playbooks/odds.yaml", ODDS)
    answer = project.ok("workflow", "graph", path, "--json").answer
    assert (answer["workflow"], answer["path"], answer["version"], answer["start"]) == ("odds", path, None, "hello")
    nodes = {node["id"]: node for node in answer["nodes"]}
    assert nodes["never"] == {
        "id": "never",
        "type": "send_text",
        "name": None,
        "summary": '"no"',
        "reachable": False,
        "here": None,
        "reached": None,
    }
    assert {"from": "hello", "to": "end", "label": "failed"} in answer["edges"]
    assert {"from": "again", "to": "pause", "label": None} in answer["edges"]
    assert project.ok("workflow", "graph", path, "--format", "json").answer == answer


@pytest.mark.parametrize(
    ("word", "help"), [("dot", "come in a later release"), ("svg", "come in a later release"), ("png", "")]
)
def test_another_format_is_refused_with_those_there_are(project: ScratchProject, word: str, help: str) -> None:
    project.publish(DRIP)
    finished = project.run("workflow", "graph", "drip", "--format", word)
    assert (finished.code, finished.out) == (2, "")
    assert f"--format is one of tree, mermaid, json, not `{word}`" in finished.err
    assert help in finished.err


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_an_output_that_cannot_draw_boxes_gets_plain_ascii(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    project.write("playbooks/odds.yaml", ODDS.replace('body: "no"', 'body: "漢字"'))
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    code = run(["workflow", "graph", "odds"])
    stream.flush()
    text = written.getvalue().decode(encoding)
    assert code == 0
    assert '`- never  send_text  "\\u6f22\\u5b57"  (unreachable)' in text


def test_a_narrow_terminal_cuts_lines_and_a_pipe_does_not(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.publish(DRIP)
    whole = project.ok("workflow", "graph", "drip").out
    assert max(map(len, whole.splitlines())) > 40
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    lines = project.ok("workflow", "graph", "drip").out.splitlines()
    assert len(lines) == len(whole.splitlines())
    assert all(len(line) <= 40 for line in lines)
    assert any(line.endswith("…") for line in lines)
