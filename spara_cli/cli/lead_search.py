"""`spara lead search`: find leads by address, text, or when they were created (SPEC L3, A1)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

_SECOND_BUT_A_TICK = timedelta(seconds=1, microseconds=-1)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def search(
    text: str | None = typer.Argument(None, metavar="EMAIL|TEXT", help="An address, or text in any field."),
    email: bool = typer.Option(False, "--email", help="Take EMAIL as the whole address, whatever it looks like."),
    start: str | None = typer.Option(None, "--start", metavar="INSTANT", help="Created at or after."),
    end: str | None = typer.Option(
        None, "--end", metavar="INSTANT", help="Created at or before; a date: that day too."
    ),
    limit: int = typer.Option(100, "--limit", metavar="N", min=1, max=100_000, help="At most so many leads."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Find leads by address, text or date of creation.

    What is an address is compared as a whole; several leads may share one. Upper and lower case are the
    same. Both ends of a period are included; without an offset they are in the account's zone.

    Examples:
      spara lead search ada@example.com
      spara lead search "analytical engines"
      spara lead search --start 2026-03-01 --end 2026-03-31 --json
    """
    from spara_cli.cli.lead_values import checked_text
    from spara_cli.cli.lead_view import HEADINGS, lead_as_dict, lead_cells
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import write_table

    words = checked_text(text or "", "the text").strip()
    if not words and (email or (start is None and end is None)):
        raise UsageError(
            "what is to be found?", hint="give an address, a text, --start or --end; `spara lead list` lists"
        )
    as_address = bool(words) and (email or _is_address(words))
    with open_world() as world:
        zone = world.rules.zone
        leads = world.store.leads.page(
            email=words.casefold() if as_address else None,
            text=words if words and not as_address else None,
            start=_instant("--start", start, zone, is_end=False),
            end=_instant("--end", end, zone, is_end=True),
            limit=limit + 1,
        )
    more, leads = len(leads) > limit, leads[:limit]
    if json:
        out(dumps(envelope("lead search", True, leads=[lead_as_dict(lead) for lead in leads], more=more)))
        return EXIT_OK
    write_table(HEADINGS, map(lead_cells, leads), colour=OPTIONS.colour_out, zone=zone) if leads else note("none found")
    if more:
        note(f"there are more than {limit:,}; --limit shows more")
    return EXIT_OK


def _is_address(text: str) -> bool:
    from spara_cli.model.address import parse_address

    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def _instant(option: str, text: str | None, zone: ZoneInfo, *, is_end: bool) -> datetime | None:
    """An end of the period, at a resolution of one second (A1); a bare date as the end takes in its whole day."""
    from spara_cli.model.localtime import day_bounds, parse_instant

    if text is None:
        return None
    try:
        instant = parse_instant(text, zone)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    if not is_end:
        return instant.replace(microsecond=0)
    if _DAY.fullmatch(text.strip()):
        return day_bounds(date.fromisoformat(text.strip()), zone)[1] - timedelta(microseconds=1)
    return instant.replace(microsecond=0) + _SECOND_BUT_A_TICK
