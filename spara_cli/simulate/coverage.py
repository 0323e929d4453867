"""What of a workflow its tests have used: steps, branches, outcomes and exits (SPEC V2).

The one thing to know: only what the playbook tells apart counts. An outcome counts where `on:` or `retry`
makes something of it, an exit where this workflow can leave that way; what no case could ever show
(`removed`, `cancelled`, an overrun of `max_visits`) does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spara_cli.model.fields import END
from spara_cli.playbook.graph import NO_BRANCH as NO_BRANCH_LABEL
from spara_cli.playbook.graph import StepGraph
from spara_cli.simulate.case import Subject
from spara_cli.simulate.record import Run
from spara_cli.steps import BaseStep, ConditionStep
from spara_cli.steps.call_phone import CallPhoneStep
from spara_cli.steps.condition import NO_BRANCH
from spara_cli.steps.end import EndStep

_CHANNELS = frozenset({"send_email", "send_text", "call_phone"})


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of thing: how many there are, how many were used, and the names of the others."""

    total: int
    covered: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one workflow by all of its cases."""

    workflow: str
    steps: Covered
    branches: Covered
    outcomes: Covered
    exits: Covered

    @property
    def percent(self) -> float:
        """Of everything that could be used, how much was; 100 where there is nothing."""
        kinds = (self.steps, self.branches, self.outcomes, self.exits)
        total = sum(kind.total for kind in kinds)
        return 100.0 * sum(kind.covered for kind in kinds) / total if total else 100.0


def measure(subject: Subject, runs: Iterable[Run]) -> Coverage:
    """What all of these runs together have used."""
    reached: set[str] = set()
    ended: set[tuple[str, str]] = set()
    left: set[str] = set()
    for run in runs:
        reached |= run.reached
        ended |= run.outcomes
        left.update(entry.reason or "" for entry in run.entries if entry.kind == "exited")
    used = {f"{step}: {outcome}" for step, outcome in ended}
    return Coverage(
        subject.program.workflow,
        _covered(subject.steps, reached),
        _covered(_branches(subject), used),
        _covered(_outcomes(subject), used),
        _covered(_exits(subject), left),
    )


def _covered(names: Iterable[str], used: set[str]) -> Covered:
    every = list(dict.fromkeys(names))
    missing = tuple(name for name in every if name not in used)
    return Covered(len(every), len(every) - len(missing), missing)


def _branches(subject: Subject) -> Iterator[str]:
    for name, step in subject.steps.items():
        yield from (f"{name}: {branch.name}" for branch in step.branches_of)


def _outcomes(subject: Subject) -> Iterator[str]:
    """The outcomes of steps that go different ways by them; a branch is no outcome here."""
    for name, step in subject.steps.items():
        if not step.branches_of:
            yield from (f"{name}: {outcome}" for outcome in _told_apart(step))


def _told_apart(step: BaseStep) -> list[str]:
    outcomes = list(step.on)
    if isinstance(step, CallPhoneStep) and step.retry is not None:
        outcomes += step.retry.on
    elif outcomes and step.outcomes is not None:
        outcomes += sorted(step.outcomes)
    return outcomes


def _exits(subject: Subject) -> Iterator[str]:
    """The reasons for which a lead can leave this workflow, from the steps and the settings."""
    graph, settings = StepGraph(subject.workflow), subject.workflow.settings
    steps = [subject.steps[name] for name in subject.steps if name in graph.reachable]
    ends = {edge.source for edge in graph.edges if edge.target == END and edge.source in graph.reachable}
    if any(_completes(subject.steps[name], graph) for name in ends):
        yield "completed"
    for step in steps:
        if isinstance(step, EndStep):
            yield step.outcome
        if isinstance(step, ConditionStep) and step.otherwise == "exit" and all(b.when for b in step.branches):
            yield NO_BRANCH
    types = {step.type for step in steps}
    if settings.goal is not None:
        yield settings.goal.outcome
    if "send_email" in types and settings.end_on_email_reply:
        yield "email_reply"
    if "send_text" in types and settings.end_on_text_reply:
        yield "text_reply"
    if "call_phone" in types and settings.end_on_call_answer:
        yield "call_answer"
    if types & _CHANNELS and settings.end_on_unsubscribe:
        yield "unsubscribe"
    if "send_email" in types and settings.end_on_bounce:
        yield "bounce"


def _completes(step: BaseStep, graph: StepGraph) -> bool:
    """Whether a step that leads to the end does so by completing, and not by an exit of another name."""
    if isinstance(step, EndStep):
        return step.outcome == "completed"
    name = next(node.id for node in graph.nodes.values() if node.step is step)
    return any(edge.target == END and edge.label != NO_BRANCH_LABEL for edge in graph.edges if edge.source == name)
