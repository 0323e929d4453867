"""The timeline as people read it: what happened to one lead, in order."""

from __future__ import annotations

import json
from dataclasses import dataclass

from spara_cli.model.entry import Entry
from spara_cli.model.localtime import from_micros
from spara_cli.store.sqlite.database import Database


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """An entry with the workflow and version it belongs to."""

    workflow: str
    version: int
    entry: Entry


class Timeline:
    """The table `timeline`, read by lead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_lead(self, lead: str, workflow: str | None = None) -> list[TimelineRow]:
        """Every entry of a lead, oldest first, maybe of one workflow only."""
        query = (
            "SELECT workflow, version, at, kind, step, visit, outcome, reason, until, detail FROM timeline"
            " WHERE lead = ?1 AND (?2 IS NULL OR workflow = ?2) ORDER BY id"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (lead, workflow)).fetchall()
        return [_row(row) for row in rows]


def _row(
    row: tuple[str, int, int, str, str | None, int, str | None, str | None, int | None, str | None],
) -> TimelineRow:
    workflow, version, at, kind, step, visit, outcome, reason, until, detail = row
    entry = Entry(
        from_micros(at),
        kind,
        step,
        visit,
        outcome,
        reason,
        from_micros(until) if until is not None else None,
        json.loads(detail) if detail else {},
    )
    return TimelineRow(workflow, version, entry)
