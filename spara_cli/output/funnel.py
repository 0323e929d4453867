"""A workflow's funnel: as data (FORMATS, Answers as data), as a table, and with bars at a terminal.

The one thing to know: a bar is a step's share of those who entered, so a step that a lead of every two came to
is half as wide; a step of a loop counts each lead once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from spara_cli.output.jsonout import dumps, envelope
from spara_cli.output.table import Cell, Marked, Meaning, write_table
from spara_cli.runtime.funnel import Funnel, StepFunnel

_BAR_MAX = 20
_FULL, _PARTS = "█", " ▏▎▍▌▋▊▉"
_HEADINGS = ("STEP", "TYPE", "REACHED", "", "HERE", "SENT", "SKIPPED", "HELD", "BLOCKED")
_WIDE = 100
"""Columns of a terminal from which on there is room for bars."""
_TYPED = 80
"""Columns of a terminal from which on there is room for the steps' types."""


def as_json(funnel: Funnel) -> str:
    """The keys that FORMATS.md promises, in its order."""
    steps = [
        {
            "id": step.id,
            "type": step.type,
            "reached": step.reached,
            "here": step.here,
            "sent": step.sent,
            "skipped": step.skipped,
            "held": step.held,
            "blocked": step.blocked,
        }
        for step in funnel.steps
    ]
    keys = {
        "workflow": funnel.workflow,
        "version": funnel.version,
        "entered": funnel.entered,
        "inside": funnel.inside,
        "finished": dict(funnel.finished),
        "steps": steps,
    }
    return dumps(envelope("workflow funnel", True, **keys))


def headline(funnel: Funnel) -> str:
    """`inbound-demo, version 3: 120 entered = 80 inside + 40 finished (30 completed, 10 email_reply)`."""
    total = sum(funnel.finished.values())
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in funnel.finished.items())
    finished = f"{total:,} finished" + (f" ({reasons})" if reasons else "")
    return (
        f"{funnel.workflow}, version {funnel.version}: {funnel.entered:,} entered ="
        f" {funnel.inside:,} inside + {finished}"
    )


def write_funnel(funnel: Funnel, stream: TextIO, *, width: int | None, colour: bool) -> None:
    """Write the steps; bars where `width`, the terminal's columns, has room for them; None is a pipe.

    A pipe gets id, type, reached, here, sent, skipped, held and blocked, and a last line of what the headline
    says: `total`, entered, inside and finished.
    """
    with_bars = width is not None and width >= _WIDE and _can_say(_FULL + _PARTS, stream)
    with_types = width is None or width >= _TYPED
    rows: list[Sequence[Cell]] = []
    for step in funnel.steps:
        name = Marked(f"{step.id} (older version)" if step.older and width is not None else step.id, "strong")
        bar = [Marked(_bar(step, funnel.entered), "hint")] if with_bars else []
        held, blocked = _warned(step.held, "warning"), _warned(step.blocked, "bad")
        kind = [step.type] if with_types else []
        rows.append((name, *kind, step.reached, *bar, step.here, step.sent, step.skipped, held, blocked))
    left_out = {*([] if with_bars else [""]), *([] if with_types else ["TYPE"])}
    write_table([heading for heading in _HEADINGS if heading not in left_out], rows, colour=colour, stream=stream)
    if width is None:
        write_table((), [("total", funnel.entered, funnel.inside, sum(funnel.finished.values()))], stream=stream)


def _warned(count: int, meaning: Meaning) -> Cell:
    return Marked(str(count), meaning) if count else 0


def _bar(step: StepFunnel, entered: int) -> str:
    """The bar in eighths of a cell; a step that anybody came to has at least one."""
    if not entered or not step.reached:
        return ""
    eighths = max(round(min(step.reached / entered, 1) * _BAR_MAX * 8), 1)
    return _FULL * (eighths // 8) + _PARTS[eighths % 8].strip()


def _can_say(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
