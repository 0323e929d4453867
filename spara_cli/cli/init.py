"""`spara init`: a project that works at once (FORMATS, Commands).

The one thing to know: spara.yaml, which makes a folder a project, is written last. An `init` that failed half
way can be run again; it leaves what is there.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import typer

from spara_cli import __version__
from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

_NEXT = (
    "spara workflow validate",
    "spara workflow test",
    "spara lead import leads.csv",
    "spara workflow publish playbooks/*.yaml --yes",
    "spara run",
    "spara workflow funnel inbound-demo",
)

_GITIGNORE = """\
# spara's own state: database, outbox, logs
.spara/
"""

_EDITOR = """\
{
  "yaml.schemas": {
    "./schemas/workflow.schema.json": ["**/playbooks/*.yaml", "!**/playbooks/*.test.yaml"],
    "./schemas/workflow-test.schema.json": ["**/playbooks/*.test.yaml"],
    "./schemas/project.schema.json": ["spara.yaml"]
  },
  "files.associations": {
    "**/playbooks/*.yaml": "yaml"
  }
}
"""

_CI = f"""\
# Checks every playbook and runs its tests. GitHub reads this file at the top of a repository only.
name: playbooks
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      # Set the repository variable SPARA_PACKAGE to where you install spara from: a version on your
      # index, a wheel, or git+https://…@v{__version__}. Without it this step fails rather than guess.
      - run: pip install "${{{{ vars.SPARA_PACKAGE }}}}"
      - run: spara workflow validate --strict
      - run: spara workflow test
"""


def init(
    directory: str = typer.Argument("", metavar="DIR", help="The folder, made when it is not there; default: here."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Make a project with playbooks, tests and leads.

    It gets spara.yaml, playbooks with their tests, leads, schemas, editor settings and a CI workflow.
    Nothing is overwritten: a file that is there is left, and named. Nobody is contacted until you say so.

    Examples:
      spara init
      spara init acme
    """
    from spara_cli.cli.scaffold import PROJECT_FILE, place
    from spara_cli.output.jsonout import dumps, envelope

    root = Path(directory) if directory else OPTIONS.project or Path()
    if os.path.lexists(root / PROJECT_FILE):
        raise UsageError(f"{root} is a project already: it has a {PROJECT_FILE}", hint="`spara new` adds a playbook")
    placed = place(root, project_files(root))
    following = [*([f"cd {shlex.quote(directory)}"] if directory else []), *_NEXT]
    if json:
        answer = {"project": str(root), "created": placed.created, "left": placed.left, "next": following}
        out(dumps(envelope("init", True, **answer)))
        return EXIT_OK
    for name in placed.created:
        out(f"created  {name}")
    for name in placed.left:
        out(f"left     {name} (it was there)")
    note("\nnext:\n" + "\n".join(f"  {line}" for line in following))
    return EXIT_OK


def project_files(root: Path) -> dict[str, bytes]:
    """Everything a new project holds, by path, in the order in which it is written."""
    from spara_cli.cli.scaffold import LEADS_FILE, PROJECT_FILE, example_file, examples, with_value
    from spara_cli.cli.schema import SCHEMAS, text_of

    texts = {".gitignore": _GITIGNORE, ".vscode/settings.json": _EDITOR, ".github/workflows/playbooks.yml": _CI}
    texts |= {f"schemas/{name}.schema.json": text_of(name) for name in SCHEMAS}
    for name, example in examples().items():
        texts[f"playbooks/{name}.yaml"] = example.playbook
        texts[f"playbooks/{name}.test.yaml"] = example.test
    # The example lies in playbooks/; in a project it stands one folder higher, beside schemas/.
    project = example_file(PROJECT_FILE).decode("utf-8").replace("$schema=../schemas/", "$schema=schemas/", 1)
    project = with_value(project, "project", project_name(root))
    found = {name: text.encode("utf-8") for name, text in texts.items()}
    return found | {LEADS_FILE: example_file(LEADS_FILE), PROJECT_FILE: project.encode("utf-8")}


def project_name(root: Path) -> str:
    """A project's name after its folder: lower-case letters, digits and `-`; `my-project` when nothing is left."""
    return "-".join(re.findall("[a-z0-9]+", root.resolve().name.lower()))[:60].strip("-") or "my-project"
