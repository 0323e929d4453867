"""A call is to be made by an agent that cannot make it.

## What it finds

A `call_phone` step whose `agent` is not declared under `agents` in `spara.yaml`, is not published, or has no
phone number. It is looked for only when there is a `spara.yaml`.

## Why it matters

Every lead that comes to the step is blocked there until the agent is mended. It is a warning, because the
playbook may be written before its agent.

## Bad

With an agent `inbound-sdr` in `spara.yaml`:

```yaml
workflow: hello
steps:
  - {id: dial, type: call_phone, agent: inbound-srd}
```

## Good

```yaml
workflow: hello
steps:
  - {id: dial, type: call_phone, agent: inbound-sdr}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule, nearest
from spara_cli.playbook.locate import value_at
from spara_cli.steps.call_phone import CallPhoneStep


class AgentMissing(Rule):
    """Asks what the engine asks when a lead comes to the call (S3)."""

    name = "agent-missing"
    severity = Severity.WARNING

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every call that would block."""
        if context.agents is None:
            return
        for path, _, step in context.steps:
            place = (*path, "agent")
            # What stands in for a step that could not be read names an agent that nobody wrote.
            if not isinstance(step, CallPhoneStep) or value_at(context.source.data, place) != step.agent:
                continue
            agent = context.agents.get(step.agent)
            if agent is None:
                message = f"there is no agent `{step.agent}` in spara.yaml"
                way_out = nearest(step.agent, context.agents, "declare it under `agents` in spara.yaml")
            elif not agent.published:
                message = f"the agent `{step.agent}` is not published"
                way_out = "set `published: true` for it in spara.yaml"
            elif agent.phone_number is None:
                message = f"the agent `{step.agent}` has no number to call from"
                way_out = "give it a `phone_number` in spara.yaml"
            else:
                continue
            yield self.found(context, place, message, help=way_out)
