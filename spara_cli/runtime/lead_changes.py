"""Changing leads: create, update, import, remove from workflows (SPEC L1–L6).

A field's type is fixed by its declaration or its first value; a change that somebody watches is also an
event, so that goals, waiting conditions and `lead_updated` triggers see it (X2, T7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from spara_cli.model.event import Ended
from spara_cli.model.fieldtypes import infer_type
from spara_cli.model.lead import STANDARD_FIELDS, FieldType, FieldValue, Lead, is_missing
from spara_cli.runtime.clock import new_id
from spara_cli.runtime.leadfile import RefusedRow, Row
from spara_cli.runtime.leadfile_row import Refusal
from spara_cli.runtime.waves import Writer, make_move
from spara_cli.runtime.world import World

BATCH = 500

Values = Mapping[str, FieldValue | None]


@dataclass(slots=True)
class ImportReport:
    """What an import did; `refused` by reason, each with the rows' lines and first message."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: dict[str, list[RefusedRow]] = field(default_factory=dict)

    @property
    def went_in(self) -> int:
        """How many rows were taken, changed or not."""
        return self.created + self.updated + self.unchanged

    @property
    def refused_count(self) -> int:
        """How many rows were refused."""
        return sum(map(len, self.refused.values()))

    def refuse(self, row: RefusedRow) -> None:
        """Note a refused row under its reason."""
        self.refused.setdefault(row.reason, []).append(row)


def known_types(world: World) -> dict[str, FieldType]:
    """The type of every field that has one: standard, declared, or taken from a first value."""
    return {**world.store.leads.field_types(), **STANDARD_FIELDS, **world.rules.field_types}


def import_rows(
    world: World, rows: Iterable[Row | RefusedRow], *, match: str, all_or_nothing: bool, allow_null: bool, now: datetime
) -> ImportReport:
    """Write the good rows by the batch and report the others (L5).

    `match` is `email` (by id, then by email), `id` or `none`. With `all_or_nothing` everything is one
    transaction, and nothing goes in when any row is refused.
    """
    report, batch = ImportReport(), list[Row]()
    database = world.store.database
    if all_or_nothing:
        with database.transaction() as connection:
            for row in rows:
                if isinstance(row, RefusedRow):
                    report.refuse(row)
                    continue
                batch.append(row)
                if len(batch) >= BATCH:
                    _write_rows(world, batch, report, match, allow_null, now)
                    batch = []
            _write_rows(world, batch, report, match, allow_null, now)
            if report.refused:
                connection.execute("ROLLBACK")
                connection.execute("BEGIN")
                report.created = report.updated = report.unchanged = 0
        return report
    for row in rows:
        if isinstance(row, RefusedRow):
            report.refuse(row)
            continue
        batch.append(row)
        if len(batch) >= BATCH:
            with database.transaction():
                _write_rows(world, batch, report, match, allow_null, now)
            batch = []
    with database.transaction():
        _write_rows(world, batch, report, match, allow_null, now)
    return report


def create_lead(world: World, identity: str | None, values: Values, now: datetime) -> Lead:
    """Make one lead; missing values are left out. The caller has checked types, and that the id is new."""
    fields = {name: value for name, value in values.items() if value is not None and not is_missing(value)}
    lead = Lead(identity or new_id("lead"), fields, now, now, now)
    with world.store.database.transaction():
        _put(world, [lead], created=[lead.id], changed={}, now=now)
    return lead


def update_lead(world: World, lead: Lead, values: Values, now: datetime) -> Lead:
    """Merge values into one lead; None removes a field. The caller has checked types."""
    updated = _merged(lead, values, allow_null=True, now=now)
    if updated.fields != lead.fields:
        names = sorted(name for name in values if updated.fields.get(name) != lead.fields.get(name))
        with world.store.database.transaction():
            _put(world, [updated], created=[], changed={lead.id: names}, now=now)
    return updated


def remove_from(world: World, lead: str, workflow: str | None, now: datetime) -> int:
    """Take a lead out of a workflow, or out of all; how many enrollments ended."""
    enrollments = world.store.enrollments.of_leads([lead], workflow=workflow)
    facts = world.facts(world.store.leads.get([lead]))
    moves = [
        make_move(world.program(e.workflow, e.version), e, facts[lead], Ended("removed"), now) for e in enrollments
    ]
    return len(Writer(world).commit(moves, now))


