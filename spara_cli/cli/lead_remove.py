"""`spara lead remove`: take one lead out of a workflow, or out of all it is in (SPEC X3)."""

from __future__ import annotations

import typer

from spara_cli.cli.context import note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, UsageError


def remove(
    identity: str = typer.Argument(..., metavar="ID", help="The lead's id."),
    workflow: str | None = typer.Argument(None, metavar="WORKFLOW", help="The workflow's key."),
    everywhere: bool = typer.Option(False, "--all", help="Out of every workflow it is in."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Take a lead out of a workflow at once.

    What was not handed over yet is not sent. The lead itself stays. It exits as `removed`; the command answers 1
    when it was not inside.

    Examples:
      spara lead remove L-17 inbound-demo
      spara lead remove L-17 --all
    """
    from spara_cli.cli.lead_view import known_lead
    from spara_cli.cli.wiring import open_world
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.text import visible
    from spara_cli.runtime.lead_changes import remove_from
    from spara_cli.runtime.publishing import known_workflow

    if everywhere and workflow is not None:
        raise UsageError("WORKFLOW and --all exclude each other")
    with open_world() as world:
        lead = known_lead(world, identity)
        inside = sorted({enrollment.workflow for enrollment in world.store.enrollments.of_leads([lead.id])})
        if workflow is not None:
            known_workflow(world, workflow)
        elif inside and not everywhere:
            listed = ", ".join(f"`{key}`" for key in inside)
            raise UsageError(f"out of which workflow? the lead is in {listed}", hint="name it, or say --all")
        left = remove_from(world, lead.id, workflow, world.clock.now())
    code = EXIT_OK if left else EXIT_FINDINGS
    if json:
        out(dumps(envelope("lead remove", code == EXIT_OK, lead=lead.id, workflows=left)))
    elif left:
        out(f"{visible(lead.id)}: removed from {', '.join(left)}")
    else:
        note(f"{visible(lead.id)} is not in {workflow or 'any workflow'}")
    return code
