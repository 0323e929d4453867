"""What publishing needs besides the store: checked playbooks, and who publishes from which commit."""

from __future__ import annotations

import getpass
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.cli.files import FileKind, kind_of, playbook_files, read_playbook
from spara_cli.diagnostics import Severity
from spara_cli.errors import UsageError
from spara_cli.lint.check import check_parsed, duplicate_workflows
from spara_cli.model.lead import FieldType
from spara_cli.output.jsonout import diagnostics_as_files, dumps, envelope
from spara_cli.output.text import headline, render_text
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.publishing import Author
from spara_cli.settings.load import Settings


def checked_workflows(paths: Sequence[str], config: Settings, *, json: bool = False) -> list[Workflow] | None:
    """The playbooks of these paths, all without errors; None when any has one.

    Errors, and warnings with them, are written to stderr, with `json` as the answer of `workflow publish` to
    stdout; warnings alone never stop a publish and go to stderr (P5). So does, once, what spara.yaml is warned of.
    """
    _note_warnings(config)
    # `playbooks/*.yaml` names the tests beside them too; they are passed over, not published.
    files = [
        file
        for file in playbook_files([Path(path) for path in paths], tests=False)
        if kind_of(file) is FileKind.PLAYBOOK
    ]
    if not files:
        raise UsageError(f"no playbook among {', '.join(paths)}", hint="tests and spara.yaml are passed over")
    parsed = [parse_workflow(read_playbook(file)) for file in files]
    declared: dict[str, FieldType] = dict(config.rules.field_types)
    agents = config.rules.agents if config.file is not None else None
    notify = frozenset(config.project.channels.notify) if config.file is not None else None
    findings = [found for one in parsed for found in check_parsed(one, declared, agents=agents, notify=notify)]
    findings += duplicate_workflows(parsed)
    shown = [found for found in findings if found.severity is not Severity.INFO]
    failed = any(found.severity is Severity.ERROR for found in findings)
    if failed and json:
        answer = diagnostics_as_files((one.source.path for one in parsed), findings)
        out(dumps(envelope("workflow publish", False, **answer)))
    elif shown:
        texts = {one.source.path: one.source.text for one in parsed}
        sys.stderr.write(render_text(shown, texts, colour=OPTIONS.colour_err, width=OPTIONS.width_err))
    return None if failed else [one.workflow for one in parsed if one.workflow is not None]


def _note_warnings(config: Settings) -> None:
    """The warnings of the settings; without a spara.yaml there is no line to point at."""
    for found in config.warnings:
        if config.file is not None:
            note(headline(found))
        else:
            note(f"warning: {found.message} [{found.rule}]")


def author_of(root: Path) -> Author:
    """The user's name and the commit of the project's checkout, each None when it cannot be known."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = None
    return Author(name, _commit(root))


def _commit(root: Path) -> str | None:
    command = ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
