"""Everything that is wrong with a playbook: `check_playbook(source) -> list[Diagnostic]` (SPEC V1).

The one thing to know: a mistake in one step hides none elsewhere. Of a file with errors what can be read is
salvaged and looked at by every rule that cannot be misled by what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spara_cli.diagnostics import Diagnostic, in_order
from spara_cli.lint import RULES
from spara_cli.lint.gaps import gaps_of
from spara_cli.lint.ignores import apply_ignores
from spara_cli.lint.rule import LintContext
from spara_cli.model.lead import FieldType
from spara_cli.model.rules import Agent
from spara_cli.playbook.complaints import Problem
from spara_cli.playbook.parse import Parsed, parse_workflow
from spara_cli.playbook.salvage import salvage
from spara_cli.playbook.source import Source

DUPLICATE_WORKFLOW = "duplicate-workflow"

_IGNORABLE = {rule.name: rule.ignorable for rule in RULES}


def check_playbook(
    source: Source,
    declared: Mapping[str, FieldType] | None = None,
    workflows: frozenset[str] | None = None,
    *,
    agents: Mapping[str, Agent] | None = None,
    notify: frozenset[str] | None = None,
) -> list[Diagnostic]:
    """Every finding of one playbook, in order.

    `declared`, `agents` and `notify` are the field types, the agents and the names of the notify channels of
    `spara.yaml`; `workflows` the keys of all playbooks of the project. What is None is not known, and nothing
    is concluded from it.
    """
    return check_parsed(parse_workflow(source), declared, workflows, agents=agents, notify=notify)


def check_parsed(
    parsed: Parsed,
    declared: Mapping[str, FieldType] | None = None,
    workflows: frozenset[str] | None = None,
    *,
    agents: Mapping[str, Agent] | None = None,
    notify: frozenset[str] | None = None,
) -> list[Diagnostic]:
    """The same for a playbook that was parsed already."""
    source, workflow = parsed.source, parsed.workflow
    problems: tuple[Problem, ...] = ()
    if workflow is None and source.readable:
        salvaged = salvage(source.data)
        if salvaged is not None:
            workflow, problems = salvaged.workflow, salvaged.problems
    if workflow is None:
        return in_order(parsed.diagnostics)
    gaps = gaps_of(source, problems)
    context = LintContext(source, workflow, declared or {}, workflows, agents, notify, gaps)
    # With two steps of one id a graph of ids would show ways that nobody wrote.
    distinct = len({identity for _, identity, _ in context.steps}) == len(context.steps)
    findings = [found for rule in RULES if distinct or not rule.needs_graph for found in rule.check(context)]
    whole = distinct and not gaps.any and context.graph.is_complete
    kept = apply_ignores(source, findings, _IGNORABLE, report_unused=whole)
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
