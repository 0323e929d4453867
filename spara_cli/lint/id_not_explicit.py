"""A step has no id.

## What it finds

A step without `id`. spara derives one from its position and type, such as `step-2-wait`.

## Why it matters

A derived id changes when a step is put in front of it. Leads inside a published workflow stand at a step by
its id: after such an edit they would stand at another one, or at none. With an id of its own a step can move.

## Bad

```yaml
workflow: hello
steps:
  - {type: send_text, body: "Hi"}
```

## Good

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi"}
```

## Fix safety

The fix writes out the derived id. It is safe: the workflow and its fingerprint stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Fix, Severity, Span
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.playbook.complaints import step_named
from spara_cli.playbook.locate import value_at
from spara_cli.playbook.workflow import Path


class IdNotExplicit(Rule):
    """Offers the derived id, which is the one the step has anyway."""

    name = "id-not-explicit"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every step without an id, of those that could be read."""
        for path, identity, step in context.steps:
            written = value_at(context.source.data, path)
            if isinstance(written, dict) and "id" not in written and written.get("type") == step.type:
                message = f"{step_named(step.type)} without an `id`"
                way_out = f"its derived id is `{identity}` and changes with its position; give it one that stays"
                yield self.found(context, path, message, help=way_out, fix=_fix(context, path, identity))


def _fix(context: LintContext, path: Path, identity: str) -> Fix:
    start = context.source.span(path).start
    line = context.source.lines[start.line - 1]
    if line[start.column - 1 : start.column] == "{":
        return Fix(Span.of(start.line, start.column + 1, 0), f"id: {identity}, ")
    return Fix(Span.of(start.line, start.column, 0), f"id: {identity}\n{' ' * (start.column - 1)}")
