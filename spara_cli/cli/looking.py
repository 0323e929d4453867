"""What the commands that look at workflows share: which workflow NAME or PATH means, and where an answer goes.

The one thing to know: looking makes nothing. Without a database there is no world, and everything is a draft.
A NAME is a published workflow, else a playbook of the project; a PATH is a file as it is now.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from spara_cli.cli.context import OPTIONS, out
from spara_cli.cli.files import PLAYBOOKS_FOLDER, playbook_files, read_playbook
from spara_cli.cli.wiring import open_world, settings
from spara_cli.diagnostics import Severity, did_you_mean
from spara_cli.errors import StoreError, UsageError
from spara_cli.lint.check import check_parsed, workflow_key
from spara_cli.output.jsonout import diagnostics_as_files, dumps, envelope
from spara_cli.output.table import local_text
from spara_cli.output.text import render_text
from spara_cli.playbook.parse import Parsed, parse_workflow
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.funnel import StepFunnel, funnel_of
from spara_cli.runtime.publishing import known_workflow
from spara_cli.runtime.world import World
from spara_cli.settings.load import Settings
from spara_cli.store.sqlite.workflows import VersionRow, WorkflowRow

WIDTH_MIN = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """A workflow to look at: a published `version`, or the draft in the file `path`.

    `row` is there when the workflow of that key was ever published, also where the draft is looked at.
    """

    workflow: Workflow
    row: WorkflowRow | None = None
    version: VersionRow | None = None
    path: str | None = None


@contextmanager
def world_if_any(config: Settings) -> Iterator[World | None]:
    """The project's world, or None while it has no database: looking does not make one."""
    if not config.database.exists():
        yield None
        return
    with open_world(config) as world:
        yield world


@contextmanager
def published_world(name: str) -> Iterator[World]:
    """The world, for what only a published workflow has.

    Raises UsageError, with the nearest key or the playbook that could be published, when NAME was never.
    """
    config = settings()
    with world_if_any(config) as world:
        if world is not None and world.store.workflows.get(name) is not None:
            yield world
            return
        draft = next((each for each in _drafts_if_any(config) if workflow_key(each) == name), None)
        if draft is None and world is not None:
            known_workflow(world, name)
    hint = f"`spara workflow publish {draft.source.path}` does" if draft is not None else None
    raise UsageError(f"no workflow `{name}` was published", hint=hint)


def find_subject(
    name: str, config: Settings, world: World | None, *, command: str, version: int | None = None, json: bool = False
) -> Subject | None:
    """What NAME or PATH means; None when its file has errors, which have been told: exit 1 then.

    Raises UsageError for a file that is not there and a workflow that is neither published nor a playbook, with
    the nearest key, and for a `version` that does not exist.
    """
    row = None
    if not _is_path(name):
        row = world.store.workflows.get(name) if world is not None else None
        if row is not None and world is not None:
            return _published(world, row, version)
    if version is not None:
        raise UsageError(
            f"`{name}` was never published, so it has no version {version}",
            hint="versions are those of a published workflow, by its name",
        )
    parsed = _one_file(name) if _is_path(name) else _draft_named(name, config, world)
    workflow = _checked(parsed, config, command, json=json)
    if workflow is None:
        return None
    row = world.store.workflows.get(workflow.workflow) if world is not None else None
    return Subject(workflow, row, None, parsed.source.path)


def drafts_of(config: Settings) -> list[Parsed]:
    """The playbooks in the project's folder, whatever is wrong with them; none without the folder.

    Raises UsageError when the folder is there and holds none.
    """
    folder = config.root / PLAYBOOKS_FOLDER
    if not folder.is_dir():
        return []
    here = Path.cwd()
    shown = Path(os.path.relpath(folder, here)) if folder.is_relative_to(here) else folder
    return [parse_workflow(read_playbook(path)) for path in playbook_files([shown], tests=False)]


def counts_of(world: World | None, subject: Subject) -> Mapping[str, StepFunnel] | None:
    """The funnel of a published workflow by step, seen from the subject's steps; None for one that never was."""
    if world is None or subject.row is None:
        return None
    return {step.id: step for step in funnel_of(world, subject.row.key).steps}


