"""`spara lead import`: leads from CSV or JSON Lines, the good rows in, the others reported by reason (SPEC L4, L5)."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, Literal

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.cli.lead_refusals import Refused
    from spara_cli.runtime.lead_changes import ImportReport

STDIN = "-"
NAMES_SHOWN_MAX = 20
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


class Format(StrEnum):
    """What a lead file is written in."""

    CSV = "csv"
    JSONL = "jsonl"


class Match(StrEnum):
    """How a row finds its lead."""

    EMAIL = "email"
    ID = "id"
    NONE = "none"


_FORMAT = typer.Option(
    None, "--format", help="What the file is written in; by default its name says so, and `-` is csv."
)
_MATCH = typer.Option(Match.EMAIL, "--match", help="Find a row's lead by id, then by email; only by id; or not at all.")


def import_leads(
    file: str = typer.Argument(..., metavar="FILE|-", help="A CSV or JSON Lines file, or `-` for standard input."),
    format: Format | None = _FORMAT,
    match: Match = _MATCH,
    allow_null: bool = typer.Option(False, "--allow-null", help="Let an empty cell clear the field."),
    all_or_nothing: bool = typer.Option(False, "--all-or-nothing", help="Import nothing when a row is refused."),
    strict: bool = typer.Option(False, "--strict", help="Exit 1 when a row is refused."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Bring in leads from a CSV or JSON Lines file.

    New leads are made, known ones changed.

    Rows that are wrong are reported by reason, with line and column, and the others go in. Phone numbers
    are normalised to E.164. Exits 0 when any row went in.

    Examples:
      spara lead import leads.csv
      spara lead import leads.jsonl --match id --strict
      crm-export | spara lead import - --format csv --json
    """
    from spara_cli.cli.lead_inbox import act_on_inbox
    from spara_cli.cli.lead_values import new_fields, slips_in
    from spara_cli.cli.progress import counting
    from spara_cli.cli.wiring import open_world
    from spara_cli.runtime.lead_changes import import_rows
    from spara_cli.runtime.leadfile import read_leads

    kind: Literal["csv", "jsonl"] = "jsonl" if _format(file, format) is Format.JSONL else "csv"
    with opened(file) as stream, open_world() as world:
        rules = world.rules
        with read_leads(
            stream, format=kind, types=rules.field_types, zone=rules.zone, region=rules.region, allow_null=allow_null
        ) as rows:
            for slip in slips_in(world, rows.columns):
                note(f"note: {slip}")
            with counting("importing") as progress, _asked_to_stop() as stop:
                report = import_rows(
                    world, rows, match=match.value, all_or_nothing=all_or_nothing, allow_null=allow_null,
                    now=world.clock.now(), progress=progress, stop=stop,
                )  # fmt: skip
        made = new_fields(world)
        if kind == "jsonl":  # without a header, which names come is known only now
            for slip in slips_in(world, made):
                note(f"note: {slip}")
        if made:
            note(f"note: new {'field' if len(made) == 1 else 'fields'}: {_listed(made)}")
        code = _exit_code(report, fails=strict or all_or_nothing)
        out(_as_json(report, code) if json else _as_text(report, all_or_nothing=all_or_nothing))
        if report.stopped:
            note("interrupted" if all_or_nothing else f"interrupted: the rows up to line {report.line} were dealt with")
        else:
            # Told before it is acted on: what is imported stays, whatever happens from here on.
            act_on_inbox(world)
    return code


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A lead file open for reading; `-` is standard input. Raises UsageError when it cannot be opened."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    path = Path(file)
    try:
        if path.is_dir():
            raise UsageError(f"{file} is a folder; a CSV or JSON Lines file is wanted")
        stream = path.open("rb")
    except FileNotFoundError:
        raise UsageError(f"there is no file `{file}`", hint=_nearest(path)) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    with stream:
        yield stream


def _nearest(path: Path) -> str | None:
    from spara_cli.diagnostics import did_you_mean

    try:
        names = [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return None
    near = did_you_mean(path.name, names)
    return f"did you mean `{path.parent / near}`?" if near is not None else None


def _format(file: str, given: Format | None) -> Format:
    if given is not None:
        return given
    return Format.JSONL if file.lower().endswith(_JSON_SUFFIXES) else Format.CSV


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Tells whether Ctrl-C was pressed: the batch at hand is finished first. A second one ends at once (UX 49)."""
    asked = False

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    try:
        before = signal.signal(signal.SIGINT, ask)
    except ValueError:  # not the main thread, so no Ctrl-C comes here
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _listed(names: Sequence[str]) -> str:
    """The first names, as many as fit a glance, and how many there are besides."""
    from spara_cli.cli.lead_values import printable

    listed = ", ".join(f"`{printable(name)}`" for name in names[:NAMES_SHOWN_MAX])
    rest = len(names) - NAMES_SHOWN_MAX
    return f"{listed} and {rest:,} more" if rest > 0 else listed


def _exit_code(report: ImportReport, *, fails: bool) -> int:
    if report.stopped:
        return EXIT_INTERRUPTED
    return EXIT_OK if report.went_in and not (fails and report.refused) else EXIT_FINDINGS


def _groups(report: ImportReport) -> list[Refused]:
    from dataclasses import asdict

    from spara_cli.cli.lead_refusals import Refused

    return [
        Refused(reason, group.count, [asdict(row) for row in group.rows]) for reason, group in report.refused.items()
    ]


def _as_json(report: ImportReport, code: int) -> str:
    from spara_cli.cli.lead_refusals import refused_as_dicts
    from spara_cli.output.jsonout import dumps, envelope

    counts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
    refused = refused_as_dicts(_groups(report))
    return dumps(envelope("lead import", code == EXIT_OK, **counts, refused=refused, interrupted=report.stopped))


def _as_text(report: ImportReport, *, all_or_nothing: bool) -> str:
    from spara_cli.cli.lead_refusals import refused_as_text

    counts = (
        f"{report.created:,} created, {report.updated:,} updated, {report.unchanged:,} unchanged, "
        f"{report.refused_count:,} refused"
    )
    lines = [refused_as_text(_groups(report), all_rows=OPTIONS.verbose), counts]
    if all_or_nothing and (report.refused or report.stopped):
        lines.append("nothing went in, because of --all-or-nothing")
    elif not report.went_in and not report.refused_count:
        lines.append("no rows were found")
    return "\n".join(line for line in lines if line)
