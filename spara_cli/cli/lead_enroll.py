"""`spara lead enroll`: put leads into a workflow by hand (SPEC T9, T5).

The one thing to know: by hand skips the trigger, never the re-entry rule. Every number and address is validated
before anybody enters, and nothing here changes a lead: a file only names leads that are there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.cli.lead_refusals import Refused
    from spara_cli.engine.program import Program
    from spara_cli.model.lead import Lead
    from spara_cli.runtime.leadfile import RefusedRow, Row
    from spara_cli.runtime.world import World

BATCH = 500

Named = tuple["Lead", int | None]
"""A lead, and the line that names it when a file does."""

_IDS = typer.Argument(None, metavar="ID…", help="The leads' ids.")


def enroll(
    workflow: str = typer.Argument(..., metavar="WORKFLOW", help="The workflow's key."),
    identities: list[str] | None = _IDS,
    file: str | None = typer.Option(
        None, "--file", metavar="CSV|-", help="A CSV file that names leads in a column `id` or `email`."
    ),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Put leads into a workflow.

    Its trigger need not match; each lead begins with the next turn. Nobody enters twice where the workflow says
    never. Refusals are grouped by reason. Exits 1 when none entered. A file names leads that are there already;
    `spara lead import` brings in new ones.

    Examples:
      spara lead enroll inbound-demo L-17 L-18
      spara lead enroll inbound-demo --file attendees.csv
    """
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.text import visible

    if bool(identities) == (file is not None):
        raise UsageError("who is to enter? give ids, or --file", hint="one of the two")
    groups: dict[str, Refused] = {}
    entered: list[str] = []
    with open_world() as world:
        program = _open_workflow(world, workflow)
        named = _by_id(world, identities or (), groups) if file is None else _by_file(world, file, groups)
        for start in range(0, len(named), BATCH):
            entered += _enter(world, program, named[start : start + BATCH], groups)
    refused = list(groups.values())
    code = EXIT_OK if entered else EXIT_FINDINGS
    if json:
        from spara_cli.cli.lead_refusals import refused_as_dicts

        answer = {"workflow": workflow, "entered": entered, "refused": refused_as_dicts(refused)}
        out(dumps(envelope("lead enroll", code == EXIT_OK, **answer)))
        return code
    _write(visible(workflow), len(entered), refused)
    if entered:
        note("they begin with the next turn: `spara run`, or a daemon that is at work")
    return code


def _write(workflow: str, entered: int, refused: Sequence[Refused]) -> None:
    from spara_cli.cli.lead_refusals import refused_as_text

    if refused:
        out(refused_as_text(refused, all_rows=OPTIONS.verbose))
    out(f"{workflow}: {entered:,} entered, {sum(group.count for group in refused):,} refused")


def _open_workflow(world: World, key: str) -> Program:
    """The program new leads follow. Raises UsageError when there is none, or entry is closed."""
    from spara_cli.runtime.publishing import known_workflow

    row = known_workflow(world, key)
    if row.status == "paused":
        raise UsageError(f"workflow `{key}` is unpublished; nobody enters", hint="publish it again first")
    if row.status != "active":
        raise UsageError(f"workflow `{key}` is {row.status}; nobody enters")
    return world.program(key, row.version)


def _by_id(world: World, identities: Sequence[str], groups: dict[str, Refused]) -> list[Named]:
    """The leads of these ids, each once. Raises UsageError for an id that no lead has, before anybody enters."""
    from spara_cli.cli.lead_values import checked_text
    from spara_cli.cli.lead_view import no_lead

    wanted = [checked_text(identity, "a lead's id") for identity in dict.fromkeys(identities)]
    leads = world.store.leads.get(wanted)
    for identity in wanted:
        if identity not in leads:
            raise no_lead(world, identity)
    return _reachable(world, [(leads[identity], None) for identity in wanted], groups)


