"""`spara workflow preview`: the messages of a workflow as a lead would get them, sent to nobody [Spara's Preview].

The one thing to know: with --lead it is a real lead, else one made to enter and go the usual way, with the
examples that spara.yaml declares; --set lies over either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from spara_cli.cli.looking import Subject
    from spara_cli.engine.facts import Facts
    from spara_cli.model.lead import FieldValue
    from spara_cli.model.rules import Rules
    from spara_cli.runtime.world import World
    from spara_cli.settings.load import Settings
    from spara_cli.simulate.preview import Preview

_SET = typer.Option([], "--set", metavar="FIELD=VALUE", help="A field's value; blank clears it.")
_HTML = typer.Option(None, "--html", metavar="FILE", help="Write the email's HTML to a file.")


def preview(
    name: str = typer.Argument(..., metavar="PATH|NAME", help="A playbook file, or a workflow's key."),
    step: str | None = typer.Argument(None, metavar="STEP", help="Only this step; default: every one that sends."),
    lead: str | None = typer.Option(None, "--lead", metavar="ID", help="A real lead; default: an example."),
    values: list[str] = _SET,
    html: Path | None = _HTML,
    browser: bool = typer.Option(False, "--open", help="Open the email's HTML in the browser."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show messages as a lead would get them.

    Emails, texts, calls, notices and requests are written out; what is missing is marked ⟨so⟩. Texts come with
    their segments and encoding, requests with their secrets unresolved. Nothing is sent, stored or asked of
    anybody.

    Examples:
      spara workflow preview playbooks/inbound-demo.yaml
      spara workflow preview inbound-demo hello --lead lead_3f9c --html hello.html
      spara workflow preview playbooks/inbound-demo.yaml hello --set first_name=
    """
    from spara_cli.cli.looking import find_subject, world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.runtime.clock import WallClock
    from spara_cli.simulate.preview import previews

    config, now = settings(), WallClock().now()
    with world_if_any(config) as world:
        subject = find_subject(name, config, world, command="workflow preview", json=json)
        if subject is None:
            return EXIT_FINDINGS
        _check_step(subject, step)
        facts, memory = _facts(subject, config, world, lead, values, now)
    found = list(previews(subject.workflow, facts, memory, now, step=step))
    if html is not None or browser:
        _write_html(found, html or _file_for(subject, found, config), name, opened=browser)
    if json:
        out(_as_json(subject, facts, found, config))
    elif html is None and not browser:
        _write_text(found, facts, config, is_example=lead is None)
    return EXIT_OK


def _check_step(subject: Subject, step: str | None) -> None:
    """Raises UsageError for a step that is not there, or sends nothing."""
    from spara_cli.diagnostics import suggestion
    from spara_cli.playbook.workflow import step_id, walk
    from spara_cli.simulate.preview import PREVIEWED

    types = {step_id(path, each): each.type for path, each in walk(subject.workflow.steps)}
    shown = [identity for identity, kind in types.items() if kind in PREVIEWED]
    if step is None:
        if not shown:
            raise UsageError(f"`{subject.workflow.workflow}` has no step that sends or asks anything")
    elif step not in types:
        raise UsageError(f"`{subject.workflow.workflow}` has no step `{step}`", hint=suggestion(step, types))
    elif step not in shown:
        kinds = ", ".join(f"`{identity}`" for identity in shown)
        hint = f"these do: {kinds}" if shown else None
        raise UsageError(f"`{step}` is a `{types[step]}` step, which sends nothing", hint=hint)


