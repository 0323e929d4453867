"""`spara workflow unpublish` and `cancel`: stop a workflow for a while, or for good (SPEC P1, P3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import confirm, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from spara_cli.runtime.world import World

_NAME = typer.Argument(..., metavar="NAME", help="The workflow's key.")
_YES = typer.Option(False, "--yes", "-y", help="Do not ask.")
_JSON = typer.Option(False, "--json", help="Answer with one JSON object.")


def unpublish(name: str = _NAME, yes: bool = _YES, json: bool = _JSON) -> int:
    """Pause a workflow: leads inside stay where they are.

    Publishing it again lets each go on with the time it had left.

    Examples:
      spara workflow unpublish inbound-demo
    """
    from spara_cli.runtime.publishing import unpublish as freeze

    return _stop("unpublish", name, "frozen", freeze, yes=yes, json=json)


def cancel(name: str = _NAME, yes: bool = _YES, json: bool = _JSON) -> int:
    """End a workflow for good; leads inside leave it.

    Every lead inside leaves as `cancelled`, and the workflow cannot be published again.

    Examples:
      spara workflow cancel spring-campaign --yes
    """
    from spara_cli.runtime.publishing import cancel as end

    return _stop("cancel", name, "cancelled", end, yes=yes, json=json)


def _stop(
    command: str, name: str, word: str, act: Callable[[World, str, datetime], int], *, yes: bool, json: bool
) -> int:
    from spara_cli.cli.wiring import at_work, open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.runtime.publishing import known_workflow

    with open_world() as world:
        known_workflow(world, name)
        inside = sum(world.store.workflows.places(name).values())
        if not confirm(f"{command} `{name}` with {inside:,} leads inside?", yes=yes):
            note("nothing was changed")
            return EXIT_FINDINGS
        with at_work(world):
            count = act(world, name, world.clock.now())
    if json:
        out(dumps(envelope(f"workflow {command}", True, workflow=name, leads=count)))
    else:
        out(
            f"{name}: {command}ed, {count:,} leads {word}"
            if command == "unpublish"
            else f"{name}: {count:,} leads {word}"
        )
    return EXIT_OK