def _by_file(world: World, file: str, groups: dict[str, Refused]) -> list[Named]:
    """The leads a CSV file names, by id or else by email, each once."""
    from spara_cli.cli.lead_import import opened
    from spara_cli.runtime.leadfile import RefusedRow, read_leads

    found: dict[str, Named] = {}
    rules = world.rules
    with (
        opened(file) as stream,
        read_leads(
            stream, format="csv", types=rules.field_types, zone=rules.zone, region=rules.region, allow_null=False
        ) as rows,
    ):
        part: list[Row] = []
        for row in rows:
            if isinstance(row, RefusedRow):
                _refuse_row(groups, row)
                continue
            part.append(row)
            if len(part) >= BATCH:
                found.update(_matched(world, part, groups))
                part = []
        found.update(_matched(world, part, groups))
    return _reachable(world, list(found.values()), groups)


def _matched(world: World, rows: Sequence[Row], groups: dict[str, Refused]) -> Iterator[tuple[str, Named]]:
    emails = [_email(row) for row in rows]
    by_email = world.store.leads.ids_of_emails(sorted({email for email in emails if email}))
    ids = [row.id for row in rows if row.id is not None]
    leads = world.store.leads.get([*ids, *(identity for many in by_email.values() for identity in many)])
    for row, email in zip(rows, emails, strict=True):
        meant = [row.id] if row.id is not None else by_email.get(email, [])
        if len(meant) > 1:
            _refuse(groups, "ambiguous_email", f"{len(meant)} leads have this email; give the row an id", line=row.line)
        elif not meant or meant[0] not in leads:
            what = "names no lead: neither id nor email" if row.id is None and not email else "no such lead"
            _refuse(groups, "unknown_lead", what, line=row.line)
        else:
            yield meant[0], (leads[meant[0]], row.line)


def _reachable(world: World, named: Sequence[Named], groups: dict[str, Refused]) -> list[Named]:
    """The leads without a number or address that is none; the others are refused before anybody enters (T9)."""
    from spara_cli.model.address import parse_address
    from spara_cli.runtime.phone import PhoneError, normalise_phone

    good = []
    for lead, line in named:
        email, phone = lead.text("email"), lead.text("phone_number")
        try:
            if phone is not None:
                normalise_phone(phone, world.rules.region)
            if email is not None:
                parse_address(email)
        except PhoneError as error:
            _refuse(groups, "malformed_phone", f"{error.message} [{error.reason}]", lead=lead.id, line=line)
        except ValueError as error:
            _refuse(groups, "malformed_email", str(error), lead=lead.id, line=line)
        else:
            good.append((lead, line))
    return good


def _enter(world: World, program: Program, named: Sequence[Named], groups: dict[str, Refused]) -> list[str]:
    """Offer leads to the workflow; the ids of those that entered."""
    from spara_cli.engine.entry import Refuse
    from spara_cli.runtime.enrolment import enter

    facts = world.facts({lead.id: lead for lead, _line in named})
    verdicts = enter(world, program, facts, world.clock.now(), by="hand", by_hand=True)
    entered = []
    for lead, line in named:
        verdict = verdicts[lead.id]
        if isinstance(verdict, Refuse):
            _refuse(groups, verdict.reason, _why(verdict), lead=lead.id, line=line)
        else:
            entered.append(lead.id)
    return entered


def _why(verdict: object) -> str:
    from spara_cli.engine.entry import Refuse

    sentences = {
        "already_entered": "it has been in this workflow, and may enter only once",
        "inside": "it is in this workflow now",
        "left_recently": "it left this workflow too recently",
        "exclusive_group": "it is in another workflow of the same group",
        "no_entry_key": "it lacks the value that says under which key it enters",
    }
    return sentences.get(verdict.reason, verdict.reason) if isinstance(verdict, Refuse) else ""


def _email(row: Row) -> str:
    email = row.values.get("email")
    return email.strip().casefold() if isinstance(email, str) else ""


def _refuse_row(groups: dict[str, Refused], row: RefusedRow) -> None:
    _refuse(groups, str(row.reason), row.message, line=row.line, column=row.column)


def _refuse(
    groups: dict[str, Refused],
    reason: str,
    message: str,
    *,
    lead: str | None = None,
    line: int | None = None,
    column: str | None = None,
) -> None:
    from spara_cli.cli.lead_refusals import Refused

    row = {"line": line, "column": column, "lead": lead, "message": message}
    groups.setdefault(reason, Refused(reason)).add(row)