def _facts(
    subject: Subject, config: Settings, world: World | None, lead: str | None, values: Sequence[str], now: datetime
) -> tuple[Facts, Mapping[str, Any]]:
    """The lead whose messages are shown, with what an enrollment of it remembers."""
    from spara_cli.engine.facts import Facts
    from spara_cli.simulate.preview import example_lead

    rules = world.rules if world is not None else config.rules
    given = _given(subject, rules, values)
    if lead is None:
        declared = {name: each.example for name, each in config.project.fields.items() if each.example is not None}
        example, memory = example_lead(subject.workflow, rules, now, given)
        return Facts(replace(example, fields=_laid_over({**example.fields, **declared}, given)), rules), memory
    if world is None:
        raise UsageError(f"there is no lead `{lead}`: the project has no database yet")
    from spara_cli.cli.lead_view import known_lead

    real = known_lead(world, lead)
    inside = world.store.enrollments.of_leads([real.id], workflow=subject.workflow.workflow)
    real = replace(real, fields=_laid_over(real.fields, given))
    return Facts(real, rules), inside[-1].memory if inside else {}


def _given(subject: Subject, rules: Rules, values: Sequence[str]) -> dict[str, FieldValue | None]:
    """`--set` by the fields' types. Raises UsageError."""
    from spara_cli.model.fieldtypes import FieldTypeError, field_name_problem
    from spara_cli.simulate.case import subject_of
    from spara_cli.simulate.happy_path import read_override

    typed: dict[str, FieldValue | None] = {}
    if not values:
        return typed
    known = subject_of(subject.workflow, rules)
    for word in values:
        name, equals, text = word.partition("=")
        problem = field_name_problem(name)
        if not equals:
            raise UsageError(f"--set: `{word}` has no `=`", hint="write --set FIELD=VALUE")
        if problem is not None:
            raise UsageError(f"--set: the name `{name}` {problem}")
        try:
            typed[name] = read_override(known, name, text)
        except FieldTypeError as error:
            raise UsageError(f"--set: {error}") from None
    return typed


def _laid_over(fields: Mapping[str, FieldValue], given: Mapping[str, FieldValue | None]) -> dict[str, FieldValue]:
    return {name: value for name, value in {**fields, **given}.items() if value is not None}


def _sender(config: Settings) -> str | None:
    """The email channel's own sender, when one is configured."""
    sender: str | None = getattr(config.project.channels.email, "from_", None)
    return sender


def _as_json(subject: Subject, facts: Facts, found: Sequence[Preview], config: Settings) -> str:
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.preview import as_data

    keys = {
        "workflow": subject.workflow.workflow,
        "version": subject.version.version if subject.version is not None else None,
        "path": subject.path,
        "lead": {"id": facts.lead.id, "fields": dict(facts.lead.fields)},
        "steps": [as_data(each, _sender(config)) for each in found],
    }
    return dumps(envelope("workflow preview", True, **keys))


def _write_text(found: Sequence[Preview], facts: Facts, config: Settings, *, is_example: bool) -> None:
    from spara_cli.cli.looking import say
    from spara_cli.output.preview import lead_line, render_preview

    note(lead_line(facts.lead, is_example=is_example))
    for number, each in enumerate(found):
        if number:
            say("")
        say(render_preview(each, _sender(config), colour=OPTIONS.colour_out))


def _file_for(subject: Subject, found: Sequence[Preview], config: Settings) -> Path:
    """Where `--open` puts the HTML when nobody says: the project's state folder."""
    step = found[0].id if len(found) == 1 else "email"
    return config.state / "preview" / f"{subject.workflow.workflow}.{step}.html"


def _write_html(found: Sequence[Preview], file: Path, name: str, *, opened: bool) -> None:
    """Write the one email's HTML, and maybe open it. Raises UsageError when there is not exactly one email."""
    from spara_cli.model.message import Email
    from spara_cli.output.preview import email_parts

    emails = [each for each in found if isinstance(each.message, Email)]
    if len(emails) != 1:
        which = ", ".join(f"`{each.id}`" for each in emails)
        hint = f"name one of {which}: spara workflow preview {name} STEP" if emails else None
        raise UsageError(f"--html and --open show one email; here there are {len(emails)}", hint=hint)
    message = emails[0].message
    content = email_parts(message)[1] if isinstance(message, Email) else ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    note(f"wrote {file}")
    if opened:
        import webbrowser

        if not webbrowser.open(file.resolve().as_uri()):
            note("no browser could be opened")