def say(text: str) -> None:
    """Write an answer to stdout; what its encoding cannot say becomes a visible escape."""
    encoding = sys.stdout.encoding or "utf-8"
    out(text.encode(encoding, "backslashreplace").decode(encoding))


def moment(instant: datetime, zone: tzinfo) -> str:
    """An instant on the account's clock and in UTC."""
    return f"{local_text(instant, zone)} ({instant:%Y-%m-%dT%H:%M:%SZ})"


def say_wrapped(text: str, *, heading: str = "", indent: int = 2) -> None:
    """Write an answer after its heading, on a terminal wrapped at words and indented, in a pipe as it is."""
    from textwrap import wrap

    width = terminal_width()
    line = f"{heading:<{indent}}{text}" if heading else text
    if width is None:
        say(line)
        return
    for part in wrap(line, max(width, indent + WIDTH_MIN), subsequent_indent=" " * indent):
        say(part)


def terminal_width() -> int | None:
    """The columns of the terminal that stdout is, at least a few; None in a pipe, where nothing is cut."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return max(get_terminal_size().columns, WIDTH_MIN)


def definition(version: VersionRow) -> Workflow:
    """The workflow of a published version. Raises StoreError for one this spara cannot read."""
    try:
        return Workflow.model_validate_json(version.definition)
    except ValueError as error:
        raise StoreError(f"version {version.version} of `{version.workflow}` cannot be read: {error}") from error


def _is_path(name: str) -> bool:
    return "/" in name or os.sep in name or name.lower().endswith((".yaml", ".yml"))


def _published(world: World, row: WorkflowRow, number: int | None) -> Subject:
    version = world.store.workflows.version(row.key, row.version if number is None else number)
    if version is None:
        raise UsageError(f"`{row.key}` has no version {number}", hint=f"there are versions 1 to {row.version}")
    return Subject(definition(version), row, version)


def _one_file(name: str) -> Parsed:
    files = playbook_files([Path(name)], tests=False)
    if len(files) > 1:
        raise UsageError(f"{name} holds {len(files)} playbooks", hint=f"name one, such as {files[0]}")
    return parse_workflow(read_playbook(files[0]))


def _draft_named(name: str, config: Settings, world: World | None) -> Parsed:
    """The project's playbook of that key. Raises UsageError, with the nearest key, when there is none."""
    drafts = {key: parsed for parsed in reversed(_drafts_if_any(config)) if (key := workflow_key(parsed)) is not None}
    if name in drafts:
        return drafts[name]
    known = {*drafts, *(row.key for row in world.store.workflows.all())} if world is not None else set(drafts)
    near = did_you_mean(name, known)
    hint = f"did you mean `{near}`?" if near is not None else "`spara workflow list` shows them all"
    raise UsageError(f"there is no workflow `{name}`, published or in {PLAYBOOKS_FOLDER}/", hint=hint)


def _drafts_if_any(config: Settings) -> list[Parsed]:
    """The same as `drafts_of`, where a folder without playbooks is nothing to stop for."""
    folder = config.root / PLAYBOOKS_FOLDER
    return drafts_of(config) if folder.is_dir() and any(folder.rglob("*.y*ml")) else []


def _checked(parsed: Parsed, config: Settings, command: str, *, json: bool) -> Workflow | None:
    """The workflow of a file without errors; else its errors are written: to stderr, or as the answer in JSON."""
    path = parsed.source.path
    errors = [
        found for found in check_parsed(parsed, dict(config.rules.field_types)) if found.severity is Severity.ERROR
    ]
    if not errors and parsed.workflow is not None:
        return parsed.workflow
    if json:
        out(dumps(envelope(command, False, **diagnostics_as_files([path], errors))))
    else:
        sys.stderr.write(
            render_text(errors, {path: parsed.source.text}, colour=OPTIONS.colour_err, width=OPTIONS.width_err)
        )
    return None
