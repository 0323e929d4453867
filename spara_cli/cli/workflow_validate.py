"""`spara workflow validate`: every problem of every file in one run (SPEC V1).

The one thing to know: it needs no store, no network and no secret. Findings go to stdout, since they are the
answer; the exit code says whether there are errors.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, ConfigError, UsageError

if TYPE_CHECKING:
    from spara_cli.diagnostics import Diagnostic
    from spara_cli.model.lead import FieldType
    from spara_cli.model.rules import Agent
    from spara_cli.playbook.parse import Parsed
    from spara_cli.playbook.source import Source
    from spara_cli.settings.model import Project

_FORMATS = ("text", "concise", "json")


def validate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="Files or folders; `-` is standard input. Default: the project's playbooks."
        ),
    ] = None,
    format: str = typer.Option("text", "--format", metavar="text|concise|json", help="How to write the findings."),
    json: bool = typer.Option(False, "--json", help="The same as `--format json`."),
    strict: bool = typer.Option(False, "--strict", help="Warnings fail too."),
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the findings to a file, and nothing to stdout.")
    ] = None,
    stdin_filename: str = typer.Option(
        "stdin.yaml", "--stdin-filename", metavar="NAME", help="What to call standard input; `*.test.yaml` is a test."
    ),
) -> int:
    """Check playbooks, their tests and spara.yaml.

    Nothing is sent or stored.

    Examples:
      spara workflow validate
      spara workflow validate playbooks --strict
      cat draft.yaml | spara workflow validate - --stdin-filename draft.yaml
    """
    if json:
        format = "json"
    if format not in _FORMATS:
        hint = "sarif, github and junit come in a later release" if format in ("sarif", "github", "junit") else None
        raise UsageError(f"--format is one of {', '.join(_FORMATS)}, not `{format}`", hint=hint)
    batch = _read(paths or [], stdin_filename)
    _check(batch)
    failed = any(found.severity == "error" or (strict and found.severity == "warning") for found in batch.findings)
    text = _rendered(batch, format, ok=not failed, colour=OPTIONS.colour_out and output is None)
    if output is not None:
        _write(output, text)
        note(_summary(batch))
    elif text:
        out(text)
    return EXIT_FINDINGS if failed else EXIT_OK


@dataclass(slots=True)
class _Batch:
    """The files of one run, and what was found in them.

    `workflows_known` says whether whole folders were read, so that a workflow that is not among them is
    nowhere.
    """

    sources: list[Source]
    project: Source | None
    workflows_known: bool
    findings: list[Diagnostic] = field(default_factory=list)


def _read(paths: Sequence[str], stdin_filename: str) -> _Batch:
    """Read every file that the paths mean, and the project's spara.yaml."""
    from spara_cli.cli.files import STDIN, FileKind, kind_of, playbook_files, read_playbook

    if list(paths).count(STDIN) > 1:
        raise UsageError("`-` was given twice; standard input can be read once")
    given = [Path(path) for path in paths if path != STDIN]
    sources = [_read_stdin(stdin_filename)] if STDIN in paths else []
    if given or not sources:
        sources += [read_playbook(file) for file in playbook_files(given, tests=True, project=True)]
    project = next((source for source in sources if kind_of(Path(source.path)) is FileKind.PROJECT), None)
    if project is None:
        project = _project_of(given)
        if project is not None and not paths:
            sources.append(project)
    return _Batch(sources, project, workflows_known=not sources or all(path.is_dir() for path in given))


def _read_stdin(name: str) -> Source:
    from spara_cli.playbook.scalars import BYTES_MAX
    from spara_cli.playbook.source import read_source

    return read_source(name, sys.stdin.buffer.read(BYTES_MAX + 1))


def _project_of(given: Sequence[Path]) -> Source | None:
    """The spara.yaml that counts: of `--project`, else the nearest from here, else from the first path, upward."""
    from spara_cli.settings.project_file import FILE_NAME, find_file, read_file

    here = Path.cwd()
    if OPTIONS.project is not None:
        file: Path | None = OPTIONS.project.resolve() / FILE_NAME
        return read_file(file, here) if file is not None and file.is_file() else None
    file = find_file(here)
    if file is None and given:
        file = find_file(given[0] if given[0].is_dir() else given[0].parent)
    return read_file(file, here) if file is not None else None


