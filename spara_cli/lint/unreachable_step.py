"""No lead can ever come to a step.

## What it finds

A step that no path from the first step leads to: behind an `end` or a `goto`, or behind a condition of
which every branch leaves. Of several in a row only the first is reported.

## Why it matters

What it would send is never sent. Either a route to it is missing, or it can be deleted.

## Bad

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi"}
  - {id: give-up, type: end, outcome: dropped}
  - {id: nudge, type: send_text, body: "Still there?"}
```

## Good

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi"}
  - {id: pause, type: wait, for: 2 days}
  - {id: nudge, type: send_text, body: "Still there?"}
  - {id: give-up, type: end, outcome: dropped}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.playbook.workflow import Path


class UnreachableStep(Rule):
    """Follows every edge of the graph from the first step."""

    name = "unreachable-step"
    severity = Severity.WARNING
    needs_graph = True

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """The first of each group of steps that nothing leads to."""
        graph = context.graph
        # Where a target is unknown, or a step's routes could not be read, any step may have been meant.
        astray = any(context.gaps.astray(graph.nodes[identity].path) for identity in graph.reachable)
        certain = graph.is_complete and not astray and not context.gaps.lost
        explained = set(graph.reachable if certain else graph.nodes)
        for node in graph.nodes.values():
            if node.id in explained:
                continue
            explained |= graph.reachable_from([node.id])
            place = (*node.path, "id") if node.step.id is not None else node.path
            message = f"`{node.id}` can never be reached"
            way_out = "lead a route to it, or delete it"
            yield self.found(context, place, message, help=way_out, label=_last_before(context, node.path))


def _last_before(context: LintContext, path: Path) -> tuple[Path, str] | None:
    """The step just above in the same list, at which every path turns off."""
    *parents, index = path
    if not isinstance(index, int) or index == 0:
        return None
    above = (*parents, index - 1)
    written = (*above, "id")
    return (written if written in context.source.nodes else above), "every path ends here or goes elsewhere"
