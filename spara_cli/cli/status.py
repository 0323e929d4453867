"""`spara status`: who is at work, who is inside which workflow and in what state, and what is due next."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.errors import EXIT_OK

if TYPE_CHECKING:
    from spara_cli.runtime.funnel import Status
    from spara_cli.settings.load import Settings


def status(json: bool = typer.Option(False, "--json", help="Answer with one JSON object.")) -> int:
    """Show what runs, what is due and what is stuck.

    The numbers are of one moment: ENTERED is INSIDE and FINISHED, and the states add up to INSIDE. In a pipe,
    each line is a heading and its value, parted by a tab; the workflows follow, each a line of its own.

    Examples:
      spara status
      spara status --json
    """
    from spara_cli.cli.looking import world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.runtime.funnel import Status, status_of

    config = settings()
    with world_if_any(config) as world:
        found = status_of(world, world.clock.now()) if world is not None else Status()
    if json:
        out(_as_json(found, config))
    else:
        _write_text(found, config)
    return EXIT_OK


def _as_json(found: Status, config: Settings) -> str:
    from spara_cli.output.jsonout import dumps, envelope

    at, holder = found.next_due_at, found.holder
    workflows = [
        {
            "workflow": each.row.key,
            "name": each.row.name,
            "status": each.row.status,
            "version": each.row.version,
            "entered": each.entered,
            "inside": each.inside,
            "finished": each.finished,
            "states": dict(each.states),
        }
        for each in found.workflows
    ]
    blocked = [
        {"workflow": each.row.key, "reason": reason, "count": count}
        for each in found.workflows
        for reason, count in each.blocked.items()
    ]
    keys = {
        "project": config.project.project,
        "mode": config.project.mode,
        "store": config.store,
        "running": {"pid": holder.pid, "host": holder.host} if holder is not None else None,
        "entered": found.entered,
        "inside": found.inside,
        "finished": found.finished,
        "due": found.due,
        "next_due": {"at": at, "local": _local(at, config)} if at is not None else None,
        "uncertain": found.uncertain,
        "open_events": found.open_events,
        "blocked": blocked,
        "workflows": workflows,
    }
    return dumps(envelope("status", True, **keys))


def _local(instant: datetime, config: Settings) -> str:
    return instant.astimezone(config.rules.zone).isoformat()


def _write_text(found: Status, config: Settings) -> None:
    from spara_cli.cli.looking import say
    from spara_cli.output.table import Cell, Marked, Meaning, write_table
    from spara_cli.output.text import visible
    from spara_cli.runtime.funnel import STATES

    is_terminal = sys.stdout.isatty()
    for heading, text in _facts(found, config):
        say(f"{heading:<12}{visible(text)}" if is_terminal else f"{heading}\t{visible(text)}")
    if not found.workflows:
        return
    if is_terminal:
        say("")
    # A person sees the states that occur; a script finds each in its column.
    states = [state for state in STATES if not is_terminal or any(each.states[state] for each in found.workflows)]
    meanings: dict[str, Meaning] = {"held": "warning", "blocked": "bad"}
    rows: list[tuple[Cell, ...]] = [
        (
            Marked(each.row.key, "strong"),
            each.row.status,
            each.row.version,
            each.inside,
            *(Marked(str(n), meanings.get(state)) if (n := each.states[state]) else 0 for state in states),
            each.finished,
        )
        for each in found.workflows
    ]
    headings = (
        "WORKFLOW",
        "STATUS",
        "VERSION",
        "INSIDE",
        *(state.replace("_", " ").upper() for state in states),
        "FINISHED",
    )
    write_table(headings, rows, colour=OPTIONS.colour_out)


def _facts(found: Status, config: Settings) -> Iterator[tuple[str, str]]:
    from spara_cli.cli.looking import moment

    zone, holder = config.rules.zone, found.holder
    yield "project", config.project.project or str(config.root)
    yield "mode", config.project.mode
    yield "store", config.store
    yield "running", f"process {holder.pid} on {holder.host}" if holder is not None else "none"
    yield "leads", f"{found.entered:,} entered = {found.inside:,} inside + {found.finished:,} finished"
    yield "due", f"{found.due:,} now"
    yield "next due", moment(found.next_due_at, zone) if found.next_due_at is not None else "nothing"
    for each in found.workflows:
        for reason, count in each.blocked.items():
            yield "blocked", f"{count:,} in {each.row.key}: {reason}"
    yield "uncertain", f"{found.uncertain:,} deliveries"
    yield "events", f"{found.open_events:,} open"
