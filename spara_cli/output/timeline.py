"""A lead's timeline as people read it and as data: what happened, and what comes next (FORMATS, Timeline entries).

The one thing to know: `headline` turns an entry into one short phrase. It knows the details that deliveries and
steps record; of anything else it shows outcome, reason and end, so that no entry is ever blank for lack of a word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.entry_dict import entry_as_dict
from spara_cli.model.localtime import format_instant
from spara_cli.output.table import Cell, Marked, Meaning, local_text
from spara_cli.store.sqlite.timeline import TimelineRow

HEADINGS = ("AT", "KIND", "WORKFLOW", "STEP", "WHAT")
PHRASE_LENGTH_MAX = 100
NEXT = "next"
"""Stands where an entry has its kind, in the rows of what has not happened yet."""

_MEANINGS: Mapping[str, Meaning] = {
    **dict.fromkeys(("sent", "called", "notified", "requested", "prompted"), "good"),
    **dict.fromkeys(("held", "skipped", "retry", "paused"), "warning"),
    **dict.fromkeys(("blocked", "uncertain", "refused"), "bad"),
    **dict.fromkeys(("entered", "exited"), "strong"),
    **dict.fromkeys(("branch", "event", NEXT), "hint"),
}
_FAILED = ("failed", "failure")
_ORDINARY = ("sent", "success")
"""Outcomes that go without saying: the kind says it."""


@dataclass(frozen=True, slots=True)
class NextMove:
    """Where a lead rests in a workflow and when it moves by itself; `at` is None when something else must happen."""

    workflow: str
    step: str | None
    at: datetime | None
    why: str

    def as_dict(self) -> dict[str, object]:
        """The move as `lead timeline --json` has it."""
        at = None if self.at is None else format_instant(self.at)
        return {"workflow": self.workflow, "step": self.step, "at": at, "why": self.why}


def next_moves(enrollments: Iterable[Enrollment]) -> list[NextMove]:
    """What is next for each enrollment inside a workflow, earliest first, then what waits for something else."""
    found = []
    for enrollment in enrollments:
        if not enrollment.is_inside:
            continue
        why = "ready" if enrollment.state is State.READY else enrollment.state.value
        if enrollment.reason:
            why = f"{why}: {enrollment.reason}"
        # Unpublished is the workflow's state: the lead keeps its own, but nothing moves by itself (P3).
        if enrollment.frozen:
            why = f"unpublished ({why})"
        at = None if enrollment.frozen else enrollment.due_at
        found.append(NextMove(enrollment.workflow, enrollment.step, at, why))
    # `is None` first: moves without an instant come last, in the order of their workflows.
    return sorted(found, key=lambda move: (move.at is None, "" if move.at is None else move.at.isoformat()))


def entries_as_dicts(rows: Iterable[TimelineRow]) -> list[dict[str, object]]:
    """The entries in the form of FORMATS."""
    return [entry_as_dict(row.entry, row.workflow, row.version) for row in rows]


def timeline_cells(rows: Iterable[TimelineRow], upcoming: Sequence[NextMove], zone: tzinfo) -> Iterator[list[Cell]]:
    """A table row for each entry, then for each move to come, under `HEADINGS`."""
    for row in rows:
        entry = row.entry
        kind = Marked(entry.kind, meaning_of(entry))
        yield [entry.at, kind, row.workflow, entry.step, headline(entry, zone)]
    for move in upcoming:
        yield [move.at, Marked(NEXT, _MEANINGS[NEXT]), move.workflow, move.step, move.why]


def meaning_of(entry: Entry) -> Meaning | None:
    """How an entry is coloured: green went out, yellow was put off or left out, red went wrong."""
    if entry.outcome in _FAILED:
        return "bad"
    return _MEANINGS.get(entry.kind)


def headline(entry: Entry, zone: tzinfo) -> str:
    """What happened, in one short line: the subject or text, to whom, and outcome, reason and end where they tell."""
    say = _PHRASES.get(entry.kind)
    parts = [say(entry.detail) if say is not None else ""]
    if entry.outcome is not None and entry.outcome not in _ORDINARY:
        parts.append(entry.outcome)
    if entry.reason is not None:
        parts.append(f"({entry.reason})" if any(parts) else entry.reason)
    if entry.until is not None:
        parts.append(f"until {local_text(entry.until, zone)}")
    if entry.detail.get("message") and entry.outcome in (*_FAILED, None):
        parts.append(f"– {_short(entry.detail['message'])}")
    return " ".join(part for part in parts if part)


def _message(detail: Mapping[str, Any]) -> str:
    text = detail.get("subject") or detail.get("title") or detail.get("body") or detail.get("url") or ""
    to = detail.get("to") or ""
    people = ", ".join(map(str, to)) if isinstance(to, list) else str(to)
    quoted = f'"{_short(text)}"' if text else ""
    return f"{quoted} to {people}" if people else quoted


def _called(detail: Mapping[str, Any]) -> str:
    agent, to = detail.get("agent"), detail.get("to")
    parts = [f"by {agent}" if agent else "", f"to {to}" if to else ""]
    parts += [str(detail["disposition"])] if detail.get("disposition") else []
    parts += [f"{detail['duration']} s"] if detail.get("duration") is not None else []
    return " ".join(part for part in parts if part)


def _requested(detail: Mapping[str, Any]) -> str:
    return f"{detail.get('method', '')} {_short(detail.get('url', ''))}".strip()


def _notified(detail: Mapping[str, Any]) -> str:
    return f"{detail.get('channel', '')}: {_message({**detail, 'to': None})}".strip(": ")


def _entered(detail: Mapping[str, Any]) -> str:
    event = f" ({detail['event']})" if detail.get("event") else ""
    return f"by {detail['by']}{event}" if detail.get("by") else ""


def _event(detail: Mapping[str, Any]) -> str:
    return _with_values(str(detail.get("event", "")), {key: detail[key] for key in detail if key != "event"})


def _updated(detail: Mapping[str, Any]) -> str:
    fields = detail.get("fields")
    return _with_values("", fields) if isinstance(fields, Mapping) else _with_values("", detail)


def _moved(detail: Mapping[str, Any]) -> str:
    return f"from {detail['from']}" if detail.get("from") else ""


def _with_values(word: str, values: Mapping[str, Any]) -> str:
    """A word and `name=value` pairs; text as it is, anything else as JSON."""
    pairs = [f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in values.items()]
    return _short(" ".join([word, *pairs] if word else pairs))


def _short(value: object) -> str:
    """The first line, cropped."""
    text = str(value).strip()
    line = text.splitlines()[0] if text else ""
    cropped = line[: PHRASE_LENGTH_MAX - 1].rstrip() if len(line) > PHRASE_LENGTH_MAX else line
    return f"{cropped}…" if cropped != text else cropped


_PHRASES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "sent": _message,
    "notified": _notified,
    "called": _called,
    "requested": _requested,
    "entered": _entered,
    "event": _event,
    "updated": _updated,
    "moved": _moved,
}
