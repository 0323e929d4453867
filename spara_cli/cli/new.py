"""`spara new`: a playbook of your own, begun from an example, with its tests.

The one thing to know: only the workflow's key is changed; every comment stays.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.diagnostics import suggestion
from spara_cli.errors import EXIT_OK, UsageError

_NAME_LENGTH_MAX = 100


def new(
    name: str = typer.Argument("", metavar="NAME", help="The workflow's key, and the file's name: kebab-case."),
    template: str = typer.Option("inbound-demo", "--from", metavar="TEMPLATE", help="The example to begin with."),
    show_list: bool = typer.Option(False, "--list", help="List the examples."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Begin a playbook from an example, with its tests.

    The copy is playbooks/NAME.yaml, under a key of its own. Nothing is overwritten.

    Examples:
      spara new --list
      spara new spring-campaign --from product-news
    """
    from spara_cli.cli.scaffold import examples, place
    from spara_cli.output.jsonout import dumps, envelope

    known = examples()
    if show_list:
        return _list(json)
    _check_name(name)
    if template not in known:
        raise UsageError(f"there is no example `{template}`", hint=suggestion(template, known))
    root = _root()
    example = known[template].renamed(name)
    wanted = {f"playbooks/{name}.yaml": example.playbook, f"playbooks/{name}.test.yaml": example.test}
    for file in wanted:
        if os.path.lexists(root / file):
            raise UsageError(f"{_shown(root / file)} is there already", hint="choose another name, or remove it first")
    placed = place(root, {file: text.encode("utf-8") for file, text in wanted.items()})
    paths = [_shown(root / file) for file in placed.created]
    if json:
        out(dumps(envelope("new", True, workflow=name, template=template, created=paths)))
        return EXIT_OK
    for path in paths:
        out(f"created  {path}")
    note(f"\nfrom {template}; next:\n  spara workflow validate {paths[0]}\n  spara workflow test {paths[0]}")
    return EXIT_OK


def _list(json: bool) -> int:
    from spara_cli.cli.scaffold import examples
    from spara_cli.output.jsonout import dumps, envelope

    known = examples()
    if json:
        rows = [{"template": each.name, "name": each.title, "description": each.description} for each in known.values()]
        out(dumps(envelope("new", True, templates=rows)))
        return EXIT_OK
    width = max(map(len, known)) + 2
    for each in known.values():
        out((each.name.ljust(width) if sys.stdout.isatty() else f"{each.name}\t") + each.description)
    return EXIT_OK


def _check_name(name: str) -> None:
    from spara_cli.model.fields import KEY_PATTERN

    if not name:
        raise UsageError("which name?", hint="spara new NAME --from TEMPLATE; `spara new --list` shows the templates")
    if len(name) > _NAME_LENGTH_MAX:
        raise UsageError(f"a name has at most {_NAME_LENGTH_MAX} characters, this one {len(name)}")
    # fullmatch: `$` alone would let a line break through.
    if not re.fullmatch(KEY_PATTERN, name):
        words = re.findall("[a-z0-9]+", name.lower())
        hint = f"`{'-'.join(words)}` would do" if words else "such as `spring-campaign`"
        raise UsageError("a name is kebab-case: lower-case letters, digits and single `-`", hint=hint)


def _root() -> Path:
    """The project's folder: of `--project`, else of the nearest spara.yaml upward, else the current one."""
    from spara_cli.settings.project_file import find_file

    if OPTIONS.project is not None:
        return OPTIONS.project
    file = find_file(Path.cwd())
    return file.parent if file is not None else Path.cwd()


def _shown(path: Path) -> str:
    """The path as people would type it from here."""
    return os.path.relpath(path)
