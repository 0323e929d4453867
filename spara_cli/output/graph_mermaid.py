"""A workflow as a Mermaid flowchart, for READMEs, pull requests and wikis that draw it.

The one thing to know: nothing of the author's reaches Mermaid as syntax. Nodes are called `s0`, `s1`, …; in
labels every sign that could mean something to Mermaid, to its Markdown or to HTML is a numeric entity
(`#34;`), as its documentation asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from spara_cli.model.fields import END
from spara_cli.output.text import visible
from spara_cli.output.words import step_in_words, trigger_in_words
from spara_cli.playbook.graph import NO_BRANCH, Edge, Node, StepGraph
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.funnel import StepFunnel
from spara_cli.steps import ConditionStep

EDGES_MAX = 500
"""What Mermaid draws unless its `maxEdges` is raised."""

# `-`, `_` and `.` are kept between two letters or digits, where no list, emphasis or heading can begin.
_SPECIAL = re.compile(r"(?<![A-Za-z0-9])[-_.]|[-_.](?![A-Za-z0-9])|[^\w\s.,()/-]")
_SHAPES: Mapping[str, tuple[str, str]] = {
    "condition": ("{", "}"),
    "split": ("{", "}"),
    "wait": ("([", "])"),
    "time_of_day": ("([", "])"),
    "wait_for": ("([", "])"),
    "api": ("[[", "]]"),
    "prompt": ("[[", "]]"),
    "end": ("((", "))"),
}


def render_mermaid(workflow: Workflow, graph: StepGraph, counts: Mapping[str, StepFunnel] | None) -> str:
    """The flowchart's text, without a line break at the end. `counts` are the funnel's steps by id."""
    numbers = {identity: f"s{node.position}" for identity, node in graph.nodes.items()}
    enters = [workflow.name or workflow.workflow, *trigger_in_words(workflow.trigger)]
    lines = ["flowchart TD", f"    enters([{_label(enters)}])"]
    lines += [f"    {numbers[node.id]}{_node(node, (counts or {}).get(node.id))}" for node in graph.nodes.values()]
    edges = list(_edges(graph))
    if any(edge.target == END for edge in edges):
        lines.append(f"    leaves(({_label(['leaves'])}))")
    lines.append(f"    enters --> {numbers[graph.start]}")
    for edge in edges:
        label = f"|{_label([edge.label])}|" if edge.label else ""
        lines.append(f"    {numbers[edge.source]} -->{label} {numbers.get(edge.target, 'leaves')}")
    unreachable = [numbers[identity] for identity in graph.nodes if identity not in graph.reachable]
    if unreachable:
        lines.append("    classDef unreachable stroke-dasharray: 4 3")
        lines.append(f"    class {','.join(unreachable)} unreachable")
    return "\n".join(lines)


def _node(node: Node, count: StepFunnel | None) -> str:
    opening, closing = _SHAPES.get(node.step.type, ("[", "]"))
    parts = [node.id, f"{node.step.type} {step_in_words(node.step)}"]
    if count is not None and (count.here or count.reached):
        parts.append(f"{count.here:,} here, {count.reached:,} reached")
    return f"{opening}{_label(parts)}{closing}"


def _edges(graph: StepGraph) -> Iterator[Edge]:
    """The edges, without the way out of a condition at which leads stay."""
    for edge in graph.edges:
        step = graph.nodes[edge.source].step
        if not (isinstance(step, ConditionStep) and step.otherwise == "stay" and edge.label == NO_BRANCH):
            yield edge


def _label(parts: list[str]) -> str:
    return f'"{"<br/>".join(_escaped(part) for part in parts)}"'


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", visible(text))
