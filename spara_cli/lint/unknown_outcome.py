"""A route waits for an outcome that the step cannot have.

## What it finds

An entry of `on` whose key is none of the step's outcomes. A `call_phone` step may have any, because agents
report dispositions of their own; the outcomes of `condition` and `split` are their branches' names.

## Why it matters

The route is never taken: the lead goes on as if it were not there.

## Bad

```yaml
workflow: hello
steps:
  - {id: enrich, type: api, url: "https://api.example.com/enrich", on: {failed: give-up}}
  - {id: hello, type: send_text, body: "Hi"}
  - {id: give-up, type: end, outcome: dropped}
```

## Good

```yaml
workflow: hello
steps:
  - {id: enrich, type: api, url: "https://api.example.com/enrich", on: {failure: give-up}}
  - {id: hello, type: send_text, body: "Hi"}
  - {id: give-up, type: end, outcome: dropped}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule, nearest
from spara_cli.playbook.complaints import step_named


class UnknownOutcome(Rule):
    """Asks each step for its own outcomes."""

    name = "unknown-outcome"
    severity = Severity.ERROR

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every key of an `on` that is no outcome of its step."""
        for path, _, step in context.steps:
            outcomes = step.outcomes
            if outcomes is None:
                continue
            for outcome in step.on:
                if outcome not in outcomes:
                    message = f"{step_named(step.type)} never ends with `{outcome}`"
                    nothing = "it has no outcomes; use `next` instead" if not outcomes else "see its branches' names"
                    way_out = nearest(outcome, outcomes, nothing)
                    yield self.found(context, (*path, "on", outcome), message, help=way_out, on_key=True)
