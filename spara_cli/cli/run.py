"""`spara run`: turns until nothing is due, in the foreground."""

from __future__ import annotations

import typer

from spara_cli.cli.context import note, out
from spara_cli.errors import EXIT_INTERRUPTED, EXIT_OK, UsageError


def run(
    dry_run: bool = typer.Option(False, "--dry-run", help="Take the same path on a copy; nothing is sent or written."),
    max_turns: int | None = typer.Option(None, "--max-turns", metavar="N", min=1, help="Stop after this many turns."),
    fast_forward: str | None = typer.Option(
        None, "--fast-forward", metavar="DURATION", help="Outbox mode: let the clock jump to what is due, this far."
    ),
    watch: bool = typer.Option(False, "--watch", help="Keep going until Ctrl-C, waking when something is due."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Let leads in and move everyone as far as is due.

    Examples:
      spara run
      spara run --dry-run
      spara run --fast-forward 30d
    """
    from dataclasses import asdict

    from spara_cli.cli.running import dry_run_of, run_turns
    from spara_cli.cli.wiring import settings
    from spara_cli.model.duration import format_duration, parse_duration
    from spara_cli.output.runreport import as_json, as_text
    from spara_cli.runtime.clock import WallClock

    if watch and (dry_run or fast_forward is not None):
        raise UsageError("--watch goes with neither --dry-run nor --fast-forward")
    try:
        ahead = parse_duration(fast_forward) if fast_forward is not None else None
    except ValueError as error:
        raise UsageError(f"--fast-forward: {error}") from None
    config, wall = settings(), WallClock()
    started = wall.now()
    recorded, was_stopped = None, False
    if dry_run:
        counts, recorded = dry_run_of(config, max_turns, ahead)
    else:
        counts, was_stopped = run_turns(config, max_turns, ahead, watch=watch)
    seconds = (wall.now() - started).total_seconds()
    render = as_json if json else as_text
    out(render(asdict(counts), seconds, recorded=recorded))
    if counts.sent and not dry_run and not json:
        note(f"messages are in {config.state / 'outbox'}")
    if ahead is not None and not dry_run and not json:
        note(f"the project's clock is now {format_duration(ahead)} further on, and stays so")
    return EXIT_INTERRUPTED if was_stopped else EXIT_OK
