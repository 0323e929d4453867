"""`spara`: the table of commands, and the one place where an exception becomes an exit code.

Command modules import nothing heavy at the top: what a command needs is imported inside it, so that
`spara --help` starts fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import getdoc
from io import TextIOWrapper
from typing import Any

import typer

from spara_cli import __version__
from spara_cli.cli.context import OPTIONS, take_options
from spara_cli.cli.usage import Command, explained
from spara_cli.errors import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, ConfigError, SparaError

COMMANDS: tuple[tuple[str, str], ...] = (
    ("init", "init:init"),
    ("new", "new:new"),
    ("demo", "demo:demo"),
    ("workflow validate", "workflow_validate:validate"),
    ("workflow test", "workflow_test:test"),
    ("workflow publish", "workflow_publish:publish"),
    ("workflow unpublish", "workflow_unpublish:unpublish"),
    ("workflow cancel", "workflow_unpublish:cancel"),
    ("workflow list", "workflow_list:list_workflows"),
    ("workflow show", "workflow_show:show"),
    ("workflow versions", "workflow_versions:versions"),
    ("workflow export", "workflow_show:export"),
    ("workflow preview", "workflow_preview:preview"),
    ("workflow graph", "workflow_graph:graph"),
    ("workflow funnel", "workflow_funnel:funnel"),
    ("run", "run:run"),
    ("config", "config:config"),
    ("status", "status:status"),
    ("explain", "explain:explain"),
    ("schema", "schema:schema"),
    ("lead import", "lead_import:import_leads"),
    ("lead create", "lead_create:create"),
    ("lead get", "lead_get:get"),
    ("lead search", "lead_search:search"),
    ("lead update", "lead_update:update"),
    ("lead list", "lead_list:list_leads"),
    ("lead enroll", "lead_enroll:enroll"),
    ("lead remove", "lead_remove:remove"),
    ("lead timeline", "lead_timeline:timeline"),
    ("event record", "event_record:record"),
)  # fmt: skip
"""Every command with its module and function, in the order of `--help`."""

GROUPS = {
    "workflow": "Playbooks: check, test, publish, look at.",
    "lead": "Leads: import, find, change, enroll; their timelines.",
    "event": "Events: what leads did elsewhere.",
    "db": "The database.",
}


def main() -> None:
    """The `spara` command. Whatever the terminal's encoding, no character ends it: odd ones are escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit code; never raises but for a broken pipe at exit."""
    try:
        rest = take_options(arguments)
        return _invoke(rest)
    except ConfigError as error:
        return _explain_settings(error)
    except SparaError as error:
        return _explain(error)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`spara … | head`): not an error, but Python must not try to flush again.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return EXIT_OK
    except Exception as error:  # noqa: BLE001
        return _crash(error, arguments)


def _invoke(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(build())
    try:
        answer = command.main(args=list(arguments), prog_name="spara", standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        return EXIT_INTERRUPTED
    except typer.TyperException as error:
        if (mistake := explained(error)) is not None:
            raise mistake from None
        sys.stderr.write(f"{error.format_message()}\n")
        return EXIT_USAGE
    return answer if isinstance(answer, int) else EXIT_OK


def build() -> typer.Typer:
    """The whole application; importing every command module, none of which is heavy."""
    settings: dict[str, Any] = {
        "no_args_is_help": True,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        "context_settings": {"help_option_names": ["-h", "--help"]},
    }
    app = typer.Typer(help="Go-to-market playbooks as code.", callback=_global, **settings)
    groups: dict[str, typer.Typer] = {}
    for name, where in COMMANDS:
        module, function = where.split(":")
        implementation = getattr(import_module(f"spara_cli.cli.{module}"), function)
        parent, _, leaf = name.rpartition(" ")
        if parent and parent not in groups:
            groups[parent] = typer.Typer(help=GROUPS[parent], **settings)
            app.add_typer(groups[parent], name=parent)
        (groups[parent] if parent else app).command(leaf, cls=Command, help=_help(implementation))(implementation)
    return app


def _help(implementation: Callable[..., int]) -> str:
    """A command's docstring; a backspace mark tells the formatter to keep its examples line by line."""
    return (getdoc(implementation) or "").replace("Examples:", "\b\nExamples:")


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"spara {__version__}\n")
        raise typer.Exit


def _global(
    project: str = typer.Option(
        "", "--project", metavar="DIR", help="The project's folder; default: the nearest spara.yaml upward."
    ),
    quiet: bool = typer.Option(False, "-q", "--quiet", help="Only the answer and errors."),
    verbose: bool = typer.Option(False, "-v", "--verbose", help="More of what happens."),
    debug: bool = typer.Option(False, "--debug", help="Tracebacks instead of a crash log."),
    color: str = typer.Option("auto", "--color", metavar="WHEN", help="auto, always or never; NO_COLOR counts."),
    no_color: bool = typer.Option(False, "--no-color", help="The same as --color never."),
    no_progress: bool = typer.Option(False, "--no-progress", help="No progress bars."),
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    """Documents the global options; `take_options` has read them already, wherever they stood."""


def _explain(error: SparaError) -> int:
    sys.stderr.write(f"error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  = help: {error.hint}\n")
    return error.exit_code


def _explain_settings(error: ConfigError) -> int:
    """Problems of spara.yaml are shown like those of a playbook."""
    from spara_cli.cli.config import explain_invalid
    from spara_cli.settings.load import SettingsInvalid

    return explain_invalid(error) if isinstance(error, SettingsInvalid) else _explain(error)


def _crash(error: Exception, arguments: Sequence[str]) -> int:
    if OPTIONS.debug:
        raise error
    from spara_cli.cli.crash import write_crash_log

    where = write_crash_log(error, arguments, OPTIONS.project)
    sys.stderr.write(f"spara failed unexpectedly; details in {where}\n")
    return EXIT_FAILURE
