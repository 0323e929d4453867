"""The file spara.yaml: where it is, and what it says: `find_file`, `read_file`, `parse_settings`.

The one thing to know: one file counts, the nearest upward and never beyond the git root; files are not merged. An
empty file is a project on the defaults.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path as FilePath

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.errors import ConfigError
from spara_cli.playbook.parse import parse_model
from spara_cli.playbook.reading import Path
from spara_cli.playbook.scalars import BYTES_MAX
from spara_cli.playbook.source import Source, read_source
from spara_cli.settings.model import Project
from spara_cli.settings.origins import leaves
from spara_cli.settings.project_rules import holiday_test, region_problem, windows_of
from spara_cli.settings.secrets import references_in

FILE_NAME = "spara.yaml"

_LATER = {"policies": "policies are checked but not applied", "webhooks": "webhooks are checked but not called"}
"""What a later release brings, and somebody might rely on today."""


class SettingsInvalid(ConfigError):
    """spara.yaml cannot be used; `diagnostics` says why, at places in `source`."""

    def __init__(self, source: Source, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = [found for found in diagnostics if found.severity is Severity.ERROR]
        first = min(errors, key=lambda found: found.sort_key)
        place = f"{source.path}:{first.span.start.line}:{first.span.start.column}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{place}: {first.message} [{first.rule}]{more}", hint=first.help)
        self.diagnostics = diagnostics
        self.source = source


def find_file(start: FilePath) -> FilePath | None:
    """The nearest spara.yaml from the folder `start` upward; a folder with `.git` in it is the last one looked at."""
    folder = start.resolve()
    for place in (folder, *folder.parents):
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
        if (place / ".git").exists():
            return None
    return None


def read_file(file: FilePath, start: FilePath) -> Source:
    """The file as read; it is called by its path from `start`. Raises ConfigError when it cannot be opened."""
    shown = os.path.relpath(file, start.resolve())
    try:
        with file.open("rb") as stream:
            content = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror}") from error
    return read_source(shown, content)


def is_blank(source: Source) -> bool:
    """Whether the file holds nothing, or only comments."""
    return not source.readable and {found.rule for found in source.diagnostics} == {"empty-file"}


def parse_settings(source: Source) -> tuple[Project | None, tuple[Diagnostic, ...]]:
    """What a spara.yaml says, or None; with every diagnostic, warnings included. Reads no environment."""
    if is_blank(source):
        return Project(), ()
    project, diagnostics = parse_model(source, Project)
    if project is None:
        return None, diagnostics
    return project, (*diagnostics, *check_project(project, source))


def check_project(project: Project, source: Source) -> Iterator[Diagnostic]:
    """What no model can say: calendars and regions that do not exist, secrets in plain sight, what is not built."""
    for channel, window in windows_of(project).items():
        if window.holidays is not None:
            try:
                holiday_test(window.holidays)
            except ValueError as error:
                path = ("windows", channel, "holidays")
                yield _found(source, path, "unknown-calendar", str(error))
    problem = region_problem(project.account.region)
    if problem is not None:
        yield _found(source, ("account", "region"), "unknown-region", problem)
    for leaf in leaves(project):
        if leaf.secret and isinstance(leaf.value, str) and not references_in(leaf.value):
            way_out = "put it in a variable and write `${env:NAME}`"
            message = f"`{leaf.path[-1]}` holds a secret in plain sight"
            yield _found(source, leaf.path, "hardcoded-secret", message, Severity.WARNING, way_out)
    for key, what in _LATER.items():
        if isinstance(source.data, dict) and source.data.get(key):
            yield _found(source, (key,), "not-in-this-release", f"{what} in this release", Severity.WARNING)


def _found(
    source: Source,
    path: Path,
    rule: str,
    message: str,
    severity: Severity = Severity.ERROR,
    way_out: str | None = None,
) -> Diagnostic:
    message, _, rest = message.partition("; ")
    span = source.key_span(path) if rule == "not-in-this-release" else source.span(path)
    return Diagnostic(source.path, span, rule, message, severity, help=way_out or rest or None)
