"""The tree of a workflow: branches, routes, loops and what nobody reaches, in boxes or in plain ASCII."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.cells import cell_len

from spara_cli.output.graph_tree import ASCII, BOX, glyphs_for, render_tree
from spara_cli.playbook.graph import StepGraph
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.funnel import StepFunnel

HOT = [{"field": "stage", "op": "equals", "value": "hot"}]
STEPS: list[dict[str, Any]] = [
    {"id": "hello", "type": "send_text", "body": "Hi", "on": {"failed": "end"}},
    {"id": "pause", "type": "wait", "for": "1 day"},
    {
        "id": "tier",
        "type": "condition",
        "on": {"Lost": "stop"},
        "branches": [
            {"name": "Hot", "when": HOT, "steps": [{"id": "again", "type": "goto", "step": "pause"}]},
            {"name": "Lost", "when": HOT},
            {"name": "Warm", "when": HOT},
        ],
    },
    {"id": "ab", "type": "split", "branches": [{"name": "A", "weight": 3}, {"name": "B"}]},
    {"id": "hop", "type": "wait", "for": "1 hour", "next": "last"},
    {"id": "stop", "type": "end", "outcome": "dropped"},
    {"id": "last", "type": "send_text", "body": "Bye", "only_if": HOT},
    {"id": "out", "type": "goto", "step": "end"},
    {"id": "never", "type": "notify", "channel": "sales", "body": "x"},
]


def workflow(steps: list[dict[str, Any]], **keys: Any) -> Workflow:
    return Workflow.model_validate_json(json.dumps({"workflow": "w", "steps": steps, **keys}))


def tree(flow: Workflow, counts: dict[str, StepFunnel] | None = None, **options: Any) -> str:
    return render_tree(flow, StepGraph(flow), counts, **options)


def test_branches_are_sub_trees_routes_are_arrows_and_loops_are_marked() -> None:
    assert tree(workflow(STEPS, name="A name")).splitlines() == [
        "w  A name",
        "├─ enters: every lead, active within the last 365 days, once, ever",
        '├─ hello  send_text  "Hi"',
        "│  └─ failed → end",
        "├─ pause  wait  1 day",
        "├─ tier  condition",
        '│  ├─ Hot: stage is "hot"',
        "│  │  └─ again  goto → pause ↺",
        '│  ├─ Lost: stage is "hot" → stop',
        '│  ├─ Warm: stage is "hot"',
        "│  └─ none matches: leaves as no_branch_matched",
        "├─ ab  split",
        "│  ├─ A 75%",
        "│  └─ B 25%",
        "├─ hop  wait  1 hour",
        "│  └─ then → last",
        "├─ stop  end  leaves as dropped",
        '├─ last  send_text  "Bye"  only if stage is "hot"',
        "├─ out  goto → end",
        '└─ never  notify  sales, to the team: "x"  (unreachable)',
    ]


def test_a_condition_at_which_leads_stay_says_so() -> None:
    stays = {"id": "c", "type": "condition", "otherwise": "stay", "branches": [{"name": "Hot", "when": HOT}]}
    assert "└─ none matches: stays until a field changes" in tree(workflow([stays]))


def test_next_of_a_condition_is_only_for_those_who_skip_it() -> None:
    split = {"id": "ab", "type": "split", "branches": [{"name": "A"}, {"name": "B"}], "next": "end"}
    assert "end" not in tree(workflow([split]))
    assert "└─ skipped → end" in tree(workflow([{**split, "only_if": HOT}]))


def test_plain_ascii_says_the_same() -> None:
    drawn = tree(workflow(STEPS), glyphs=ASCII)
    assert drawn.isascii()
    assert "|  |  `- again  goto -> pause (loop)" in drawn
    assert len(drawn.splitlines()) == len(tree(workflow(STEPS)).splitlines())


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", BOX), ("cp437", ASCII), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("no-such", ASCII)],
)
def test_boxes_are_drawn_only_where_the_encoding_has_them(encoding: str | None, glyphs: object) -> None:
    assert glyphs_for(encoding) is glyphs


def test_counts_stand_behind_the_steps_and_older_steps_below() -> None:
    counts = {
        "hello": StepFunnel("hello", "send_text", 1_200, 7, 5, 0, 2, 1),
        "pause": StepFunnel("pause", "wait", 0, 0, 0, 0, 0, 0),
        "old": StepFunnel("old", "wait", 9, 4, 0, 0, 0, 0, older=True),
    }
    lines = tree(workflow(STEPS), counts).splitlines()
    assert lines[2].endswith("  [7 here (2 held, 1 blocked), 1,200 reached]")
    assert lines[4] == "├─ pause  wait  1 day"
    assert lines[-2:] == ["└─ only in older versions", "   └─ old  wait  [4 here, 9 reached]"]


@pytest.mark.parametrize("glyphs", [BOX, ASCII])
@pytest.mark.parametrize("width", [20, 40])
def test_no_line_is_wider_than_the_terminal(glyphs: object, width: int) -> None:
    wide = workflow([{"id": "w", "type": "send_text", "body": "漢字" * 40}])
    for flow in (wide, workflow(STEPS)):
        lines = tree(flow, glyphs=glyphs, width=width).splitlines()
        assert all(cell_len(line) <= width for line in lines)


def test_an_authors_text_stays_on_one_line_and_steers_nothing() -> None:
    drawn = tree(workflow([{"id": "x", "type": "send_text", "body": "a\nb\x1b[2J\u202e"}], name="n\n\x07"))
    assert len(drawn.splitlines()) == 3
    assert not {"\x1b", "\x07", "\u202e"} & set(drawn)
