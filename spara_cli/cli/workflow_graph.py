"""`spara workflow graph`: the way through a workflow, as a tree for the terminal or as a Mermaid flowchart."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.cli.looking import Subject
    from spara_cli.playbook.graph import StepGraph
    from spara_cli.runtime.funnel import StepFunnel

_FORMATS = ("tree", "mermaid", "json")
_LATER = ("dot", "svg")


def graph(
    name: str = typer.Argument(..., metavar="NAME|PATH", help="A workflow's key, or a playbook file."),
    format: str = typer.Option("tree", "--format", metavar="tree|mermaid|json", help="How to draw it."),
    counts: bool = typer.Option(True, "--counts/--no-counts", help="How many leads are where, when it is published."),
    json: bool = typer.Option(False, "--json", help="The same as --format json: nodes and edges."),
) -> int:
    """Draw a workflow as a tree or a Mermaid diagram.

    Steps, branches, routes by outcome and loops; steps that nobody can reach are marked. Mermaid's text goes into a
    ```mermaid block of a README or a pull request.

    Examples:
      spara workflow graph inbound-demo
      spara workflow graph playbooks/inbound-demo.yaml --format mermaid --no-counts
    """
    from spara_cli.cli.looking import counts_of, find_subject, say, terminal_width, world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.output.graph_mermaid import EDGES_MAX, render_mermaid
    from spara_cli.output.graph_tree import glyphs_for, render_tree
    from spara_cli.playbook.graph import StepGraph

    chosen = "json" if json else _format(format)
    config = settings()
    with world_if_any(config) as world:
        subject = find_subject(name, config, world, command="workflow graph", json=chosen == "json")
        if subject is None:
            return EXIT_FINDINGS
        numbers = counts_of(world, subject) if counts else None
    steps = StepGraph(subject.workflow)
    if chosen == "json":
        out(_as_json(subject, steps, numbers))
    elif chosen == "mermaid":
        if len(steps.edges) >= EDGES_MAX:
            note(f"{len(steps.edges)} edges: Mermaid draws {EDGES_MAX} unless its `maxEdges` is raised")
        say(render_mermaid(subject.workflow, steps, numbers))
    else:
        glyphs = glyphs_for(sys.stdout.encoding)
        say(render_tree(subject.workflow, steps, numbers, glyphs=glyphs, width=terminal_width()))
    return EXIT_OK


def _format(word: str) -> str:
    if word in _FORMATS:
        return word
    hint = f"{' and '.join(_LATER)} come in a later release" if word in _LATER else None
    raise UsageError(f"--format is one of {', '.join(_FORMATS)}, not `{word}`", hint=hint)


def _as_json(subject: Subject, steps: StepGraph, counts: Mapping[str, StepFunnel] | None) -> str:
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.words import step_in_words

    nodes = [
        {
            "id": node.id,
            "type": node.step.type,
            "name": node.step.name,
            "summary": step_in_words(node.step),
            "reachable": node.id in steps.reachable,
            "here": counts[node.id].here if counts is not None and node.id in counts else None,
            "reached": counts[node.id].reached if counts is not None and node.id in counts else None,
        }
        for node in steps.nodes.values()
    ]
    keys = {
        "workflow": subject.workflow.workflow,
        "version": subject.version.version if subject.version is not None else None,
        "path": subject.path,
        "start": steps.start,
        "nodes": nodes,
        "edges": [{"from": edge.source, "to": edge.target, "label": edge.label or None} for edge in steps.edges],
    }
    return dumps(envelope("workflow graph", True, **keys))
