"""`spara config`: every setting as it counts now, and where it comes from.

The one thing to know: secrets never show. A reference is printed as it is written, a literal secret as `***`.
"""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK

if TYPE_CHECKING:
    from spara_cli.settings.load import Settings, SettingsInvalid

_HEADINGS = ("SETTING", "VALUE", "FROM")


def config(json: bool = typer.Option(False, "--json", help="The answer as JSON.")) -> int:
    """Show every setting and where it comes from.

    That is a flag, a SPARA_* variable, spara.yaml with its line, or the default.

    Examples:
      spara config
      spara config --json
    """
    from spara_cli.output.concise import render_concise
    from spara_cli.settings.load import SettingsInvalid, load_settings

    try:
        settings = load_settings(Path.cwd(), project=OPTIONS.project, env=OPTIONS.env)
    except SettingsInvalid as error:
        return explain_invalid(error)
    if json:
        out(_as_json(settings))
    elif sys.stdout.isatty():
        _print_table(_rows(settings))
    else:
        for row in _rows(settings):
            out("\t".join(row))
    if settings.warnings:
        note(render_concise(settings.warnings).rstrip("\n"))
    return EXIT_OK


def explain_invalid(error: SettingsInvalid) -> int:
    """Show on stderr what is wrong with spara.yaml, as `validate` does; the exit code."""
    from spara_cli.output.text import render_text

    sources = {error.source.path: error.source.text}
    sys.stderr.write(render_text(error.diagnostics, sources, colour=OPTIONS.colour_err, width=OPTIONS.width_err))
    return error.exit_code


def _as_json(settings: Settings) -> str:
    from spara_cli.output.jsonout import dumps, envelope

    values = [{"key": leaf.key, "value": leaf.shown, "from": settings.origins[leaf.key]} for leaf in settings.values()]
    file = None if settings.file is None else str(settings.file)
    return dumps(envelope("config", True, root=str(settings.root), file=file, settings=values))


def _rows(settings: Settings) -> list[tuple[str, str, str]]:
    from spara_cli.output.text import visible

    return [(visible(leaf.key), _text(leaf.shown), settings.origins[leaf.key]) for leaf in settings.values()]


def _text(value: object) -> str:
    """Text as it is, with what could steer a terminal made visible; anything else as JSON."""
    from spara_cli.output.text import visible

    return visible(value if isinstance(value, str) else json_text.dumps(value, ensure_ascii=False))


def _print_table(rows: Sequence[tuple[str, str, str]]) -> None:
    from spara_cli.output.table import Marked, write_table

    # A default is there to be looked past.
    cells = [[Marked(cell, "quiet") if row[-1] == "default" else cell for cell in row] for row in rows]
    write_table(_HEADINGS, cells, free="VALUE", colour=OPTIONS.colour_out)
