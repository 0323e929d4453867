"""Where the leads are: one workflow's funnel, its versions, and the state of everything.

The one thing to know: each answer is read in one transaction, so its numbers agree: what entered is what is
inside and what has finished, and what is inside is the sum of what stands at the steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from spara_cli.model.enrollment import State
from spara_cli.runtime.clock import WallClock
from spara_cli.runtime.publishing import known_workflow
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.lease import Holder
from spara_cli.store.sqlite.overview import Overview
from spara_cli.store.sqlite.workflows import VersionRow, WorkflowRow

STATES = tuple(state.value for state in State if state is not State.FINISHED)
"""The states of those inside, in the order they are told."""


@dataclass(frozen=True, slots=True)
class StepFunnel:
    """One step: leads that ever came to it, stand here now (of these, held and blocked), and what it did.

    `sent` and `skipped` count every time, `reached` each enrollment once. `older` marks a step that the
    current version does not have.
    """

    id: str
    type: str
    reached: int
    here: int
    sent: int
    skipped: int
    held: int
    blocked: int
    older: bool = False


@dataclass(frozen=True, slots=True)
class Funnel:
    """A workflow's leads; `entered` is `inside` and the sum of `finished`, always."""

    workflow: str
    version: int
    entered: int
    inside: int
    finished: Mapping[str, int]
    steps: tuple[StepFunnel, ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version, whether new leads follow it, and how many follow it now."""

    row: VersionRow
    is_current: bool
    inside: int


@dataclass(frozen=True, slots=True)
class WorkflowStatus:
    """One workflow in a line: who is inside by state, and why those blocked are."""

    row: WorkflowRow
    published_at: datetime | None
    states: Mapping[str, int]
    finished: int
    blocked: Mapping[str, int] = field(default_factory=dict)

    @property
    def inside(self) -> int:
        """How many leads are inside."""
        return sum(self.states.values())

    @property
    def entered(self) -> int:
        """How many times a lead entered."""
        return self.inside + self.finished


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment; `due` may move now, `next_due_at` is when anything next moves by itself."""

    workflows: tuple[WorkflowStatus, ...] = ()
    holder: Holder | None = None
    uncertain: int = 0
    open_events: int = 0
    due: int = 0
    next_due_at: datetime | None = None

    @property
    def inside(self) -> int:
        """Leads inside, over all workflows; one that is in two counts twice."""
        return sum(workflow.inside for workflow in self.workflows)

    @property
    def finished(self) -> int:
        """How many enrollments have ended."""
        return sum(workflow.finished for workflow in self.workflows)

    @property
    def entered(self) -> int:
        """How many enrollments there ever were."""
        return self.inside + self.finished


def funnel_of(world: World, key: str) -> Funnel:
    """The funnel of a published workflow: its steps in reading order, then older ones that still hold leads.

    Raises UsageError, with the nearest known key, when it was never published.
    """
    with Overview(world.store.database).snapshot():
        row = known_workflow(world, key)
        places = world.store.workflows.places(key)
        counts = world.store.workflows.step_counts(key)
        finished = world.store.workflows.finished(key)
    here: Counter[str] = Counter()
    for (step, _state), n in places.items():
        here[step] += n
    current = [(slot.id, slot.type) for slot in world.program(key, row.version).slots]
    known = {identity for identity, _type in current}
    older = [(step, _type_before(world, row, step)) for step in sorted(here) if step not in known]
    inside = sum(places.values())
    steps = tuple(
        StepFunnel(
            identity,
            type,
            reached=counts.get((identity, "reached"), 0),
            here=here[identity],
            sent=counts.get((identity, "sent"), 0),
            skipped=counts.get((identity, "skipped"), 0),
            held=places.get((identity, State.HELD.value), 0),
            blocked=places.get((identity, State.BLOCKED.value), 0),
            older=identity not in known,
        )
        for identity, type in [*current, *older]
    )
    return Funnel(key, row.version, inside + sum(finished.values()), inside, finished, steps)


def versions_of(world: World, key: str) -> list[VersionLine]:
    """Every version, newest first. Raises UsageError when the workflow was never published."""
    overview = Overview(world.store.database)
    with overview.snapshot():
        row = known_workflow(world, key)
        versions = world.store.workflows.versions(key)
        inside = overview.inside_by_version(key)
    return [VersionLine(each, each.version == row.version, inside.get(each.version, 0)) for each in reversed(versions)]


def status_of(world: World, now: datetime) -> Status:
    """The state of everything; `now` is an aware UTC instant."""
    overview = Overview(world.store.database)
    with overview.snapshot():
        rows = world.store.workflows.all()
        states: dict[str, Counter[str]] = {row.key: Counter() for row in rows}
        blocked: dict[str, Counter[str]] = {row.key: Counter() for row in rows}
        for crowd in overview.crowds():
            states[crowd.workflow][crowd.state] += crowd.count
            if crowd.state == State.BLOCKED.value:
                blocked[crowd.workflow][crowd.reason or ""] += crowd.count
        return Status(
            workflows=tuple(
                WorkflowStatus(
                    row,
                    published.published_at
                    if (published := world.store.workflows.version(row.key, row.version))
                    else None,
                    {state: states[row.key][state] for state in STATES},
                    states[row.key][State.FINISHED.value],
                    dict(blocked[row.key]),
                )
                for row in rows
            ),
            holder=overview.holder(WallClock().now()),
            uncertain=overview.uncertain(),
            open_events=overview.open_events(),
            due=overview.due(now),
            next_due_at=world.store.enrollments.next_due(),
        )


def _type_before(world: World, row: WorkflowRow, step: str) -> str:
    """The type of a step that the current version does not have, from the newest version that has it."""
    for version in range(row.version - 1, 0, -1):
        slot = world.program(row.key, version).slot_of(step)
        if slot is not None:
            return slot.type
    return "unknown"
