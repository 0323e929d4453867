"""A branch stands behind the catch-all.

## What it finds

In a `condition`, a branch that comes after one without `when`.

## Why it matters

Branches are tried in order and the first that matches is taken. A branch without `when` matches everyone, so
nobody ever comes to those behind it.

## Bad

```yaml
workflow: hello
steps:
  - id: size
    type: condition
    branches:
      - {name: Everyone else}
      - {name: Large, when: {field: num_employees, op: at_least, value: 50}}
```

## Good

```yaml
workflow: hello
steps:
  - id: size
    type: condition
    branches:
      - {name: Large, when: {field: num_employees, op: at_least, value: 50}}
      - {name: Everyone else}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.steps import ConditionStep


class ShadowedBranch(Rule):
    """Reports each branch behind the first catch-all."""

    name = "shadowed-branch"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every branch that cannot be taken."""
        for path, _, step in context.steps:
            if not isinstance(step, ConditionStep) or context.gaps.astray(path):
                continue  # a misspelt `when` is no catch-all
            first = next((number for number, branch in enumerate(step.branches) if branch.when is None), None)
            if first is None:
                continue
            label = ((*path, "branches", first, "name"), "this one takes everyone")
            for number in range(first + 1, len(step.branches)):
                place = (*path, "branches", number, "name")
                message = f"the branch `{step.branches[number].name}` is never taken"
                yield self.found(context, place, message, help="put the catch-all last", label=label)
