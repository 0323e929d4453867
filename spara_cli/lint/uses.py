"""Where a workflow reads a lead's fields: in criteria, in templates, in `until_field`.

Rules that reason about fields share this walk. Every use knows its place in the file and the step at which
it is read, so that a rule can ask whether anything was there by then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from spara_cli.diagnostics import Position, Span
from spara_cli.model.criteria import AllOf, AnyOf, Criterion, NotOf, WhereNode
from spara_cli.model.template import Variable, compile_template
from spara_cli.playbook.locate import value_at
from spara_cli.playbook.source import Source
from spara_cli.playbook.workflow import Path, PerKey, Workflow, step_id, walk
from spara_cli.steps import BaseStep, ConditionStep
from spara_cli.steps.wait import WaitStep
from spara_cli.steps.wait_for import WaitForStep

Reader = Literal["trigger", "goal", "step", "match"]


@dataclass(frozen=True, slots=True)
class Use:
    """One reading of a field, or of `event.<key>` and `last_call.<key>`.

    `step` is the id of the step that reads, empty for the trigger and the goal; `match` is a `wait_for`'s
    criteria, which have the event at hand. `asks_only` says that its absence is provided for. `path` leads
    to the criterion, template or setting.
    """

    name: str
    reader: Reader
    step: str
    path: Path
    span: Span
    asks_only: bool = False
    criterion: Criterion | None = None

    @property
    def root(self) -> str:
        """The name's first part."""
        return self.name.partition(".")[0]


def uses_of(workflow: Workflow, source: Source) -> Iterator[Use]:
    """Every use in a workflow, in reading order; `source` is its file."""
    trigger, goal = workflow.trigger, workflow.settings.goal
    yield from _of_criteria(source, trigger.where, ("trigger", "where"), "trigger", "")
    if isinstance(trigger.reentry, PerKey) and trigger.on is None:
        path: Path = ("trigger", "reentry", "per")
        yield Use(trigger.reentry.per, "trigger", "", path, source.span(path))
    if goal is not None:
        yield from _of_criteria(source, goal.where, ("settings", "goal", "where"), "goal", "")
    for path, step in walk(workflow.steps):
        yield from _of_step(source, path, step_id(path, step), step)


def _of_step(source: Source, path: Path, identity: str, step: BaseStep) -> Iterator[Use]:
    yield from _of_criteria(source, step.only_if, (*path, "only_if"), "step", identity)
    if isinstance(step, ConditionStep):
        for number, branch in enumerate(step.branches):
            yield from _of_criteria(source, branch.when, (*path, "branches", number, "when"), "step", identity)
    if isinstance(step, WaitForStep):
        yield from _of_criteria(source, step.match, (*path, "match"), "match", identity)
    if isinstance(step, WaitStep) and step.until_field is not None:
        where = (*path, "until_field")
        yield Use(step.until_field, "step", identity, where, source.span(where))
    for below, text in step.templates():
        where = (*path, *below)
        for variable in compile_template(text).variables:
            span = _within(source, where, text, variable)
            yield Use(variable.name, "step", identity, where, span, asks_only=variable.guarded)


def _of_criteria(source: Source, where: WhereNode | None, path: Path, reader: Reader, step: str) -> Iterator[Use]:
    if isinstance(where, Criterion):
        place = (*path, "field")
        asks = where.op in ("is_defined", "is_not_defined")
        yield Use(where.field, reader, step, path, source.span(place), asks, where)
    elif isinstance(where, NotOf):
        yield from _of_criteria(source, where.not_, (*path, "not"), reader, step)
    elif isinstance(where, AllOf | AnyOf):
        key, children = ("all", where.all) if isinstance(where, AllOf) else ("any", where.any)
        # A list stands for `all` and has no such key.
        at = path if isinstance(value_at(source.data, path), list) else (*path, key)
        for index, child in enumerate(children):
            yield from _of_criteria(source, child, (*at, index), reader, step)


def _within(source: Source, path: Path, text: str, variable: Variable) -> Span:
    """Where a template's variable stands in the file; the whole text where that cannot be told.

    Quotes, escapes and block indentation move it, so it is the same occurrence of the name that is taken.
    """
    whole, written = source.span(path), source.scalar_text(path) or ""
    name = re.compile(rf"(?<![\w.]){re.escape(variable.name)}(?![\w])")
    offset = _offset(text, variable.position)
    earlier = sum(1 for each in name.finditer(text) if each.start() < offset)
    here = next((each for number, each in enumerate(name.finditer(written)) if number == earlier), None)
    if here is None:
        return whole
    line = written.count("\n", 0, here.start())
    column = here.start() - (written.rfind("\n", 0, here.start()) + 1) + 1
    start = Position(whole.start.line + line, column if line else whole.start.column + here.start())
    return Span(start, Position(start.line, start.column + len(variable.name)))


def _offset(text: str, position: Position) -> int:
    """The index in `text` of a 1-based line and column."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1
