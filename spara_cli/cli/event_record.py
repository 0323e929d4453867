"""`spara event record`: an inbound event by hand, recorded once and acted on at once (SPEC D5, X1–X3, T7)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.model.lead import Lead
    from spara_cli.runtime.world import World
    from spara_cli.store.sqlite.timeline import TimelineRow

SOURCE = "cli"
"""Where these events come from: the first half of the key under which an event is recorded once (D5)."""
DATA_BYTES_MAX = 64 << 10
ID_LENGTH_MAX = 200
USUAL_NAMES = ("bounce", "call_ended", "complaint", "email_reply", "page_visited", "stop", "text_reply", "unsubscribe")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


def record(
    name: str = typer.Argument(..., metavar="NAME", help="Such as email_reply, unsubscribe, or a word of your own."),
    lead: str | None = typer.Option(None, "--lead", metavar="ID", help="Whose event it is."),
    email: str | None = typer.Option(None, "--email", metavar="ADDRESS", help="Whose event it is, by address."),
    data: str = typer.Option("{}", "--data", metavar="JSON|-", help="What criteria read as event.<key>: an object."),
    external_id: str | None = typer.Option(
        None, "--id", metavar="EXTERNAL_ID", help="Its id where it comes from; recorded twice, it counts once."
    ),
    at: str | None = typer.Option(None, "--at", metavar="INSTANT", help="When it happened; default: now."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Record something a lead did, such as a reply.

    Exits, steps that wait for it and triggers act on it at once. email_reply, text_reply, bounce, unsubscribe and
    stop mean what they say; any other word is for `wait_for` and triggers. While another spara is at work on the
    store, that one acts.

    Examples:
      spara event record email_reply --lead L-17
      spara event record unsubscribe --email ada@example.com --id mailbox-4711
      spara event record page_visited --lead L-17 --data '{"path": "/pricing"}'
    """
    from spara_cli.cli.lead_inbox import act_on_inbox
    from spara_cli.cli.lead_values import json_object
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.timeline import entries_as_dicts
    from spara_cli.runtime.clock import new_id
    from spara_cli.runtime.inbound import record_event

    _check_name(name)
    content = json_object(data, "--data", DATA_BYTES_MAX)
    external_id = new_id("event") if external_id is None else _checked_id(external_id)
    with open_world() as world:
        person = _lead(world, lead, email)
        happened_at = _instant(world, at)
        known_before = len(world.store.timeline.of_lead(person.id))
        recorded = record_event(world, SOURCE, external_id, name, person.id, content, happened_at)
        acted = act_on_inbox(world)
        came_of_it = world.store.timeline.of_lead(person.id)[known_before:]
        zone = world.rules.zone
    _hint_at_name(name, came_of_it)
    if json:
        answer = {"event": name, "lead": person.id, "id": external_id, "at": happened_at}
        entries = entries_as_dicts(came_of_it)
        out(dumps(envelope("event record", True, **answer, recorded=recorded, acted=acted, entries=entries)))
    elif recorded:
        from spara_cli.output.table import write_table
        from spara_cli.output.text import visible
        from spara_cli.output.timeline import HEADINGS, timeline_cells

        note(f"recorded {name} for {visible(person.id)}")
        write_table(HEADINGS, timeline_cells(came_of_it, (), zone), free="WHAT", colour=OPTIONS.colour_out, zone=zone)
        if acted and not came_of_it:
            note("no workflow the lead is in acts on it")
    if not recorded:
        note("an event with this id was recorded before; it counts once")
    return EXIT_OK


def _check_name(name: str) -> None:
    from spara_cli.cli.lead_values import printable

    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{printable(name)}` cannot be an event's name",
            hint="letters, digits and `_ . : -`, at most 100, such as `webhook:pages`",
        )


def _checked_id(text: str) -> str:
    from spara_cli.cli.lead_values import checked_text

    if not text.strip() or len(text) > ID_LENGTH_MAX:
        raise UsageError(f"--id wants 1 to {ID_LENGTH_MAX} characters")
    return checked_text(text, "--id")


def _lead(world: World, identity: str | None, email: str | None) -> Lead:
    """Whose event it is. Raises UsageError when nobody is named, or nobody or several have the address."""
    from spara_cli.cli.lead_values import checked_text, printable
    from spara_cli.cli.lead_view import known_lead

    if (identity is None) == (email is None):
        raise UsageError("whose event is it?", hint="one of --lead ID and --email ADDRESS")
    if identity is not None:
        return known_lead(world, identity)
    address = checked_text(email or "", "--email").strip()
    ids = world.store.leads.ids_of_emails([address.casefold()]).get(address.casefold(), [])
    if not ids:
        raise UsageError(f"no lead has the address `{printable(address)}`", hint="`spara lead search TEXT` finds leads")
    if len(ids) > 1:
        listed = ", ".join(f"`{found}`" for found in ids[:5]) + (" and more" if len(ids) > 5 else "")
        raise UsageError(f"{len(ids)} leads have this address: {listed}", hint="say which one with --lead")
    return known_lead(world, ids[0])


def _instant(world: World, text: str | None) -> datetime:
    from spara_cli.model.localtime import parse_instant

    now = world.clock.now()
    if text is None:
        return now
    try:
        instant = parse_instant(text, world.rules.zone)
    except ValueError as error:
        raise UsageError(f"--at: {error}") from None
    if instant > now:
        raise UsageError("--at is in the future; an event is recorded once it has happened")
    return instant


def _hint_at_name(name: str, came_of_it: list[TimelineRow]) -> None:
    """Say so when a name that moved nobody is nearly one that means something."""
    from spara_cli.diagnostics import did_you_mean

    near = did_you_mean(name, USUAL_NAMES)
    moved = any(row.entry.kind != "event" for row in came_of_it)
    if not moved and near is not None and near != name:
        note(f"note: did you mean `{near}`?")
