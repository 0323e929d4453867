"""Steps lead back to themselves and nothing on the way takes time.

## What it finds

A loop in which no step is a `wait`, a `time_of_day` or a `wait_for`, and none carries a `max_visits` of its
own.

## Why it matters

A lead in such a loop goes round as fast as the machine can, a hundred times, then leaves with
`too_many_visits`: a hundred texts in a minute is nobody's intention. A loop that takes time, or one with a
bound you have set, is fine.

## Bad

```yaml
workflow: hello
steps:
  - {id: nudge, type: send_text, body: "Still there?"}
  - {id: again, type: goto, step: nudge}
```

## Good

```yaml
workflow: hello
steps:
  - {id: nudge, type: send_text, body: "Still there?", max_visits: 3}
  - {id: pause, type: wait, for: 2 days}
  - {id: again, type: goto, step: nudge}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.playbook.graph import Edge


class LoopWithoutPause(Rule):
    """Looks for cycles in what is left of the graph without the steps that pause or bound."""

    name = "loop-without-pause"
    severity = Severity.ERROR
    needs_graph = True

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every such loop once, at the route that closes it."""
        graph = context.graph
        calm = [
            node.id
            for node in graph.nodes.values()
            # A step that could not be read may take time, or lead elsewhere; so may those inside it.
            if node.step.TAKES_TIME or node.step.max_visits is not None or context.gaps.touch(node.path)
        ]
        for loop in [] if context.gaps.lost else graph.loops(without=calm):
            back = _closing_edge(context, loop)
            node = graph.nodes[back.source]
            target = graph.nodes[back.target]
            place = back.path or (*node.path, "id")
            label = ((*target.path, "id"), "the loop begins here") if target is not node else None
            message = f"a loop without a pause: {' → '.join([*_shown(loop), loop[0]])}"
            way_out = "put a `wait` on the way round, or a `max_visits` on one of the steps"
            yield self.found(context, place, message, help=way_out, label=label)


def _closing_edge(context: LintContext, loop: tuple[str, ...]) -> Edge:
    """The first edge inside the loop that leads back, one that is written down before one that is not."""
    nodes, inside = context.graph.nodes, set(loop)
    back = [
        edge
        for edge in context.graph.edges
        if {edge.source, edge.target} <= inside and nodes[edge.target].position <= nodes[edge.source].position
    ]
    return min(back, key=lambda edge: (edge.path is None, nodes[edge.source].position))


def _shown(loop: tuple[str, ...]) -> tuple[str, ...]:
    return loop if len(loop) <= 5 else (*loop[:4], "…", loop[-1])
