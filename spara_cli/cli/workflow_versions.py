"""`spara workflow versions`: what was published when, by whom, from which commit, and who follows it (P1)."""

from __future__ import annotations

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.errors import EXIT_OK

HASH_SHOWN = 12
"""Digits of a version's hash that a table shows; the JSON answer has all 64."""

_HEADINGS = ("VERSION", "", "HASH", "PUBLISHED", "BY", "COMMIT", "INSIDE")


def versions(
    name: str = typer.Argument(..., metavar="NAME", help="The workflow's key."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """List a workflow's published versions.

    The newest comes first; `current` is the one that new leads follow. Leads inside an older one were kept on it
    when a later version came without their step.

    Examples:
      spara workflow versions inbound-demo
      spara workflow versions inbound-demo --json
    """
    from spara_cli.cli.looking import published_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import Marked, write_table
    from spara_cli.runtime.funnel import versions_of

    with published_world(name) as world:
        lines = versions_of(world, name)
        zone = world.rules.zone
    if json:
        found = [
            {
                "version": line.row.version,
                "hash": line.row.hash,
                "published_at": line.row.published_at,
                "published_by": line.row.published_by,
                "git_commit": line.row.git_commit,
                "current": line.is_current,
                "inside": line.inside,
            }
            for line in lines
        ]
        out(dumps(envelope("workflow versions", True, workflow=name, versions=found)))
        return EXIT_OK
    rows = [
        (
            line.row.version,
            Marked("current", "good") if line.is_current else "",
            line.row.hash[:HASH_SHOWN],
            line.row.published_at,
            line.row.published_by,
            line.row.git_commit,
            line.inside,
        )
        for line in lines
    ]
    write_table(_HEADINGS, rows, colour=OPTIONS.colour_out, zone=zone)
    return EXIT_OK
