"""The Mermaid flowchart of a workflow: nothing an author writes is ever syntax.

The one thing to know: the grammar below is the part of Mermaid's that is used, and stricter than it. The real
parser (mermaid 11.17 under Node) read the flowcharts of these tests when they were written.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.output.graph_mermaid import render_mermaid
from spara_cli.playbook.graph import StepGraph
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.funnel import StepFunnel

LABEL = r'"(?:[^"#;&<>`%{}\[\]|\\\n]|#\d+;|<br/>)*"'
LINE = re.compile(
    rf"    (?:\w+(?:\(\({LABEL}\)\)|\(\[{LABEL}\]\)|\[\[{LABEL}\]\]|\[{LABEL}\]|\{{{LABEL}\}})"
    rf"|\w+ -->(?:\|{LABEL}\|)? \w+"
    r"|classDef unreachable stroke-dasharray: 4 3|class s\d+(?:,s\d+)* unreachable)"
)
HOSTILE = (
    "end", 'quo"te', "semi;colon", "#35;", "%%{init: {}}%%", "a --> b", "<script>alert(1)</script>", "`**md**`",
    "1. list", "- list", "# head", "style a:b#c;", "classDef x:y#1;", "{{ first_name }}", "a|b", "[[x]]", "\\",
    "a\nb", "&amp;", "漢字 é 😀", "subgraph x", "graph TD", "___", "...",
)  # fmt: skip


def drawn(steps: list[dict[str, Any]], counts: dict[str, StepFunnel] | None = None, **keys: Any) -> list[str]:
    workflow = Workflow.model_validate_json(json.dumps({"workflow": "w", "steps": steps, **keys}))
    return render_mermaid(workflow, StepGraph(workflow), counts).splitlines()


def steps_saying(text: str) -> list[dict[str, Any]]:
    """One step of each shape, saying `text` wherever an author may."""
    when = [{"field": text.strip() or "x", "op": "equals", "value": text}]
    return [
        {"type": "send_text", "body": f"x{text}", "on": {"failed": "end"}},
        {"type": "condition", "branches": [{"name": f"n{text}"[:100], "when": when}]},
        {"type": "wait_for", "event": f"e{text}", "timeout": "1 day"},
        {"type": "api", "url": "https://x.test/", "extract": [{"name": "score", "path": "a"}]},
        {"type": "notify", "channel": f"c{text}"[:100], "body": f"y{text}"},
        {"type": "call_phone", "agent": f"a{text}", "on": {f"o{text}": "end"}},
    ]


def test_steps_are_nodes_and_ways_are_edges() -> None:
    steps: list[dict[str, Any]] = [
        {"id": "end-it", "type": "send_text", "body": "Hi", "on": {"failed": "end"}},
        {"id": "wait", "type": "wait", "for": "1 day"},
        {"id": "bye", "type": "end", "outcome": "dropped"},
        {"id": "never", "type": "wait", "for": "1 day"},
    ]
    assert drawn(steps) == [
        "flowchart TD",
        '    enters(["w<br/>every lead<br/>active within the last 365 days<br/>once, ever"])',
        '    s0["end-it<br/>send_text #34;Hi#34;"]',
        '    s1(["wait<br/>wait 1 day"])',
        '    s2(("bye<br/>end leaves as dropped"))',
        '    s3(["never<br/>wait 1 day"])',
        '    leaves(("leaves"))',
        "    enters --> s0",
        '    s0 -->|"failed"| leaves',
        "    s0 --> s1",
        "    s1 --> s2",
        '    s2 -->|"dropped"| leaves',
        "    s3 --> leaves",
        "    classDef unreachable stroke-dasharray: 4 3",
        "    class s3 unreachable",
    ]


def test_counts_stand_in_the_nodes() -> None:
    counts = {"a": StepFunnel("a", "wait", 1_200, 3, 0, 0, 0, 0)}
    lines = drawn([{"id": "a", "type": "wait", "for": "1 day"}], counts)
    assert '    s0(["a<br/>wait 1 day<br/>3 here, 1,200 reached"])' in lines


def test_a_condition_at_which_leads_stay_has_no_way_out_for_those_that_do() -> None:
    where = [{"field": "stage", "op": "equals", "value": "hot"}]
    stays = {"id": "c", "type": "condition", "otherwise": "stay", "branches": [{"name": "Hot", "when": where}]}
    lines = drawn([stays, {"id": "e", "type": "end"}])
    assert not [line for line in lines if "no branch" in line]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_an_author_writes_is_syntax(text: str) -> None:
    head, *lines = drawn(steps_saying(text), name=text)
    assert head == "flowchart TD"
    assert [line for line in lines if not LINE.fullmatch(line)] == []


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30))
def test_any_name_reads_as_it_was_written_once_the_entities_are_decoded(text: str) -> None:
    wait = {"type": "wait", "for": "1 day"}
    line = drawn([wait], name=f"n{text}")[1]
    assert LINE.fullmatch(line)
    shown = html.unescape(re.sub(r"#(\d+);", r"&#\1;", line.split("<br/>")[0]))
    if text.isprintable():
        assert shown == f'    enters(["n{text}'
