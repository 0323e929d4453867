"""`spara demo`: the whole loop in a project of its own, a month fast-forwarded; each command shown as typed.

The one thing to know: it runs the same command lines a person would, through the same `run`, in a folder apart
and deaf to `SPARA_*`, so that it can touch no project but its own.
"""

from __future__ import annotations

import io
import json as json_text
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from spara_cli.cli.context import OPTIONS, Options, note, out
from spara_cli.errors import EXIT_OK, UsageError

WORKFLOW = "inbound-demo"
_LOOP = (
    ("workflow", "validate"),
    ("workflow", "test"),
    ("lead", "import", "leads.csv"),
    ("workflow", "publish", "playbooks", "--yes"),
    ("run", "--fast-forward", "30d"),
    ("workflow", "funnel", WORKFLOW),
)
_LEADS_MAX = 10_000


@dataclass(slots=True)
class _Told:
    """What was run and, for `--json`, answered; `options` are this command's global ones, passed on."""

    json: bool
    options: tuple[str, ...]
    steps: list[dict[str, Any]] = field(default_factory=list)
    code: int = EXIT_OK


@dataclass(frozen=True, slots=True)
class _Shown:
    """The lead whose timeline is worth reading, and the first of its emails, if one was written."""

    lead: str
    email: Path | None


def demo(
    keep: str = typer.Option("", "--keep", metavar="DIR", help="Make the project here; default: a temporary folder."),
    clean: bool = typer.Option(False, "--clean", help="Remove the project at the end."),
    json: bool = typer.Option(False, "--json", help="Answer with one JSON object."),
) -> int:
    """Show everything once, from check to timeline.

    Check, test, import, publish, run through a month, and one lead's timeline. Nobody is contacted and nothing is
    needed, not even a network. Emails end as .eml files.

    Examples:
      spara demo
      spara demo --keep tour
    """
    if keep and clean:
        raise UsageError("--keep and --clean contradict each other")
    root = _folder(keep)
    try:
        with _apart():
            told = _Told(json, _passed_on())
            shown = _play(root, told)
            _finish(told, root, shown, clean=clean)
    finally:
        if clean:
            _remove(root)
    return told.code


def _folder(keep: str) -> Path:
    """The project's folder, which is empty. Raises UsageError when it is not, or cannot be made."""
    if not keep:
        return Path(tempfile.mkdtemp(prefix="spara-demo-")).resolve()
    root = Path(keep)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise UsageError(f"--keep: {root} is not empty", hint="name a folder that is not there yet")
    except OSError as error:
        raise UsageError(f"--keep: {root} cannot be used: {error.strerror}") from error
    return root.resolve()


def _passed_on() -> tuple[str, ...]:
    """The global options of this command line that its commands get too."""
    flags = {"--quiet": OPTIONS.quiet, "--verbose": OPTIONS.verbose, "--debug": OPTIONS.debug}
    flags["--no-progress"] = not OPTIONS.progress
    return (*(flag for flag, given in flags.items() if given), f"--color={OPTIONS.colour}")


def _play(root: Path, told: _Told) -> _Shown | None:
    """Run the loop in `root` until a command fails; the lead whose timeline it ended with."""
    # What `init` proposes to do next is what comes next.
    if not _step(told, ("init", str(root)), "--quiet"):
        return None
    with chdir(root):
        if not told.json:
            out(f"\n$ cd {shlex.quote(str(root))}")
        if not all(_step(told, words) for words in _LOOP):
            return None
        shown = _worth_reading()
        if shown is not None:
            _step(told, ("lead", "timeline", shown.lead))
    return shown


def _step(told: _Told, words: Sequence[str], *also: str) -> bool:
    """Run one command line, shown as it would be typed; whether it went well."""
    from spara_cli.cli.main import run

    line = f"spara {shlex.join(words)}"
    arguments = [*told.options, *also, *words]
    if told.json:
        answer = io.StringIO()
        with redirect_stdout(answer):
            told.code = run([*arguments, *_as_json(words)])
        told.steps.append({"command": line, "code": told.code, "answer": _parsed(answer.getvalue())})
    else:
        out(f"\n$ {line}" if told.steps else f"$ {line}")
        sys.stdout.flush()
        told.code = run(arguments)
        told.steps.append({"command": line, "code": told.code})
        sys.stdout.flush()
    return told.code == EXIT_OK


def _as_json(words: Sequence[str]) -> tuple[str, ...]:
    return ("--format", "json") if tuple(words[:2]) in (("workflow", "validate"), ("workflow", "test")) else ("--json",)


def _parsed(text: str) -> Any:
    """The JSON a command answered; None when it failed before it had one."""
    return json_text.loads(text) if text.strip() else None


@contextmanager
def _apart() -> Iterator[None]:
    """Take the environment's `SPARA_*` and this command's own options away meanwhile.

    Each command line sets the options afresh, from what it says itself and from the environment.
    """
    own = {name: getattr(OPTIONS, name) for name in Options.__slots__}
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SPARA_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
        for name, value in own.items():
            setattr(OPTIONS, name, value)


def _worth_reading() -> _Shown | None:
    """Of the leads in `inbound-demo` the one reached by the most steps, then with the fewest entries, then by id."""
    from spara_cli.cli.wiring import open_world, settings

    config = settings()
    with open_world(config) as world:
        best: tuple[tuple[int, int, str], _Shown] | None = None
        for lead in world.store.leads.page(limit=_LEADS_MAX):
            rows = world.store.timeline.of_lead(lead.id)
            entries = [row.entry for row in rows if row.workflow == WORKFLOW]
            rank = (-len({entry.step for entry in entries if entry.kind in ("sent", "called")}), len(rows), lead.id)
            if entries and (best is None or rank < best[0]):
                files = [entry.detail["file"] for entry in entries if str(entry.detail.get("file")).endswith(".eml")]
                best = (rank, _Shown(lead.id, config.state / "outbox" / str(files[0]) if files else None))
    return best[1] if best is not None else None


def _finish(told: _Told, root: Path, shown: _Shown | None, *, clean: bool) -> None:
    """Say where the messages are and how to go on, or answer in JSON."""
    outbox = root / ".spara" / "outbox"
    counts = _message_counts(outbox)
    if told.json:
        from spara_cli.output.jsonout import dumps, envelope

        keys = {"project": str(root), "steps": told.steps, "lead": shown.lead if shown else None}
        out(dumps(envelope("demo", told.code == EXIT_OK, **keys, outbox=str(outbox), messages=counts)))
    elif told.code != EXIT_OK:
        note(f"\nthe demo stopped here{'' if clean else f'; its project is {root}'}")
    else:
        listed = ", ".join(f"{count:,} {folder}" for folder, count in counts.items())
        out(f"\nmessages: {listed}; nobody was contacted")
        if clean:
            out(f"{root} is removed again")
            return
        out(f"they are files in {outbox}")
        if shown is not None and shown.email is not None:
            out(f"the first email to {shown.lead}: {shown.email}")
        note(f"\nthe project stays; go on with: cd {shlex.quote(str(root))}")


def _message_counts(outbox: Path) -> dict[str, int]:
    """How many messages each folder of the outbox holds."""
    folders = sorted(folder for folder in outbox.iterdir() if folder.is_dir()) if outbox.is_dir() else []
    return {folder.name: sum(file.suffix in (".eml", ".json") for file in folder.rglob("*")) for folder in folders}


def _remove(root: Path) -> None:
    try:
        shutil.rmtree(root)
    except OSError as error:
        note(f"{root} could not be removed: {error.strerror}")
