"""Two steps share an id.

## What it finds

A step whose `id` another step of the workflow has already, in whichever branch.

## Why it matters

Routes, tests and the record of where a lead stands name steps by id. With two of one name, nobody can say
which is meant; leads would go to the first and never come to the second by `goto` or `next`.

## Bad

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi {{ first_name }}"}
  - {id: hello, type: send_text, body: "Still there?"}
```

## Good

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi {{ first_name }}"}
  - {id: still-there, type: send_text, body: "Still there?"}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.playbook.workflow import Path


class DuplicateStepId(Rule):
    """Points at the second, and at the first."""

    name = "duplicate-step-id"
    severity = Severity.ERROR
    ignorable = False

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every id after its first."""
        first: dict[str, Path] = {}
        for path, identity, step in context.steps:
            place = (*path, "id") if step.id is not None else path
            if identity in first:
                message = f"the id `{identity}` is taken by another step"
                label = (first[identity], "first used here")
                yield self.found(context, place, message, help="give each step an id of its own", label=label)
            first.setdefault(identity, place)
