"""`spara lead list`: leads, or who is in a workflow and in which state."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK

if TYPE_CHECKING:
    from spara_cli.model.enrollment import Enrollment
    from spara_cli.runtime.world import World

_PAGE = 500


class InsideState(StrEnum):
    """The states of a lead inside a workflow (`model/enrollment.py`)."""

    READY = "ready"
    WAITING = "waiting"
    HELD = "held"
    BLOCKED = "blocked"
    AWAITING = "awaiting"
    IN_FLIGHT = "in_flight"


_STATE = typer.Option(
    None,
    "--state",
    metavar="STATE",
    help=f"Only leads in this state: {', '.join(InsideState)}.",
)


def list_leads(
    workflow: str | None = typer.Option(None, "--workflow", metavar="KEY", help="Only leads inside this workflow."),
    state: InsideState | None = _STATE,
    limit: int = typer.Option(100, "--limit", metavar="N", min=1, max=1_000_000, help="At most so many rows."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """List leads, or those inside a workflow.

    The oldest come first. With --workflow or --state: those inside, and where they stand.

    Examples:
      spara lead list --limit 20
      spara lead list --workflow inbound-demo --state held
    """
    from spara_cli.cli.lead_view import HEADINGS, lead_as_dict, lead_cells
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import write_table

    if workflow is not None or state is not None:
        return _list_inside(workflow, state, limit, json=json)
    with open_world() as world:
        zone = world.rules.zone
        leads, total = world.store.leads.page(limit=limit), world.store.leads.count()
    if json:
        out(dumps(envelope("lead list", True, leads=[lead_as_dict(lead) for lead in leads], total=total)))
        return EXIT_OK
    if leads:
        write_table(HEADINGS, map(lead_cells, leads), colour=OPTIONS.colour_out, zone=zone)
    if total > len(leads):
        note(f"{len(leads):,} of {total:,} leads; --limit shows more")
    elif not leads:
        note("there are no leads yet; `spara lead import` or `spara lead create` makes some")
    return EXIT_OK


def _list_inside(workflow: str | None, state: InsideState | None, limit: int, *, json: bool) -> int:
    from spara_cli.cli.lead_get import state_word
    from spara_cli.cli.lead_view import HEADINGS, enrollment_as_dict, lead_as_dict, lead_cells
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import write_table

    with open_world() as world:
        zone = world.rules.zone
        found = list(islice(_inside(world, workflow, state), limit + 1))
        more, found = len(found) > limit, found[:limit]
        leads = world.store.leads.get(enrollment.lead for enrollment in found)
    if json:
        rows = [{**lead_as_dict(leads[e.lead]), "enrollment": enrollment_as_dict(e)} for e in found]
        out(dumps(envelope("lead list", True, leads=rows, more=more)))
        return EXIT_OK
    if found:
        headings = (*HEADINGS, "WORKFLOW", "STEP", "STATE", "DUE", "REASON")
        cells = ([*lead_cells(leads[e.lead]), e.workflow, e.step, state_word(e), e.due_at, e.reason] for e in found)
        write_table(headings, cells, free="REASON", colour=OPTIONS.colour_out, zone=zone)
    else:
        note("nobody is there")
    if more:
        note(f"there are more than {limit:,}; --limit shows more")
    return EXIT_OK


def _inside(world: World, workflow: str | None, state: InsideState | None) -> Iterator[Enrollment]:
    """Enrollments in the order of entry, workflow by workflow. Raises UsageError for an unknown workflow."""
    from spara_cli.runtime.publishing import known_workflow

    if workflow is not None:
        keys = [known_workflow(world, workflow).key]
    else:
        keys = [row.key for row in world.store.workflows.all()]
    for key in keys:
        after = 0
        while page := world.store.enrollments.in_workflow(key, after, _PAGE):
            after = page[-1].id
            yield from (e for e in page if state is None or e.state.value == state.value)
