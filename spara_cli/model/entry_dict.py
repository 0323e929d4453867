"""A timeline entry as data: the one form it has in tests, answers and exports (FORMATS, Timeline entries)."""

from __future__ import annotations

from spara_cli.model.entry import Entry
from spara_cli.model.localtime import format_instant

ENTRY_KEYS = ("at", "kind", "workflow", "version", "step", "visit", "outcome", "reason", "until", "detail")
"""Every key, in the order of the answer; all are always there."""


def entry_as_dict(entry: Entry, workflow: str, version: int) -> dict[str, object]:
    """The entry with its workflow's key and version; instants are ISO 8601 in UTC with `Z`."""
    return {
        "at": format_instant(entry.at),
        "kind": entry.kind,
        "workflow": workflow,
        "version": version,
        "step": entry.step,
        "visit": entry.visit,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "until": None if entry.until is None else format_instant(entry.until),
        "detail": dict(entry.detail),
    }
