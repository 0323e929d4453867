"""Everything that is wrong with a playbook: `check_playbook(source) -> list[Diagnostic]` (SPEC V1).

The one thing to know: a mistake in one step hides none elsewhere. Of a file with errors what can be read is
salvaged and looked at by every rule that cannot be misled by what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spara_cli.diagnostics import Diagnostic, Severity, in_order
from spara_cli.lint import RULES
from spara_cli.lint.ignores import apply_ignores
from spara_cli.lint.rule import LintContext
from spara_cli.model.lead import FieldType
from spara_cli.playbook.parse import Parsed, parse_workflow
from spara_cli.playbook.salvage import salvage
from spara_cli.playbook.source import Source

DUPLICATE_WORKFLOW = "duplicate-workflow"

_IGNORABLE = {rule.name: rule.ignorable for rule in RULES}


def check_playbook(
    source: Source, declared: Mapping[str, FieldType] | None = None, workflows: frozenset[str] | None = None
) -> list[Diagnostic]:
    """Every finding of one playbook, in order.

    `declared` are the field types of `spara.yaml`; `workflows` the keys of all playbooks of the project, None
    when they are not known.
    """
    return check_parsed(parse_workflow(source), declared, workflows)


def check_parsed(
    parsed: Parsed, declared: Mapping[str, FieldType] | None = None, workflows: frozenset[str] | None = None
) -> list[Diagnostic]:
    """The same for a playbook that was parsed already."""
    source, workflow = parsed.source, parsed.workflow
    whole = workflow is not None and not any(each.severity is Severity.ERROR for each in source.diagnostics)
    if workflow is None and source.readable:
        workflow = salvage(source.data)
    if workflow is None:
        return in_order(parsed.diagnostics)
    context = LintContext(source, workflow, declared or {}, workflows)
    # With two steps of one id a graph of ids would show ways that nobody wrote.
    whole = whole and len({identity for _, identity, _ in context.steps}) == len(context.steps)
    findings = [found for rule in RULES if whole or not rule.needs_whole for found in rule.check(context)]
    kept = apply_ignores(source, findings, _IGNORABLE, report_unused=whole and context.graph.is_complete)
    return in_order([*parsed.diagnostics, *kept])


def duplicate_workflows(playbooks: Iterable[Parsed]) -> Iterator[Diagnostic]:
    """Every playbook whose key another one, earlier in the list, has."""
    first: dict[str, Parsed] = {}
    for parsed in playbooks:
        key = workflow_key(parsed)
        if key is None:
            continue
        if key in first:
            other = first[key].source
            line = other.span(("workflow",)).start.line
            message = f"the workflow `{key}` is in {other.path}:{line} already"
            span = parsed.source.span(("workflow",))
            yield Diagnostic(parsed.source.path, span, DUPLICATE_WORKFLOW, message, help="give it a key of its own")
        first.setdefault(key, parsed)


def workflow_key(parsed: Parsed) -> str | None:
    """The key a playbook gives its workflow, also where other things are wrong with it."""
    data = parsed.source.data
    key = data.get("workflow") if isinstance(data, dict) else None
    return key if isinstance(key, str) else None
