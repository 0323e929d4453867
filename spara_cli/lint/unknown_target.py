"""A route leads to a step that does not exist.

## What it finds

A `next`, an entry of `on`, or the `step` of a `goto` that names neither a step of this workflow nor `end`.

## Why it matters

Mostly it is a slip of the pen, or a step that was renamed in one place. A lead that took the route would
have nowhere to go, so the workflow cannot be published.

## Bad

```yaml
workflow: hello
steps:
  - {id: dial, type: call_phone, agent: ada, on: {no_answer: nurtrue}}
  - {id: nurture, type: send_text, body: "We tried to call you."}
```

## Good

```yaml
workflow: hello
steps:
  - {id: dial, type: call_phone, agent: ada, on: {no_answer: nurture}}
  - {id: nurture, type: send_text, body: "We tried to call you."}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule, nearest
from spara_cli.model.fields import END
from spara_cli.playbook.workflow import Path
from spara_cli.steps import BaseStep
from spara_cli.steps.goto import GotoStep


class UnknownTarget(Rule):
    """Knows every id in the file, also those of steps that could not be read."""

    name = "unknown-target"
    severity = Severity.ERROR
    ignorable = False

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every target that is no step."""
        known = frozenset(identity for _, identity, _ in context.steps) | {END}
        unknown = [each for path, _, step in context.steps for each in _targets(path, step) if each[1] not in known]
        if unknown:
            written = frozenset(_ids_in(context.source.data))
            for place, target in unknown:
                if target not in written:
                    way_out = nearest(target, known, "the target is a step's id, or `end`")
                    yield self.found(context, place, f"there is no step `{target}`", help=way_out)


def _targets(path: Path, step: BaseStep) -> Iterator[tuple[Path, str]]:
    if step.next is not None:
        yield (*path, "next"), step.next
    for outcome, target in step.on.items():
        yield (*path, "on", outcome), target
    if isinstance(step, GotoStep):
        yield (*path, "step"), step.step


def _ids_in(data: object) -> Iterator[str]:
    """The ids as written, wherever a list of steps is."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("id"), str):
                yield value["id"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
