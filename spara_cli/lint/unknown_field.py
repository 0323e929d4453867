"""A field is read that nobody has heard of.

## What it finds

In criteria and templates: a name that is no standard or system field, is not declared under `fields` in
`spara.yaml`, and is set by no step; and `event.<key>` where no event can have come. Each name is reported
once.

## Why it matters

A misspelt field is missing on every lead. A criterion on it is never true, and in a text it leaves a hole.
Fields of your own are welcome: declare them, and their type is checked as well.

## Bad

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi {{ frist_name }}"}
```

## Good

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi {{ first_name }}"}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Position, Severity, did_you_mean
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.lint.uses import Use
from spara_cli.steps.wait_for import WaitForStep

_ALWAYS_THERE = frozenset({"account", "rep"})
_DECLARE = "declare it under `fields` in spara.yaml, so that its type is known"


class UnknownField(Rule):
    """Leaves fields that a later step sets to `value-before-it-exists`."""

    name = "unknown-field"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """The first use of each unknown name."""
        told: set[str] = set()
        for use in context.uses:
            if use.name in told:
                continue
            if use.root == "event":
                if not context.gaps.any and not _event_is_there(context, use):
                    told.add(use.name)
                    message = f"`{use.name}` is read where no event can have come"
                    way_out = "give the trigger an `on`, or put a `wait_for` before this step"
                    yield self.found(context, use.span, message, help=way_out)
            elif use.root != "last_call" and not _is_known(context, use) and not _may_be_set(context, use):
                told.add(use.name)
                near = did_you_mean(use.name, {*context.field_types, *context.setters})
                way_out = f"did you mean `{near}`? If not, {_DECLARE}" if near else _DECLARE
                yield self.found(context, use.span, f"unknown field `{use.name}`", help=way_out)


def _is_known(context: LintContext, use: Use) -> bool:
    if use.reader != "trigger" and (use.name in context.setters or use.root in context.setters):
        return True
    return use.name in context.field_types or use.root in context.field_types or use.root in _ALWAYS_THERE


def _may_be_set(context: LintContext, use: Use) -> bool:
    """Whether a part that could not be read may set the field: the file names it where nothing reads it."""
    if not context.gaps.may_set and not context.gaps.lost:
        return False
    readings = [each.span for each in context.uses if each.root == use.root]
    name = re.compile(rf"(?<![\w.]){re.escape(use.root)}(?!\w)")
    places = (
        Position(number, found.start() + 1)
        for number, line in enumerate(context.source.lines, 1)
        for found in name.finditer(line)
    )
    return any(not any(span.start <= place < span.end for span in readings) for place in places)


def _event_is_there(context: LintContext, use: Use) -> bool:
    """Whether the trigger's event, or one that a `wait_for` got, can be read at this place."""
    if context.workflow.trigger.on is not None or use.reader == "match":
        return True
    waits = [identity for _, identity, step in context.steps if isinstance(step, WaitForStep)]
    if use.reader == "goal":
        return bool(waits)
    return any(use.step in context.graph.after(identity) for identity in waits)
