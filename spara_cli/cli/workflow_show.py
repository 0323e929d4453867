"""`spara workflow show` and `export`: one workflow in words, and as the YAML that publishes the same again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from spara_cli.cli.looking import Subject
    from spara_cli.runtime.funnel import StepFunnel
    from spara_cli.settings.load import Settings

_NAME = typer.Argument(..., metavar="NAME|PATH", help="A workflow's key, or a playbook file.")
_VERSION = typer.Option(None, "--version", metavar="N", min=1, help="A published version; default: the current one.")
_HEADINGS = ("STEP", "TYPE", "WHAT IT DOES", "BRANCH", "HERE")


def show(
    name: str = _NAME,
    version: int | None = _VERSION,
    yaml: bool = typer.Option(False, "--yaml", help="The playbook as YAML, the same as `workflow export`."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show who enters a workflow, its steps, and its exits.

    Each step is listed with the leads that stand there. NAME is the published version; a PATH, or a playbook that
    was never published, is shown as the file is now. Exits 1 with the errors when the file has any.

    Examples:
      spara workflow show inbound-demo
      spara workflow show inbound-demo --version 2
      spara workflow show playbooks/inbound-demo.yaml --json
    """
    from spara_cli.cli.looking import counts_of, find_subject, world_if_any
    from spara_cli.cli.wiring import settings

    if yaml:
        return export(name, version, json)
    config = settings()
    with world_if_any(config) as world:
        subject = find_subject(name, config, world, command="workflow show", version=version, json=json)
        if subject is None:
            return EXIT_FINDINGS
        counts = counts_of(world, subject)
    if json:
        out(_as_json(subject, counts))
    else:
        _write_text(subject, counts, config)
    return EXIT_OK


def export(
    name: str = _NAME,
    version: int | None = _VERSION,
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object that holds the text."),
) -> int:
    """Print a published workflow as a playbook.

    The text says what the workflow means, without the comments of the file it came from. Publishing the text
    changes nothing: it has the same fingerprint.

    Examples:
      spara workflow export inbound-demo
      spara workflow export inbound-demo --version 2 > playbooks/inbound-demo.yaml
    """
    from spara_cli.cli.looking import find_subject, say, world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.playbook.export import workflow_yaml

    config = settings()
    with world_if_any(config) as world:
        subject = find_subject(name, config, world, command="workflow export", version=version, json=json)
    if subject is None:
        return EXIT_FINDINGS
    text = workflow_yaml(subject.workflow)
    if json:
        out(dumps(envelope("workflow export", True, **_identity(subject), yaml=text)))
    else:
        say(text)
    return EXIT_OK


def _identity(subject: Subject) -> dict[str, Any]:
    """Which workflow, and which state of it."""
    from spara_cli.playbook.fingerprint import fingerprint

    row, version = subject.row, subject.version
    return {
        "workflow": subject.workflow.workflow,
        "version": version.version if version is not None else None,
        "hash": version.hash if version is not None else fingerprint(subject.workflow),
        "status": row.status if row is not None else "draft",
        "path": subject.path,
    }


def _steps(subject: Subject, counts: Mapping[str, StepFunnel] | None) -> Iterator[dict[str, Any]]:
    """Every step in reading order, then those of older versions that still hold leads."""
    from spara_cli.output.words import step_in_words, where_in_words
    from spara_cli.playbook.workflow import step_id, walk

    known = set()
    names: dict[tuple[str | int, ...], str] = {}
    for path, step in walk(subject.workflow.steps):
        identity = step_id(path, step)
        known.add(identity)
        for number, branch in enumerate(step.branches_of):
            names[*path, "branches", number] = f"{identity}: {branch.name}"
        here = counts[identity].here if counts is not None and identity in counts else 0
        yield {
            "id": identity,
            "type": step.type,
            "name": step.name,
            "summary": step_in_words(step),
            "only_if": where_in_words(step.only_if) if step.only_if is not None else None,
            "branch": names.get(path[:-2]),
            "next": step.next,
            "on": dict(step.on),
            "here": here,
            "older": False,
        }
    for count in (counts or {}).values():
        if count.id not in known and count.here:
            yield {
                "id": count.id, "type": count.type, "name": None, "summary": "not in this version", "only_if": None,
                "branch": None, "next": None, "on": {}, "here": count.here, "older": True,
            }  # fmt: skip


def _as_json(subject: Subject, counts: Mapping[str, StepFunnel] | None) -> str:
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.words import settings_in_words, trigger_in_words
    from spara_cli.playbook.fingerprint import canonical

    workflow, version = subject.workflow, subject.version
    keys = {
        **_identity(subject),
        "name": workflow.name,
        "description": workflow.description,
        "published_at": version.published_at if version is not None else None,
        "published_by": version.published_by if version is not None else None,
        "git_commit": version.git_commit if version is not None else None,
        "trigger": trigger_in_words(workflow.trigger),
        "settings": settings_in_words(workflow.settings),
        "steps": list(_steps(subject, counts)),
        "definition": canonical(workflow),
    }
    return dumps(envelope("workflow show", True, **keys))


def _write_text(subject: Subject, counts: Mapping[str, StepFunnel] | None, config: Settings) -> None:
    from spara_cli.cli.looking import say, say_wrapped
    from spara_cli.output.table import Marked, write_table
    from spara_cli.output.text import visible
    from spara_cli.output.words import settings_in_words, trigger_in_words

    workflow = subject.workflow
    say(f"{workflow.workflow}{f'  {visible(workflow.name)}' if workflow.name else ''}")
    facts = [("status", _status(subject, config)), ("about", visible((workflow.description or "").strip()))]
    facts += [("enters" if not number else "", line) for number, line in enumerate(trigger_in_words(workflow.trigger))]
    facts += list(settings_in_words(workflow.settings).items())
    width = max(len(heading) for heading, text in facts if text) + 2
    for heading, text in facts:
        if text:
            say_wrapped(text, heading=heading or " ", indent=width)
    say("")
    rows = [
        (
            Marked(step["id"], "strong"),
            step["type"],
            step["summary"] + (f" (only if {step['only_if']})" if step["only_if"] else "") + _routes(step),
            step["branch"],
            Marked(f"{step['here']:,}", "hint") if step["here"] else "0",
        )
        for step in _steps(subject, counts)
    ]
    write_table(_HEADINGS, rows, free="WHAT IT DOES", colour=OPTIONS.colour_out)


def _routes(step: Mapping[str, Any]) -> str:
    routes = [f"{outcome}: {target}" for outcome, target in step["on"].items()]
    routes += [f"then {step['next']}"] if step["next"] else []
    return f" ({', '.join(routes)})" if routes else ""


def _status(subject: Subject, config: Settings) -> str:
    from spara_cli.output.table import local_text
    from spara_cli.output.text import visible

    row, version = subject.row, subject.version
    if row is None or version is None:
        return f"draft in {visible(subject.path or '')}" + (f"; version {row.version} is {row.status}" if row else "")
    current = "" if version.version == row.version else f", while version {row.version} is the current one"
    by = f" by {visible(version.published_by)}" if version.published_by else ""
    at = local_text(version.published_at, config.rules.zone)
    return f"{row.status}, version {version.version}{current}, published {at}{by}"
