"""Changing leads: create, update, import, remove from workflows (SPEC L1–L6).

A field's type is fixed by its declaration or its first value; a change that somebody watches is also an
event, so that goals, waiting conditions and `lead_updated` triggers see it (X2, T7). What is changed is read
in the transaction that writes it: a daemon may be at work on the same lead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from spara_cli.errors import UsageError
from spara_cli.model.event import Ended
from spara_cli.model.lead import Lead, is_missing
from spara_cli.runtime.clock import new_id
from spara_cli.runtime.lead_writing import Values, changed_names, known_types, merged, put_leads
from spara_cli.runtime.leadfile import RefusedRow, Row
from spara_cli.runtime.leadfile_row import Refusal
from spara_cli.runtime.waves import Writer, make_move
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.leads import folded_email

__all__ = ["ImportReport", "create_lead", "import_rows", "known_types", "remove_from", "update_lead"]

BATCH = 500
ROWS_KEPT_MAX = 100
"""Refused rows that a report keeps for each reason; the others are only counted, so that memory stays flat."""
ID_EXISTS = "id_exists"
"""Why a row is refused that nothing may be matched with (`--match none`), but whose id a lead has already."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """Where and why a row was refused; `column` when one is to blame, `line` from 1."""

    line: int
    column: str | None
    message: str


@dataclass(slots=True)
class RefusedGroup:
    """The rows refused for one reason: all of them counted, the first ROWS_KEPT_MAX kept."""

    count: int = 0
    rows: list[RefusedLine] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """What an import did, as far as it is committed.

    `line` is where the last row taken or refused begins; `stopped` says that it was ended before the last row.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: dict[str, RefusedGroup] = field(default_factory=dict)
    line: int = 0
    stopped: bool = False

    @property
    def went_in(self) -> int:
        """How many rows were taken, changed or not."""
        return self.created + self.updated + self.unchanged

    @property
    def refused_count(self) -> int:
        """How many rows were refused."""
        return sum(group.count for group in self.refused.values())

    def refuse(self, reason: str, line: int, column: str | None, message: str) -> None:
        """Note a refused row under its reason."""
        group = self.refused.setdefault(str(reason), RefusedGroup())
        group.count += 1
        if len(group.rows) < ROWS_KEPT_MAX:
            group.rows.append(RefusedLine(line, column, message))


