"""`spara lead timeline`: what happened to one lead, and what comes next (FORMATS, Timeline entries)."""

from __future__ import annotations

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK


def timeline(
    identity: str = typer.Argument(..., metavar="ID", help="The lead's id."),
    workflow: str | None = typer.Option(None, "--workflow", metavar="KEY", help="Only this workflow."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show what happened to a lead and what comes next.

    The oldest comes first; times are in the account's zone.

    Examples:
      spara lead timeline L-17
      spara lead timeline L-17 --workflow inbound-demo --json
    """
    from spara_cli.cli.lead_view import known_lead
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import write_table
    from spara_cli.output.text import visible
    from spara_cli.output.timeline import HEADINGS, entries_as_dicts, next_moves, timeline_cells
    from spara_cli.runtime.publishing import known_workflow

    with open_world() as world:
        lead, zone = known_lead(world, identity), world.rules.zone
        if workflow is not None:
            known_workflow(world, workflow)
        rows = world.store.timeline.of_lead(lead.id, workflow)
        upcoming = next_moves(world.store.enrollments.of_leads([lead.id], workflow=workflow))
    if json:
        following = [move.as_dict() for move in upcoming]
        out(dumps(envelope("lead timeline", True, lead=lead.id, entries=entries_as_dicts(rows), next=following)))
    elif rows or upcoming:
        write_table(HEADINGS, timeline_cells(rows, upcoming, zone), free="WHAT", colour=OPTIONS.colour_out, zone=zone)
    else:
        note(f"nothing has happened to {visible(lead.id)} yet")
    return EXIT_OK
