"""Letting leads in: trigger sweeps, entry by hand, by event and by another workflow (SPEC T1–T9).

Entering only writes a row that is due at once; the turn runs its first step. The unique key
(workflow, lead, entry key) is what makes T5 hold, whoever enters a lead, and however often.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from spara_cli.engine.entry import Enter, History, Refuse, consider
from spara_cli.engine.facts import Facts, scope_of
from spara_cli.engine.program import Program
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.event import Happened
from spara_cli.model.lead import Lead
from spara_cli.model.message import DeliveryKey
from spara_cli.model.outcome import Answer, Refused, Sent
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.workflows import WorkflowRow

BATCH = 500
SWEEP_EVERY = timedelta(hours=1)
"""How often leads that did not change are looked at again, for triggers that depend on the time."""

Verdicts = dict[str, Enter | Refuse]


def sweep(world: World, now: datetime) -> int:
    """Enter every lead that matches a trigger and was not looked at since it changed; how many entered."""
    last = world.store.leads.last_change()
    entered = 0
    for row, program in world.active():
        if program.trigger.on is not None:
            continue
        again = program.trigger.watches_time and (row.swept_at is None or now - row.swept_at >= SWEEP_EVERY)
        since = 0 if again else row.swept_change
        if since < last or again:
            entered += _sweep_one(world, row, program, since, last, now)
    return entered


def enter(
    world: World,
    program: Program,
    facts: Mapping[str, Facts],
    now: datetime,
    *,
    by: str,
    event: Happened | None = None,
    by_hand: bool = False,
    record_refusals: bool = True,
    memory: Mapping[str, Any] | None = None,
) -> Verdicts:
    """Offer leads to a workflow; those that may enter do, in one transaction. `by` says how on the timeline."""
    with world.store.database.transaction() as connection:
        return enter_within(
            connection, world, program, facts, now, by=by, event=event, by_hand=by_hand, memory=memory or {},
            record_refusals=record_refusals,
        )  # fmt: skip


def enter_by_step(world: World, workflow: str, facts: Facts, now: datetime, key: DeliveryKey) -> Answer:
    """What an `enroll` step asks for; asked twice under one visit, it answers the same (D1)."""
    row = world.store.workflows.get(workflow)
    if row is None:
        return Refused("workflow_unknown", detail={"workflow": workflow})
    if row.status != "active":
        return Refused("unpublished" if row.status == "paused" else row.status, detail={"workflow": workflow})
    mark = f"{key.enrollment}.{key.step}.{key.visit}"
    known = world.store.enrollments.history([facts.lead.id], workflow).get(facts.lead.id, [])
    if any(enrollment.memory.get("entered_by") == mark for enrollment in known):
        return Sent("enrolled", {"workflow": workflow})
    program = world.program(workflow, row.version)
    verdict = enter(
        world, program, {facts.lead.id: facts}, now, by="workflow", by_hand=True, memory={"entered_by": mark}
    )[facts.lead.id]
    if isinstance(verdict, Refuse):
        return Refused(verdict.reason, detail={"workflow": workflow})
    return Sent("enrolled", {"workflow": workflow})


def _sweep_one(world: World, row: WorkflowRow, program: Program, since: int, upto: int, now: datetime) -> int:
    entered, after = 0, (since, "")
    store = world.store
    never_in = row.key if program.trigger.reentry.mode == "never" else None
    while True:
        page = store.leads.changed_since(since, upto, after, BATCH, never_in=never_in)
        leads = {lead.id: lead for change, lead in page if not _is_before_backfill(row, program, world, change, lead)}
        is_last = len(page) < BATCH
        facts = world.facts(leads)
        with store.database.transaction() as connection:
            verdicts = enter_within(connection, world, program, facts, now, by="trigger", record_refusals=False)
            if is_last:
                store.workflows.set_swept(connection, row.key, upto, now)
        entered += sum(isinstance(verdict, Enter) for verdict in verdicts.values())
        if is_last:
            return entered
        after = (page[-1][0], page[-1][1].id)


def _is_before_backfill(row: WorkflowRow, program: Program, world: World, change: int, lead: Lead) -> bool:
    """Whether a lead matched already when a workflow without backfill was published, and so never enters (T6)."""
    if row.backfill_at is None or change > row.backfill_floor:
        return False
    where = program.trigger.where
    return where is None or where(scope_of(Facts(lead, world.rules), {}), row.backfill_at)


def enter_within(
    connection: sqlite3.Connection,
    world: World,
    program: Program,
    facts: Mapping[str, Facts],
    now: datetime,
    *,
    by: str,
    event: Happened | None = None,
    by_hand: bool = False,
    record_refusals: bool = True,
    memory: Mapping[str, Any] | None = None,
) -> Verdicts:
    """`enter` within a transaction that is open."""
    histories = _histories(world, program, list(facts))
    verdicts: Verdicts = {}
    fresh, refused = [], []
    for identity, known in facts.items():
        verdict = consider(program, known, histories.get(identity, History()), now, event=event, by_hand=by_hand)
        verdicts[identity] = verdict
        blank = Enrollment(0, program.workflow, identity, program.version, now)
        if isinstance(verdict, Enter):
            fresh.append(_new(program, blank, verdict, memory or {}, now))
        elif record_refusals and not (event is not None and verdict.reason == "trigger_not_matched"):
            # An event that was about something else is no news; one that came too often is.
            refused.append((blank, (Entry(now, "refused", reason=verdict.reason, detail=verdict.detail),)))
    written = world.store.enrollments.insert(connection, fresh)
    detail = {"by": by} | ({"event": event.name} if event is not None else {})
    entries = [(enrollment, (Entry(now, "entered", detail=detail),)) for enrollment in written]
    world.store.enrollments.record(connection, [*entries, *refused])
    return verdicts


def _new(program: Program, blank: Enrollment, verdict: Enter, memory: Mapping[str, Any], now: datetime) -> Enrollment:
    return replace(
        blank,
        entry_key=verdict.key,
        state=State.READY,
        step=program.slots[0].id,
        due_at=now,
        memory={**verdict.memory, **memory},
    )


def _histories(world: World, program: Program, leads: Sequence[str]) -> dict[str, History]:
    """What re-entry and exclusivity need to know; a lead without any history is absent."""
    found: dict[str, History] = {}
    others: dict[str, str] = {}
    if program.exclusive_group is not None:
        rows = [row for row in world.store.workflows.all() if row.status != "cancelled"]
        programs = [world.program(row.key, row.version) for row in rows]
        group = {one.workflow for one in programs if one.exclusive_group == program.exclusive_group}
        for start in range(0, len(leads), BATCH):
            for enrollment in world.store.enrollments.of_leads(leads[start : start + BATCH]):
                if enrollment.workflow in group and enrollment.workflow != program.workflow:
                    others[enrollment.lead] = enrollment.workflow
    for start in range(0, len(leads), BATCH):
        for lead, past in world.store.enrollments.history(leads[start : start + BATCH], program.workflow).items():
            exits = [enrollment.finished_at for enrollment in past if enrollment.finished_at is not None]
            found[lead] = History(
                keys=frozenset(enrollment.entry_key for enrollment in past),
                inside=any(enrollment.is_inside for enrollment in past),
                last_exit_at=max(exits, default=None),
            )
    for lead, workflow in others.items():
        found[lead] = replace(found.get(lead, History()), group_workflow=workflow)
    return found
