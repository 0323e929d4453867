"""`spara workflow funnel`: how many leads came how far in a workflow, where they are, and how they left."""

from __future__ import annotations

import sys

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.errors import EXIT_OK


def funnel(
    name: str = typer.Argument(..., metavar="NAME", help="The workflow's key."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show how far leads came in a workflow.

    Those who entered are those inside and those who finished, by reason. REACHED counts each lead once; HERE stands
    at the step now, of these HELD and BLOCKED; SENT and SKIPPED count every time. Steps that only older versions
    have are listed while leads stand there. In a pipe: id, type, reached, here, sent, skipped, held and blocked,
    parted by tabs; last `total`, entered, inside and finished.

    Examples:
      spara workflow funnel inbound-demo
      spara workflow funnel inbound-demo --json
    """
    from spara_cli.cli.looking import published_world, say_wrapped, terminal_width
    from spara_cli.output.funnel import as_json, headline, write_funnel
    from spara_cli.runtime.funnel import funnel_of

    with published_world(name) as world:
        found = funnel_of(world, name)
    if json:
        out(as_json(found))
        return EXIT_OK
    width = terminal_width()
    if width is not None:
        say_wrapped(headline(found))
    write_funnel(found, sys.stdout, width=width, colour=OPTIONS.colour_out)
    return EXIT_OK