def _check(batch: _Batch) -> None:
    """Find everything that is wrong, and put it into the batch, in order."""
    from spara_cli.cli.files import FileKind, kind_of
    from spara_cli.diagnostics import in_order
    from spara_cli.lint.check import check_parsed, duplicate_workflows, workflow_key
    from spara_cli.playbook.parse import parse_workflow
    from spara_cli.settings.project_file import parse_settings

    found, project = _check_project(batch)
    declared, agents, notify = _declared(project)
    parsed: list[Parsed] = []
    for source in batch.sources:
        kind = kind_of(Path(source.path))
        if kind is FileKind.PLAYBOOK:
            parsed.append(parse_workflow(source))
        elif kind is FileKind.TEST:
            found += _check_test(source)
        elif kind is FileKind.SIMULATION:
            raise UsageError(f"{source.path}: assumptions for `simulate` come in a later release")
        elif source is not batch.project:
            found += parse_settings(source)[1]
    keys = frozenset(key for each in parsed if (key := workflow_key(each)) is not None)
    for each in parsed:
        workflows = keys if batch.workflows_known else None
        found += check_parsed(each, declared, workflows, agents=agents, notify=notify)
    batch.findings = in_order([*found, *duplicate_workflows(parsed)])


def _check_project(batch: _Batch) -> tuple[list[Diagnostic], Project | None]:
    """The findings of spara.yaml, and what it says; None without one, or when it cannot be read.

    A spara.yaml that was not asked about joins the files only when it has errors: then nothing works.
    """
    from spara_cli.settings.project_file import parse_settings

    if batch.project is None:
        return [], None
    project, found = parse_settings(batch.project)
    if batch.project in batch.sources:
        found = (*found, *_warnings_of_settings(batch.project))
    else:
        found = tuple(each for each in found if each.severity == "error")
        if found:
            batch.sources.append(batch.project)
    return list(found), project


def _warnings_of_settings(source: Source) -> tuple[Diagnostic, ...]:
    """What only the settings as a whole are warned of, such as an account without a zone (W1), in this file."""
    from spara_cli.settings.load import load_settings

    try:
        found = load_settings(Path.cwd(), project=Path(source.path).parent, env=OPTIONS.env).warnings
    except ConfigError:
        return ()  # errors in the file are told already, and a bad variable by the commands that go by it
    return tuple(replace(each, path=source.path) for each in found)


def _declared(
    project: Project | None,
) -> tuple[dict[str, FieldType], dict[str, Agent] | None, frozenset[str] | None]:
    """What playbooks may name: the fields, the agents, the notify channels; without spara.yaml not known."""
    from spara_cli.model.rules import Agent
    from spara_cli.settings.model import field_type

    if project is None:
        return {}, None, None
    fields = {name: field_type(name, each) for name, each in project.fields.items()}
    agents = {key: Agent(key, each.phone_number, each.published) for key, each in project.agents.items()}
    return fields, agents, frozenset(project.channels.notify)


def _check_test(source: Source) -> tuple[Diagnostic, ...]:
    from spara_cli.playbook.parse import parse_model
    from spara_cli.simulate.testfile import TestFile

    return parse_model(source, TestFile)[1]


def _rendered(batch: _Batch, format: str, *, ok: bool, colour: bool) -> str:
    from spara_cli.output.concise import render_concise
    from spara_cli.output.jsonout import diagnostics_as_files, dumps, envelope
    from spara_cli.output.text import render_text

    if format == "concise":
        return render_concise(batch.findings)
    if format == "json":
        answer = diagnostics_as_files((source.path for source in batch.sources), batch.findings)
        return dumps(envelope("workflow validate", ok, **answer)) + "\n"
    texts = {source.path: source.text for source in batch.sources}
    return render_text(batch.findings, texts, colour=colour) + _summary(batch) + "\n"


def _summary(batch: _Batch) -> str:
    from spara_cli.output.text import summary_line

    severities = [found.severity.value for found in batch.findings]
    return summary_line(len(batch.sources), severities.count("error"), severities.count("warning"))


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from error
