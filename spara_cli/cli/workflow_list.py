"""`spara workflow list`: every workflow, published or still a draft, and how many leads are in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.output.table import Marked
    from spara_cli.playbook.parse import Parsed
    from spara_cli.runtime.funnel import WorkflowStatus
    from spara_cli.settings.load import Settings

_NAMED_FROM, _PLACED_FROM = 120, 80
"""Columns of a terminal from which on there is room for the workflows' names, and for their files."""
_HEADINGS = ("WORKFLOW", "NAME", "STATUS", "VERSION", "INSIDE", "FINISHED", "PUBLISHED", "FILE")


def list_workflows(json: bool = typer.Option(False, "--json", help="Answer with one JSON object.")) -> int:
    """List workflows, and playbooks not published yet.

    STATUS is active, paused or cancelled, with `changed` where the playbook says something else than the version
    that leads follow; `draft` was never published. In a pipe, the same columns parted by tabs.

    Examples:
      spara workflow list
      spara workflow list --json
    """
    from spara_cli.cli.looking import world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.runtime.funnel import Status, status_of

    config = settings()
    with world_if_any(config) as world:
        status = status_of(world, world.clock.now()) if world is not None else Status()
        hashes = {} if world is None else {
            each.row.key: version.hash
            for each in status.workflows
            if (version := world.store.workflows.version(each.row.key, each.row.version)) is not None
        }  # fmt: skip
    drafts = _drafts(config, is_needed=not status.workflows)
    rows = [_row(each, drafts.pop(each.row.key, None), hashes.get(each.row.key)) for each in status.workflows]
    rows += [_draft_row(key, parsed) for key, parsed in drafts.items()]
    rows.sort(key=lambda row: str(row["workflow"]))
    if json:
        out(dumps(envelope("workflow list", True, workflows=rows)))
        return EXIT_OK
    _write(rows, config)
    return EXIT_OK


def _write(rows: Sequence[Mapping[str, Any]], config: Settings) -> None:
    from spara_cli.cli.looking import terminal_width
    from spara_cli.output.table import Cell, Marked, write_table

    cells: list[tuple[Cell, ...]] = [
        (
            Marked(row["workflow"], "strong"),
            row["name"],
            _status_cell(row),
            row["version"],
            row["inside"],
            row["finished"],
            row["published_at"],
            row["path"],
        )
        for row in rows
    ]
    width = terminal_width()
    left_out = {name for name, room in (("NAME", _NAMED_FROM), ("FILE", _PLACED_FROM)) if width and width < room}
    shown = [column for column, heading in enumerate(_HEADINGS) if heading not in left_out]
    headings = [_HEADINGS[column] for column in shown]
    picked = [tuple(row[column] for column in shown) for row in cells]
    write_table(headings, picked, colour=OPTIONS.colour_out, zone=config.rules.zone)


def _drafts(config: Settings, *, is_needed: bool) -> dict[str, Parsed]:
    """The playbooks by key; one without a key goes by its path, of two with one key the first counts."""
    from spara_cli.cli.looking import drafts_of
    from spara_cli.lint.check import workflow_key

    try:
        parsed = drafts_of(config)
    except UsageError as error:
        if is_needed:
            raise
        note(error.message)
        return {}
    found: dict[str, Parsed] = {}
    for each in parsed:
        key = workflow_key(each) or each.source.path
        if key in found:
            note(f"{each.source.path}: `{key}` is also the workflow of {found[key].source.path}")
        found.setdefault(key, each)
    return found


def _row(each: WorkflowStatus, draft: Parsed | None, published: str | None) -> dict[str, Any]:
    from spara_cli.playbook.fingerprint import fingerprint

    workflow = draft.workflow if draft is not None else None
    return {
        "workflow": each.row.key,
        "name": each.row.name,
        "status": each.row.status,
        "changed": draft is not None and (workflow is None or fingerprint(workflow) != published),
        "valid": draft is None or workflow is not None,
        "version": each.row.version,
        "entered": each.entered,
        "inside": each.inside,
        "finished": each.finished,
        "published_at": each.published_at,
        "path": draft.source.path if draft is not None else None,
    }


def _draft_row(key: str, draft: Parsed) -> dict[str, Any]:
    return {
        "workflow": key,
        "name": draft.workflow.name if draft.workflow is not None else None,
        "status": "draft",
        "changed": False,
        "valid": draft.workflow is not None,
        "version": None,
        "entered": 0,
        "inside": 0,
        "finished": 0,
        "published_at": None,
        "path": draft.source.path,
    }


def _status_cell(row: Mapping[str, Any]) -> Marked:
    from spara_cli.output.table import Marked, Meaning

    meanings: dict[str, Meaning] = {"active": "good", "paused": "warning", "draft": "hint"}
    words = [row["status"], *(["changed"] if row["changed"] else []), *([] if row["valid"] else ["errors"])]
    return Marked(", ".join(words), meanings.get(row["status"]) if row["valid"] else "bad")