def import_rows(
    world: World,
    rows: Iterable[Row | RefusedRow],
    *,
    match: str,
    all_or_nothing: bool,
    allow_null: bool,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> ImportReport:
    """Write the good rows by the batch and report the others (L5).

    `match` is `email` (by id, then by email), `id` or `none`. With `all_or_nothing` everything is one
    transaction, and nothing goes in when any row is refused. `progress` is told the rows done so far; once
    `stop` says so, the import ends before its next batch, or with `all_or_nothing` goes back to nothing.
    """
    report = ImportReport()
    database = world.store.database

    def tell(batch: _Batch) -> None:
        batch.report_to(report)
        if progress is not None:
            progress(report.went_in + report.refused_count)

    if not all_or_nothing:
        for part in _parts(rows, report, stop):
            with database.transaction():
                batch = _Batch(world, part, match, allow_null, now)
                batch.write()
            tell(batch)
        return report
    with suppress(_NothingGoesIn), database.transaction():
        for part in _parts(rows, report, stop):
            batch = _Batch(world, part, match, allow_null, now)
            batch.write()
            tell(batch)
        if report.refused or report.stopped:
            report.created = report.updated = report.unchanged = 0
            raise _NothingGoesIn
    return report


class _NothingGoesIn(Exception):
    """Rolls an import back as a whole."""


def create_lead(world: World, identity: str | None, values: Values, now: datetime) -> Lead:
    """Make one lead; missing values are left out. The caller has checked types.

    Raises UsageError when a lead has this id already (L3).
    """
    fields = {name: value for name, value in values.items() if value is not None and not is_missing(value)}
    lead = Lead(identity or new_id("lead"), fields, now, now, now)
    with world.store.database.transaction():
        if world.store.leads.get([lead.id]):
            hint = f"change it with `spara lead update {lead.id}`"
            raise UsageError(f"there is a lead `{lead.id}` already", hint=hint)
        put_leads(world, [lead], created=[lead.id], changed={}, now=now)
    return lead


def update_lead(world: World, lead: Lead, values: Values, now: datetime) -> Lead:
    """Merge values into one lead as it is in the store by now; None removes a field. The caller has checked types.

    Raises UsageError when there is no such lead any more.
    """
    with world.store.database.transaction():
        before = world.store.leads.get([lead.id]).get(lead.id)
        if before is None:
            raise UsageError(f"there is no lead `{lead.id}`")
        updated = merged(before, values, allow_null=True, now=now)
        if updated is not before:
            put_leads(world, [updated], created=[], changed={lead.id: changed_names(before, updated, values)}, now=now)
    return updated


def remove_from(world: World, lead: str, workflow: str | None, now: datetime) -> list[str]:
    """Take a lead out of a workflow, or out of all; the workflows it left.

    One that a daemon moves at the same moment is asked again, until none is left inside.
    """
    left: list[str] = []
    while enrollments := world.store.enrollments.of_leads([lead], workflow=workflow):
        facts = world.facts(world.store.leads.get([lead]))
        moves = [
            make_move(world.program(e.workflow, e.version), e, facts[lead], Ended("removed"), now) for e in enrollments
        ]
        left += [move.advance.enrollment.workflow for move in Writer(world).commit(moves, now)]
    return left


def _parts(
    rows: Iterable[Row | RefusedRow], report: ImportReport, stop: Callable[[], bool] | None
) -> Iterator[list[Row]]:
    """Good rows by the batch; the refused ones go to the report on the way."""
    part = list[Row]()
    for row in rows:
        if isinstance(row, RefusedRow):
            report.refuse(row.reason, row.line, row.column, row.message)
            report.line = max(report.line, row.line)
            continue
        part.append(row)
        if len(part) >= BATCH:
            yield part
            part = []
            if stop is not None and stop():
                report.stopped = True
                return
    if part:
        yield part


class _Batch:
    """Rows on their way into the store, matched to leads within the open transaction."""

    def __init__(self, world: World, rows: Sequence[Row], match: str, allow_null: bool, now: datetime) -> None:
        self._world, self._rows, self._match, self._allow_null, self._now = world, rows, match, allow_null, now
        self._leads, self._by_email = self._known()
        self._fresh: dict[str, Lead] = {}
        self._created: list[str] = []
        self._changed: dict[str, list[str]] = {}
        self._unchanged = 0
        self._updated = 0
        self._refused: list[tuple[str, int, str, str]] = []

    def write(self) -> None:
        """Take every row and write what came of them."""
        for row in self._rows:
            self._take(row)
        put_leads(self._world, list(self._fresh.values()), created=self._created, changed=self._changed, now=self._now)

    def report_to(self, report: ImportReport) -> None:
        """Count what was written; to be called once it is committed."""
        report.created += len(self._created)
        report.updated += self._updated
        report.unchanged += self._unchanged
        for refused in self._refused:
            report.refuse(*refused)
        report.line = max(report.line, self._rows[-1].line)

    def _known(self) -> tuple[dict[str, Lead], dict[str, list[str]]]:
        """The leads these rows may mean: by id, and ids by folded email."""
        leads = self._world.store.leads
        emails = {email for row in self._rows if (email := _email_of(row)) is not None}
        by_email = leads.ids_of_emails(sorted(emails)) if self._match == "email" else {}
        ids = [row.id for row in self._rows if row.id is not None]
        return leads.get([*ids, *(identity for found in by_email.values() for identity in found)]), by_email

    def _take(self, row: Row) -> None:
        email = _email_of(row)
        ids = self._by_email.get(email, []) if email is not None else []
        if row.id is not None:
            target = self._leads.get(row.id)
        elif len(ids) > 1:
            message = f"{len(ids)} leads have this email; give the row an id"
            self._refused.append((Refusal.AMBIGUOUS_EMAIL, row.line, "email", message))
            return
        else:
            target = self._leads[ids[0]] if ids else None
        if target is None:
            self._create(row)
        elif self._match == "none":
            self._refused.append((ID_EXISTS, row.line, "id", f"there is a lead with the id {row.id} already"))
        else:
            self._update(row, target)

    def _create(self, row: Row) -> None:
        lead = _new_lead(row, self._now)
        self._created.append(lead.id)
        self._keep(lead, None)

    def _update(self, row: Row, target: Lead) -> None:
        active_at = row.last_active_at
        updated = merged(target, row.values, allow_null=self._allow_null, now=self._now, active_at=active_at)
        if updated is target:
            self._unchanged += 1
            return
        self._updated += 1
        names = changed_names(target, updated, row.values)
        if names and target.id not in self._created:
            self._changed.setdefault(target.id, []).extend(names)
        self._keep(updated, target)

    def _keep(self, lead: Lead, before: Lead | None) -> None:
        """Let later rows of the batch find the lead as it is now."""
        self._fresh[lead.id] = self._leads[lead.id] = lead
        old, new = folded_email(before.fields) if before is not None else None, folded_email(lead.fields)
        if self._match != "email" or old == new:
            return
        if old is not None and lead.id in self._by_email.get(old, ()):
            self._by_email[old].remove(lead.id)
        if new is not None:
            self._by_email.setdefault(new, []).append(lead.id)


def _new_lead(row: Row, now: datetime) -> Lead:
    fields = {name: value for name, value in row.values.items() if value is not None}
    created_at = row.created_at or now
    return Lead(row.id or new_id("lead"), fields, created_at, now, row.last_active_at or created_at)


def _email_of(row: Row) -> str | None:
    email = row.values.get("email")
    return folded_email({"email": email}) if email is not None else None
