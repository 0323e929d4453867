"""Publish, unpublish, cancel: how a version becomes the one that leads follow (SPEC P1–P3).

Each lead inside is moved by the engine (`Paused`, `Resumed`, `Moved`, `Ended`), in batches; publishing is
complete, or is taken up again by publishing once more: every step of it may happen twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spara_cli.diagnostics import suggestion
from spara_cli.engine.compile import compile_workflow
from spara_cli.engine.program import Program
from spara_cli.errors import UsageError
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.event import Ended, Event, Moved, Paused, Resumed
from spara_cli.playbook.fingerprint import canonical, fingerprint
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.delivery import run_on
from spara_cli.runtime.waves import Writer, make_move
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.workflows import VersionRow, WorkflowRow

BATCH = 500


@dataclass(frozen=True, slots=True)
class InFlight:
    """What to do with leads at steps that are gone: `keep`, `exit`, or `moves` from old step to new (P2)."""

    keep: bool = False
    exit: bool = False
    moves: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, words: Sequence[str]) -> InFlight:
        """Read `--in-flight` values. Raises UsageError for one that is none of the three."""
        moves: dict[str, str] = {}
        for word in words:
            if word in ("keep", "exit"):
                continue
            old, equals, new = word.removeprefix("move:").partition("=")
            if not word.startswith("move:") or not (old and equals and new):
                raise UsageError(f"--in-flight: `{word}` is none of keep, exit, move:OLD=NEW")
            moves[old] = new
        return cls("keep" in words, "exit" in words, moves)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: `created` a new version, `resumed` a paused one, or nothing at all."""

    workflow: str
    version: int
    created: bool
    resumed: bool
    inside: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who publishes, and from which git commit, as far as known."""

    name: str | None = None
    commit: str | None = None


def publish(world: World, workflow: Workflow, in_flight: InFlight, author: Author, now: datetime) -> Published:
    """Make this content the version that leads follow. Publishing an unchanged workflow changes nothing (P1).

    Raises UsageError when it was cancelled, or when leads stand at a step that is gone and nobody decided.
    """
    key, digest = workflow.workflow, fingerprint(workflow)
    row = world.store.workflows.get(key)
    if row is not None and row.status == "cancelled":
        raise UsageError(f"workflow `{key}` was cancelled, which is final", hint="publish it under another key")
    current = world.store.workflows.version(key, row.version) if row is not None else None
    created = current is None or current.hash != digest
    if created:
        _add_version(world, workflow, digest, row, in_flight, author, now)
    elif row is not None:
        # Published before, but perhaps a crash came before what was decided about leads inside.
        program = world.program(key, row.version)
        _decide(world, program, _gone(world, program), in_flight, now)
    resumed = row is not None and row.status == "paused"
    if resumed and row is not None:
        _resume(world, row, now)
    row = world.store.workflows.get(key)
    version = row.version if row is not None else 1
    return Published(key, version, created, resumed, sum(world.store.workflows.places(key).values()))


def unpublish(world: World, key: str, now: datetime) -> int:
    """Freeze every lead inside where it is (P3); how many there are."""
    row = known_workflow(world, key)
    if row.status == "cancelled":
        raise UsageError(f"workflow `{key}` was cancelled already")
    with world.store.database.transaction() as connection:
        # The state first: from here on nobody enters, and a crash in the middle is finished by the next unpublish.
        if row.status != "paused":
            world.store.workflows.set_status(connection, key, "paused", now)
    return _each(world, key, now, lambda enrollment: None if enrollment.frozen else Paused())


def cancel(world: World, key: str, now: datetime) -> int:
    """End the workflow for good: every lead inside exits `cancelled`; how many there were."""
    known_workflow(world, key)
    with world.store.database.transaction() as connection:
        world.store.workflows.set_status(connection, key, "cancelled", None)
    return _each(world, key, now, lambda enrollment: Ended("cancelled"))


def known_workflow(world: World, key: str) -> WorkflowRow:
    """The workflow's row. Raises UsageError, with the nearest known key, when it was never published."""
    row = world.store.workflows.get(key)
    if row is None:
        known = [row.key for row in world.store.workflows.all()]
        raise UsageError(f"no workflow `{key}` was published", hint=suggestion(key, known) if known else None)
    return row


