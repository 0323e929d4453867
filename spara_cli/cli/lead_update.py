"""`spara lead update`: change the fields of one lead (SPEC L1, L2, L4, X2)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.model.lead import FieldValue
    from spara_cli.runtime.lead_writing import Values
    from spara_cli.runtime.world import World

_FIELDS = typer.Argument(None, metavar="FIELD=VALUE…", help="What to set.")
_UNSET = typer.Option([], "--unset", metavar="FIELD", help="A field to clear; may come several times.")


def update(
    identity: str = typer.Argument(..., metavar="ID", help="The lead's id."),
    fields: list[str] | None = _FIELDS,
    unset: list[str] = _UNSET,
    json_data: str | None = typer.Option(
        None, "--json-data", metavar="JSON|-", help="Fields as one JSON object, or `-` to read it from standard input."
    ),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Set or clear fields of one lead.

    Goals and conditions that wait for the change act on it at once. A blank value or null clears nothing: say --unset.

    Examples:
      spara lead update L-17 stage=won
      spara lead update L-17 num_employees=120 --unset job_title
      spara lead update L-17 --json-data '{"meeting_booked": true}'
    """
    from spara_cli.cli.lead_inbox import act_on_inbox
    from spara_cli.cli.lead_values import doubts_about, json_object, split_pairs
    from spara_cli.cli.lead_view import known_lead, lead_as_dict
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.runtime.lead_changes import update_lead
    from spara_cli.runtime.lead_writing import changed_names

    texts = split_pairs(fields or [])
    objects = json_object(json_data, "--json-data") if json_data is not None else {}
    if not texts and not objects and not unset:
        raise UsageError("nothing to change", hint="give FIELD=VALUE, --json-data or --unset FIELD")
    with open_world() as world:
        before = known_lead(world, identity)
        values = _values(world, texts, objects, unset, before.text("country"))
        doubts = doubts_about(world, texts)
        after = update_lead(world, before, values, world.clock.now())
        acted = act_on_inbox(world)
    changed = changed_names(before, after, values)
    for doubt in doubts:
        note(f"note: {doubt}")
    if json:
        out(dumps(envelope("lead update", True, lead=lead_as_dict(after), changed=changed, acted=acted)))
    elif changed:
        _write(changed, before.fields, after.fields)
    else:
        note("nothing changed")
    return EXIT_OK


def _values(
    world: World, texts: dict[str, str], objects: dict[str, object], unset: list[str], country: str | None
) -> Values:
    """What to write: checked values, and None for each field to clear. Raises UsageError."""
    from spara_cli.cli.lead_values import checked_values, printable
    from spara_cli.model.fieldtypes import field_name_problem
    from spara_cli.model.lead import is_missing

    for name, text in texts.items():
        if is_missing(text):
            raise UsageError(f"`{printable(name)}=` is blank, which changes nothing", hint=f"--unset {printable(name)}")
    for name in unset:
        if problem := field_name_problem(name):
            raise UsageError(f"--unset: the name `{printable(name)}` {problem}")
        if name in texts or name in objects:
            raise UsageError(f"`{printable(name)}` is both set and unset")
    _, values = checked_values(world, texts, objects, country=country)
    cleared: dict[str, FieldValue | None] = dict.fromkeys(unset)
    return {**values, **cleared}


def _write(changed: list[str], before: Values, after: Values) -> None:
    from spara_cli.output.table import write_table

    rows = [[name, before.get(name), after.get(name)] for name in changed]
    write_table(("FIELD", "BEFORE", "AFTER"), rows, colour=OPTIONS.colour_out, stream=sys.stdout)
