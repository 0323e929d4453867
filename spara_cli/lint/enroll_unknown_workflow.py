"""A lead is to enter a workflow that is not there.

## What it finds

An `enroll` step whose `workflow` is the key of no playbook in the project. It is looked for only when the
project's playbooks are known, so not for a file read from standard input.

## Why it matters

The step is refused for every lead. It is a warning, because the other workflow may be published from another
repository.

## Bad

```yaml
workflow: hello
steps:
  - {id: hand-over, type: enroll, workflow: onbording}
```

## Good

```yaml
workflow: hello
steps:
  - {id: hand-over, type: enroll, workflow: onboarding}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule, nearest
from spara_cli.steps.enroll import EnrollStep


class EnrollUnknownWorkflow(Rule):
    """Knows the keys of every playbook that was checked together with this one."""

    name = "enroll-unknown-workflow"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every `enroll` into nowhere."""
        if context.workflows is None:
            return
        known = context.workflows | {context.workflow.workflow}
        for path, _, step in context.steps:
            if isinstance(step, EnrollStep) and step.workflow not in known:
                way_out = nearest(step.workflow, known, "no playbook here has that key")
                message = f"there is no workflow `{step.workflow}`"
                yield self.found(context, (*path, "workflow"), message, help=way_out)