def _add_version(
    world: World,
    workflow: Workflow,
    digest: str,
    row: WorkflowRow | None,
    in_flight: InFlight,
    author: Author,
    now: datetime,
) -> None:
    key, version = workflow.workflow, (row.version + 1 if row is not None else 1)
    program = compile_workflow(workflow, version, world.rules.zone)
    gone = _gone(world, program)
    _check_decided(program, gone, in_flight)
    store = world.store
    definition = json.dumps(canonical(workflow), ensure_ascii=False, sort_keys=True)
    with store.database.transaction() as connection:
        version_row = VersionRow(key, version, digest, definition, now, author.name, author.commit)
        store.workflows.add_version(connection, version_row, workflow.name)
        floor = 0 if program.trigger.backfill else store.leads.last_change()
        store.workflows.set_backfill(connection, key, floor, None if program.trigger.backfill else now)
        store.workflows.follow(connection, key, version, staying=tuple(gone))
    world.programs[key, version] = program
    if row is not None:
        _restart_changed(world, program, row.version, now)
        _decide(world, program, gone, in_flight, now)


def _gone(world: World, program: Program) -> dict[str, int]:
    """The steps where leads stand that the new version does not have, with how many."""
    counts: dict[str, int] = {}
    for (step, _state), n in world.store.workflows.places(program.workflow).items():
        if step not in program.index:
            counts[step] = counts.get(step, 0) + n
    return counts


def _check_decided(program: Program, gone: Mapping[str, int], in_flight: InFlight) -> None:
    for old, new in in_flight.moves.items():
        if new not in program.index:
            raise UsageError(
                f"--in-flight move:{old}={new}: there is no step `{new}`", hint=suggestion(new, program.index)
            )
    undecided = {step: n for step, n in gone.items() if step not in in_flight.moves}
    if undecided and not (in_flight.keep or in_flight.exit):
        listed = ", ".join(f"`{step}` ({n} inside)" for step, n in sorted(undecided.items()))
        raise UsageError(
            f"workflow `{program.workflow}`: leads stand at steps that are gone: {listed}",
            hint="decide with --in-flight keep, --in-flight exit or --in-flight move:OLD=NEW",
        )


def _decide(world: World, program: Program, gone: Mapping[str, int], in_flight: InFlight, now: datetime) -> None:
    """Carry out what was decided about leads at steps that are gone; `keep` leaves them on their version."""
    if not gone:
        return

    def decide(enrollment: Enrollment) -> Event | None:
        new = in_flight.moves.get(enrollment.step or "")
        if new is not None:
            return Moved(new, enrollment.step or "")
        return Ended("removed") if in_flight.exit else None

    _each(world, program.workflow, now, decide, steps=tuple(gone), program=program)


def _restart_changed(world: World, program: Program, previous: int, now: datetime) -> None:
    """Leads resting at a step that has become another type start it afresh: the old pause means nothing to it."""
    before = world.program(program.workflow, previous)
    changed = tuple(
        slot.id for slot in program.slots if (old := before.slot_of(slot.id)) is not None and old.type != slot.type
    )
    if changed:
        _each(
            world,
            program.workflow,
            now,
            lambda enrollment: (
                None if enrollment.state is State.IN_FLIGHT else Moved(enrollment.step or "", enrollment.step or "")
            ),
            steps=changed,
        )


def _resume(world: World, row: WorkflowRow, now: datetime) -> None:
    """Let every frozen lead go on where it was, then open the workflow again (P3)."""
    paused_at = row.paused_at or now
    _each(world, row.key, now, lambda enrollment: Resumed(paused_at) if enrollment.frozen else None)
    with world.store.database.transaction() as connection:
        world.store.workflows.set_status(connection, row.key, "active", None)


def _each(
    world: World,
    key: str,
    now: datetime,
    event_for: Callable[[Enrollment], Event | None],
    *,
    steps: tuple[str, ...] | None = None,
    program: Program | None = None,
) -> int:
    """Tell every lead inside a workflow an event, in batches; how many were told."""
    writer, told = Writer(world), 0
    for batch in _pages(world, key, steps):
        facts = world.facts(world.store.leads.get(enrollment.lead for enrollment in batch))
        moves = []
        for enrollment in batch:
            event = event_for(enrollment)
            if event is not None:
                follows = program or world.program(key, enrollment.version)
                moves.append(make_move(follows, enrollment, facts[enrollment.lead], event, now))
        committed = writer.commit(moves, now)
        told += len(committed)
        run_on(world, writer, committed, now)
    return told


def _pages(world: World, key: str, steps: tuple[str, ...] | None) -> Iterator[list[Enrollment]]:
    after = 0
    while batch := world.store.enrollments.in_workflow(key, after, BATCH, steps=steps):
        after = batch[-1].id
        yield batch
