"""`spara workflow list`: every workflow, published or still a draft, and how many leads are in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import OPTIONS, note, out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.playbook.parse import Parsed
    from spara_cli.runtime.funnel import WorkflowStatus
    from spara_cli.settings.load import Settings

_HEADINGS = ("WORKFLOW", "NAME", "STATUS", "VERSION", "INSIDE", "FINISHED", "PUBLISHED", "FILE")


def list_workflows(json: bool = typer.Option(False, "--json", help="Answer with one JSON object.")) -> int:
    """Show every workflow: what was published, and the playbooks that were not, or have changed since.

    STATUS is active, paused or cancelled, with `changed` where the playbook says something else than the version
    that leads follow; `draft` was never published. In a pipe, the same columns parted by tabs.

    Examples:
      spara workflow list
      spara workflow list --json
    """
    from spara_cli.cli.looking import world_if_any
    from spara_cli.cli.wiring import settings
    from spara_cli.output.jsonout import dumps, envelope
    from spara_cli.output.table import Marked, write_table
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
    cells = [
        (
            Marked(str(row["workflow"]), "strong"), row["name"], _status_cell(row), row["version"], row["inside"],
            row["finished"], row["published_at"], row["path"],
        )
        for row in rows
    ]  # fmt: skip
    write_table(_HEADINGS, cells, colour=OPTIONS.colour_out, zone=config.rules.zone)  # type: ignore[arg-type]
    return EXIT_OK


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


def _row(each: WorkflowStatus, draft: Parsed | None, published: str | None) -> dict[str, object]:
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


def _draft_row(key: str, draft: Parsed) -> dict[str, object]:
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


def _status_cell(row: dict[str, object]) -> object:
    from spara_cli.output.table import Marked

    words = [str(row["status"])]
    words += ["changed"] if row["changed"] else []
    words += ["errors"] if not row["valid"] else []
    meaning = {"active": "good", "paused": "warning", "cancelled": None, "draft": "hint"}[words[0]]
    return Marked(", ".join(words), "bad" if not row["valid"] else meaning)  # type: ignore[arg-type]