def _write_rows(
    world: World, rows: Sequence[Row], report: ImportReport, match: str, allow_null: bool, now: datetime
) -> None:
    """Match a batch of rows to leads and write it, in the open transaction."""
    if not rows:
        return
    by_id, by_email = _matches(world, rows, match)
    fresh: dict[str, Lead] = {}
    created: list[str] = []
    changed: dict[str, list[str]] = {}
    for row in rows:
        email = _email_of(row)
        ids = by_email.get(email, []) if email is not None else []
        if row.id is not None and row.id in by_id:
            target = by_id[row.id]
        elif row.id is None and len(ids) > 1:
            report.refuse(
                RefusedRow(
                    row.line, "email", Refusal.AMBIGUOUS_EMAIL, f"{len(ids)} leads have this email; give the row an id"
                )
            )
            continue
        elif row.id is None and ids:
            target = by_id[ids[0]]
        else:
            lead = _new_lead(row, now)
            fresh[lead.id] = by_id[lead.id] = lead
            created.append(lead.id)
            report.created += 1
            if email is not None and match == "email":
                by_email.setdefault(email, []).append(lead.id)
            continue
        updated = _merged(target, row.values, allow_null=allow_null, now=now, active_at=row.last_active_at)
        if updated == target:
            report.unchanged += 1
            continue
        names = [name for name in row.values if updated.fields.get(name) != target.fields.get(name)]
        if target.id not in created:
            changed.setdefault(target.id, []).extend(names)
        fresh[target.id] = by_id[target.id] = updated
        report.updated += 1
    _put(world, list(fresh.values()), created=created, changed=changed, now=now)


def _matches(world: World, rows: Sequence[Row], match: str) -> tuple[dict[str, Lead], dict[str, list[str]]]:
    """The leads these rows may mean: by id, and ids by email."""
    if match == "none":
        return {}, {}
    emails = [email for row in rows if (email := _email_of(row)) is not None] if match == "email" else []
    by_email = world.store.leads.ids_of_emails(emails)
    ids = [row.id for row in rows if row.id is not None]
    return world.store.leads.get([*ids, *(identity for found in by_email.values() for identity in found)]), by_email


def _email_of(row: Row) -> str | None:
    email = row.values.get("email")
    return email.strip().casefold() if isinstance(email, str) and email.strip() else None


def _new_lead(row: Row, now: datetime) -> Lead:
    fields = {name: value for name, value in row.values.items() if value is not None}
    created_at = row.created_at or now
    return Lead(row.id or new_id("lead"), fields, created_at, now, row.last_active_at or created_at)


def _merged(lead: Lead, values: Values, *, allow_null: bool, now: datetime, active_at: datetime | None = None) -> Lead:
    """The lead with values laid over it; a null removes only when it may (L4)."""
    fields = dict(lead.fields)
    for name, value in values.items():
        if value is not None:
            fields[name] = value
        elif allow_null:
            fields.pop(name, None)
    active = max(lead.last_active_at, active_at) if active_at is not None else lead.last_active_at
    if fields == lead.fields and active == lead.last_active_at:
        return lead
    return replace(lead, fields=fields, updated_at=now, last_active_at=active)


def _put(
    world: World, leads: Sequence[Lead], *, created: Sequence[str], changed: Mapping[str, Sequence[str]], now: datetime
) -> None:
    """Write leads, the types of their new fields, and the events that somebody waits for."""
    store = world.store
    known = known_types(world)
    fresh = {
        name: infer_type(value, field=name)
        for lead in leads
        for name, value in lead.fields.items()
        if name not in known
    }
    store.leads.put(leads)
    if fresh:
        store.leads.set_field_types(fresh)
    connection = store.database.connection
    wanted = {program.trigger.on for _row, program in world.active()}
    watched = "lead_updated" in wanted or any(program.watches_fields for _row, program in world.active())
    mark = str(store.leads.last_change())
    for identity in created if "lead_created" in wanted else ():
        store.inbox.record(connection, "spara:create", f"{identity}.{mark}", "lead_created", identity, {}, now)
    for identity, names in changed.items() if watched else ():
        data = {"fields": sorted(names)}
        store.inbox.record(connection, "spara:update", f"{identity}.{mark}", "lead_updated", identity, data, now)
