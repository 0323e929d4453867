"""A message to the team goes to a channel that is not there.

## What it finds

A `notify` step whose `channel` is not declared under `channels.notify` in `spara.yaml`. It is looked for only
when there is a `spara.yaml`.

## Why it matters

In the outbox and in tests the message becomes a file like any other. In live mode every lead that comes to
the step is blocked there until the channel is declared (S4).

## Bad

With a channel `sales` in `spara.yaml`:

```yaml
workflow: hello
steps:
  - {id: tell-us, type: notify, channel: slaes, body: "A lead came in."}
```

## Good

```yaml
workflow: hello
steps:
  - {id: tell-us, type: notify, channel: sales, body: "A lead came in."}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule, nearest
from spara_cli.steps.notify import NotifyStep


class ChannelMissing(Rule):
    """Knows the names under `channels.notify`."""

    name = "channel-missing"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every `notify` to a name that is not declared."""
        if context.notify is None:
            return
        for path, _, step in context.steps:
            if isinstance(step, NotifyStep) and step.channel not in context.notify:
                way_out = nearest(
                    step.channel, context.notify, "declare it under `channels: {notify: …}` in spara.yaml"
                )
                message = f"there is no notify channel `{step.channel}` in spara.yaml"
                yield self.found(context, (*path, "channel"), message, help=way_out)
