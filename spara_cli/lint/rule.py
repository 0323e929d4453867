"""What a rule is, and what it may look at.

A rule is one file: its docstring is the page that `spara explain` prints, its class finds the pattern. A
new rule is that file and one line in `lint/__init__.py`. Rules look at a checked model, never at text: what
they find they place by its path in the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from spara_cli.diagnostics import Diagnostic, Fix, Label, Severity, Span, did_you_mean
from spara_cli.lint.gaps import NO_GAPS, Gaps
from spara_cli.lint.uses import Use, uses_of
from spara_cli.model.lead import STANDARD_FIELDS, SYSTEM_FIELDS, FieldType
from spara_cli.model.rules import Agent
from spara_cli.playbook.graph import StepGraph
from spara_cli.playbook.source import Source
from spara_cli.playbook.workflow import Path, Workflow, step_id, walk
from spara_cli.steps import BaseStep

_LISTED_MAX = 12


@dataclass(frozen=True)
class LintContext:
    """One workflow with what is known around it.

    `declared` are the field types of `spara.yaml`. `workflows` are the keys of every workflow in the
    project, or None when nobody looked; `agents` and `notify` (names of notify channels) are those of
    `spara.yaml`, None without one. `gaps` says what of the file could not be read: a rule that concludes
    from what is absent asks it first.
    """

    source: Source
    workflow: Workflow
    declared: Mapping[str, FieldType]
    workflows: frozenset[str] | None = None
    agents: Mapping[str, Agent] | None = None
    notify: frozenset[str] | None = None
    gaps: Gaps = NO_GAPS

    @cached_property
    def graph(self) -> StepGraph:
        """The steps as a graph."""
        return StepGraph(self.workflow)

    @cached_property
    def steps(self) -> tuple[tuple[Path, str, BaseStep], ...]:
        """Every step in reading order with its path and its id, given or derived."""
        return tuple((path, step_id(path, step), step) for path, step in walk(self.workflow.steps))

    @cached_property
    def field_types(self) -> Mapping[str, FieldType]:
        """The types of the standard, system and declared fields."""
        return {**STANDARD_FIELDS, **SYSTEM_FIELDS, **self.declared}

    @cached_property
    def setters(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """For each field that a step sets: the step's id and the type's name, empty when unknown."""
        found: dict[str, list[tuple[str, str]]] = {}
        for _, identity, step in self.steps:
            for name, kind in step.field_names():
                found.setdefault(name, []).append((identity, kind))
        return {name: tuple(each) for name, each in found.items()}

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every reading of a field."""
        return tuple(uses_of(self.workflow, self.source))


class Rule(ABC):
    """One pattern that is looked for."""

    name: ClassVar[str]
    severity: ClassVar[Severity]
    needs_graph: ClassVar[bool] = False
    """Whether the rule follows the graph, which shows ways nobody wrote where two steps share an id."""
    ignorable: ClassVar[bool] = True
    """Whether a comment may silence it; not so where the engine could not run the workflow."""

    @abstractmethod
    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every place of the pattern."""

    def found(
        self,
        context: LintContext,
        place: Path | Span,
        message: str,
        *,
        help: str | None = None,
        label: tuple[Path, str] | None = None,
        fix: Fix | None = None,
        on_key: bool = False,
    ) -> Diagnostic:
        """The diagnostic at a path of the file (its value, or with `on_key` its key), or at a span."""
        source = context.source
        span = place if isinstance(place, Span) else source.key_span(place) if on_key else source.span(place)
        second = Label(source.span(label[0]), label[1]) if label is not None else None
        return Diagnostic(source.path, span, self.name, message, self.severity, help, second, fix)


def nearest(word: str, known: Mapping[str, object] | frozenset[str], nothing: str) -> str:
    """A help line: the nearest known word, else the list of them while it is short, else `nothing`."""
    near = did_you_mean(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    if not known or len(known) > _LISTED_MAX:
        return nothing
    return "known here: " + ", ".join(f"`{name}`" for name in sorted(known))
