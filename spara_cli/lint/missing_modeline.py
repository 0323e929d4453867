"""A playbook does not say which schema it follows.

## What it finds

A playbook without a `# yaml-language-server: $schema=…` comment above its first key.

## Why it matters

With it, editors complete keys, show what each one means, and mark mistakes while you type. Without it many
editors take a file in a folder named `playbooks` for one of Ansible's and mark everything as wrong.

## Bad

```yaml
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi"}
```

## Good

```yaml
# yaml-language-server: $schema=../schemas/workflow.schema.json
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi"}
```

## Fix safety

The fix adds a comment as the first line. It is safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Fix, Severity, Span
from spara_cli.lint.rule import LintContext, Rule

MODELINE = "# yaml-language-server: $schema=../schemas/workflow.schema.json"
_IS_MODELINE = re.compile(r"#\s*yaml-language-server:\s*\$schema=\S")


class MissingModeline(Rule):
    """Looks only at the comments on top."""

    name = "missing-modeline"
    severity = Severity.INFO

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """One finding at the first line, or none."""
        for line in context.source.lines:
            if _IS_MODELINE.match(line.strip()):
                return
            if line.strip() and not line.lstrip().startswith(("#", "---")):
                break
        start = context.source.span(()).start
        fix = Fix(Span.of(1, 1, 0), f"{MODELINE}\n")
        message = "no `# yaml-language-server:` line: editors do not know this is a playbook"
        yield self.found(context, Span(start, context.source.span(()).end), message, fix=fix)
