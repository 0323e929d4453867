"""`spara lead create`: one lead by hand (SPEC L1–L3)."""

from __future__ import annotations

import typer

from spara_cli.cli.context import note, out
from spara_cli.errors import EXIT_OK, UsageError

_FIELDS = typer.Argument(None, metavar="FIELD=VALUE…", help="The lead's fields.")


def create(
    fields: list[str] | None = _FIELDS,
    identity: str | None = typer.Option(None, "--id", metavar="ID", help="The lead's id; default: a fresh one."),
    json_data: str | None = typer.Option(
        None, "--json-data", metavar="JSON|-", help="Fields as one JSON object, or `-` to read it from standard input."
    ),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Make one lead; its id is the answer.

    A value takes its field's type; a field nobody has declared or used yet is text, or in JSON what its
    value is. An address is checked and a phone number normalised, as on import.

    Examples:
      spara lead create email=ada@example.com first_name=Ada num_employees=80
      spara lead create --id crm-17 phone_number="(212) 555-0100" pages_visited="/pricing;/demo"
      spara lead create --json-data '{"email": "ada@example.com", "meeting_booked": false}'
    """
    from spara_cli.cli.lead_inbox import act_on_inbox
    from spara_cli.cli.lead_values import checked_values, doubts_about, json_object, split_pairs
    from spara_cli.cli.lead_view import lead_as_dict
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.text import visible
    from spara_cli.runtime.lead_changes import create_lead

    if identity is not None and not identity.strip():
        raise UsageError("--id is blank", hint="leave it out for a fresh id")
    texts = split_pairs(fields or [])
    objects = json_object(json_data, "--json-data") if json_data is not None else {}
    with open_world() as world:
        checked_id, values = checked_values(world, texts, objects, lead_id=identity)
        doubts = doubts_about(world, texts)
        lead = create_lead(world, checked_id, values, world.clock.now())
        act_on_inbox(world)
    for doubt in doubts:
        note(f"note: {doubt}")
    out(dumps(envelope("lead create", True, lead=lead_as_dict(lead))) if json else visible(lead.id))
    return EXIT_OK
