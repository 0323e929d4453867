"""A value is used before the step that makes it.

## What it finds

A field that only steps of this workflow set, read at a step that none of them comes before on any path; and
`last_call` read where no call can have been made. Standard and declared fields are exempt, because a lead may
bring them along. So is a use that provides for the absence: `is_defined`, `is_not_defined`, a `default`
filter, an `if`.

## Why it matters

The value is missing on every lead at that point: the criterion is never true, the text has a hole. Values
from `api` and `prompt` can be used in later steps only.

## Bad

```yaml
workflow: hello
steps:
  - id: hot
    type: condition
    branches:
      - {name: Hot, when: {field: intent_score, op: at_least, value: 80}}
      - {name: Everyone else, steps: [{id: stop, type: end, outcome: dropped}]}
  - id: enrich
    type: api
    url: https://api.example.com/enrich
    extract: [{name: intent_score, type: integer, path: score}]
```

## Good

```yaml
workflow: hello
steps:
  - id: enrich
    type: api
    url: https://api.example.com/enrich
    extract: [{name: intent_score, type: integer, path: score}]
  - id: hot
    type: condition
    branches:
      - {name: Hot, when: {field: intent_score, op: at_least, value: 80}}
      - {name: Everyone else, steps: [{id: stop, type: end, outcome: dropped}]}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.lint.uses import Use
from spara_cli.playbook.workflow import Path
from spara_cli.steps.call_phone import CallPhoneStep


class ValueBeforeItExists(Rule):
    """Asks the graph what can come before what; a loop's later steps come before its earlier ones too."""

    name = "value-before-it-exists"
    severity = Severity.ERROR
    needs_graph = True

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every use that nothing can have come before."""
        if not context.graph.is_complete or context.gaps.unordered:
            return  # a route that is not known may have come here, or a step that could not be read set the value
        calls = [identity for _, identity, step in context.steps if isinstance(step, CallPhoneStep)]
        for use in context.uses:
            if use.asks_only:
                continue
            if use.root == "last_call":
                if not _comes_after(context, use, calls):
                    message = f"`{use.name}` is used before any call is made"
                    way_out = "put a `call_phone` step before this one"
                    yield self.found(context, use.span, message, help=way_out, label=_place_of(context, calls))
                continue
            makers = _makers(context, use)
            if makers and use.reader != "trigger" and not _comes_after(context, use, makers):
                message = f"`{use.name}` is used before the step that sets it"
                way_out = "use it in a later step; a field that leads bring along belongs in spara.yaml"
                yield self.found(context, use.span, message, help=way_out, label=_place_of(context, makers))


def _makers(context: LintContext, use: Use) -> list[str]:
    """The steps that set the field, when it can come from nowhere else."""
    if use.name in context.field_types or use.root in context.field_types:
        return []
    setters = context.setters.get(use.name) or context.setters.get(use.root, ())
    return [identity for identity, _ in setters]


def _comes_after(context: LintContext, use: Use, makers: list[str]) -> bool:
    if use.reader == "goal":  # looked at all along
        return bool(makers)
    return any(use.step in context.graph.after(identity) for identity in makers)


def _place_of(context: LintContext, makers: list[str]) -> tuple[Path, str] | None:
    if not makers:
        return None
    node = context.graph.nodes[makers[0]]
    return ((*node.path, "id") if node.step.id is not None else node.path), "it comes from here"
