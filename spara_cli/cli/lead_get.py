"""`spara lead get`: everything a lead is: its fields with their types, and the workflows it is in (SPEC L1, L2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.errors import EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from spara_cli.model.enrollment import Enrollment
    from spara_cli.model.lead import FieldType, Lead


def get(
    identity: str = typer.Argument(..., metavar="ID", help="The lead's id."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show one lead's fields, and where it stands.

    Examples:
      spara lead get L-17
      spara lead get L-17 --json
    """
    from spara_cli.cli.lead_view import enrollment_as_dict, known_lead, lead_as_dict
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope

    with open_world() as world:
        lead = known_lead(world, identity)
        inside = world.store.enrollments.of_leads([lead.id])
        types, zone = world.rules.field_types, world.rules.zone
    if json:
        named = {name: str(types[name]) for name in sorted(lead.fields) if name in types}
        workflows = [enrollment_as_dict(enrollment) for enrollment in inside]
        out(dumps(envelope("lead get", True, lead=lead_as_dict(lead), types=named, workflows=workflows)))
        return EXIT_OK
    _write(lead, types, inside, zone)
    return EXIT_OK


def _write(lead: Lead, types: Mapping[str, FieldType], inside: Sequence[Enrollment], zone: tzinfo) -> None:
    from spara_cli.model.lead import SYSTEM_FIELDS
    from spara_cli.output.table import write_table

    system = [[name, str(kind), getattr(lead, name)] for name, kind in SYSTEM_FIELDS.items()]
    fields = [[name, str(types.get(name, "")), lead.fields[name]] for name in sorted(lead.fields)]
    write_table(("FIELD", "TYPE", "VALUE"), [*system, *fields], free="VALUE", colour=OPTIONS.colour_out, zone=zone)
    if inside:
        out()
        headings = ("WORKFLOW", "STEP", "STATE", "DUE", "REASON")
        rows = [[e.workflow, e.step, state_word(e), e.due_at, e.reason] for e in inside]
        write_table(headings, rows, free="REASON", colour=OPTIONS.colour_out, zone=zone)


def state_word(enrollment: Enrollment) -> str:
    """The state, with the word `unpublished` where the workflow is (P3)."""
    return f"{enrollment.state.value}, unpublished" if enrollment.frozen else enrollment.state.value
