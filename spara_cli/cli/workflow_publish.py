"""`spara workflow publish`: make playbooks the versions that leads follow (SPEC P1–P3, P5)."""

from __future__ import annotations

import typer

from spara_cli.cli.context import confirm, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK


def publish(
    paths: list[str] = typer.Argument(
        ..., metavar="PATH…", help="Playbooks, or folders of them; tests are passed over."
    ),
    in_flight: list[str] = typer.Option(
        [], "--in-flight", metavar="WHAT", help="For leads at steps that are gone: keep, exit or move:OLD=NEW."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Publish playbooks, so that leads follow them.

    They are checked first. New leads follow the new version from now on, leads inside go on at the same step.

    Nothing is published when any of the files has an error. An unchanged playbook changes nothing; one that
    was unpublished is resumed.

    Examples:
      spara workflow publish playbooks/inbound-demo.yaml
      spara workflow publish playbooks --yes
      spara workflow publish playbooks/drip.yaml --in-flight move:old-step=new-step
    """
    from dataclasses import asdict

    from spara_cli.cli.publishing import author_of, checked_workflows
    from spara_cli.cli.wiring import at_work, open_world, settings
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.runtime.publishing import InFlight
    from spara_cli.runtime.publishing import publish as publish_workflow

    decisions = InFlight.parse(in_flight)
    config = settings()
    workflows = checked_workflows(paths, config, json=json)
    if workflows is None:
        return EXIT_FINDINGS
    names = ", ".join(f"`{workflow.workflow}`" for workflow in workflows)
    if not confirm(f"publish {names} (mode: {config.project.mode})?", yes=yes):
        note("nothing was published")
        return EXIT_FINDINGS
    published = []
    with open_world(config) as world, at_work(world):
        for workflow in workflows:
            published.append(publish_workflow(world, workflow, decisions, author_of(config.root), world.clock.now()))
    if json:
        out(dumps(envelope("workflow publish", True, workflows=[asdict(item) for item in published])))
        return EXIT_OK
    for item in published:
        what = "published" if item.created else "resumed" if item.resumed else "unchanged"
        inside = f", {item.inside:,} inside" if item.inside else ""
        out(f"{item.workflow}: {what}, version {item.version}{inside}")
    return EXIT_OK
