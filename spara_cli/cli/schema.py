"""`spara schema`: the JSON Schema of a kind of file, for editors and other tools.

The one thing to know: the files in `schemas/` are these schemas, written out. `python -m spara_cli.cli.schema
--write schemas` makes them anew, `--check schemas` fails when one is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from spara_cli.cli.context import out
from spara_cli.diagnostics import suggestion
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, UsageError


def _workflow() -> dict[str, Any]:
    from spara_cli.playbook.schema import workflow_schema

    return workflow_schema()


def _workflow_test() -> dict[str, Any]:
    from spara_cli.playbook.schema import schema_of
    from spara_cli.simulate.testfile import TestFile

    return schema_of(TestFile, "Tests of a spara playbook", "urn:spara:schema:workflow-test")


def _project() -> dict[str, Any]:
    from spara_cli.playbook.schema import schema_of
    from spara_cli.settings.model import Project

    return schema_of(Project, "A spara project (spara.yaml)", "urn:spara:schema:project")


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "workflow": _workflow,
    "workflow-test": _workflow_test,
    "project": _project,
}
"""The kinds of file, by the name that `spara schema` and the files in `schemas/` have."""


def schema(
    name: str = typer.Argument("workflow", metavar="KIND", help="workflow, workflow-test or project."),
) -> int:
    """Print the JSON Schema of a kind of file.

    The kinds are playbooks, their tests and spara.yaml; the dialect is draft-07.

    Examples:
      spara schema
      spara schema workflow-test
      spara schema project > spara.schema.json
    """
    if name not in SCHEMAS:
        raise UsageError(f"there is no schema `{name}`", hint=suggestion(name, SCHEMAS))
    out(text_of(name))
    return EXIT_OK


def text_of(name: str) -> str:
    """The text of one schema's file."""
    from spara_cli.playbook.schema import dumps

    return dumps(SCHEMAS[name]())


def main(arguments: Sequence[str]) -> int:
    """`--check DIR` or `--write DIR` over the files `DIR/<name>.schema.json`."""
    if len(arguments) != 2 or arguments[0] not in ("--check", "--write"):
        sys.stderr.write("usage: python -m spara_cli.cli.schema --check DIR | --write DIR\n")
        return EXIT_USAGE
    action, folder = arguments[0], Path(arguments[1])
    stale = []
    for name in SCHEMAS:
        file, text = folder / f"{name}.schema.json", text_of(name)
        if action == "--write":
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            stale.append(str(file))
    for each in stale:
        sys.stderr.write(f"{each} is stale: run python -m spara_cli.cli.schema --write {folder}\n")
    return EXIT_FINDINGS if stale else EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
