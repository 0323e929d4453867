"""A lead as the commands find it and show it: by id, as data, as cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spara_cli.diagnostics import did_you_mean
from spara_cli.errors import UsageError

if TYPE_CHECKING:
    from spara_cli.model.enrollment import Enrollment
    from spara_cli.model.lead import Lead
    from spara_cli.output.table import Cell
    from spara_cli.runtime.world import World

HEADINGS = ("ID", "EMAIL", "NAME", "COMPANY", "LAST ACTIVE")
_IDS_COMPARED_MAX = 1_000


def known_lead(world: World, identity: str) -> Lead:
    """The lead of this id. Raises UsageError, with the nearest id or a way to find it, when there is none."""
    from spara_cli.cli.lead_values import checked_text

    identity = checked_text(identity, "the lead's id")
    lead = world.store.leads.get([identity]).get(identity)
    if lead is None:
        raise no_lead(world, identity)
    return lead


def no_lead(world: World, identity: str) -> UsageError:
    """What to say of an id that no lead has: an address was meant, an id like it, or nothing near."""
    from spara_cli.cli.lead_values import printable

    message = f"there is no lead `{printable(identity)}`"
    if "@" in identity:
        ids = world.store.leads.ids_of_emails([identity.strip().casefold()]).get(identity.strip().casefold(), [])
        if ids:
            return UsageError(message, hint=f"an id is wanted; that address has {', '.join(f'`{i}`' for i in ids[:3])}")
    near = did_you_mean(identity, (lead.id for lead in world.store.leads.page(limit=_IDS_COMPARED_MAX)))
    if near is not None:
        return UsageError(message, hint=f"did you mean `{near}`?")
    hint = "`spara lead search TEXT` finds leads" if world.store.leads.count() else "there are no leads yet"
    return UsageError(message, hint=hint)


def lead_as_dict(lead: Lead) -> dict[str, object]:
    """A lead as data: id, instants in UTC, and its fields by name."""
    from spara_cli.model.localtime import format_instant

    return {
        "id": lead.id,
        "created_at": format_instant(lead.created_at),
        "updated_at": format_instant(lead.updated_at),
        "last_active_at": format_instant(lead.last_active_at),
        "fields": {name: lead.fields[name] for name in sorted(lead.fields)},
    }


def lead_cells(lead: Lead) -> list[Cell]:
    """A lead as a row under `HEADINGS`."""
    name = " ".join(part for part in (lead.text("first_name"), lead.text("last_name")) if part)
    return [lead.id, lead.text("email"), name, lead.text("company_name"), lead.last_active_at]


def enrollment_as_dict(enrollment: Enrollment) -> dict[str, object]:
    """Where a lead stands in a workflow, as data; `unpublished` while the workflow is (P3)."""
    from spara_cli.model.localtime import format_instant

    due_at = enrollment.due_at
    return {
        "workflow": enrollment.workflow,
        "version": enrollment.version,
        "step": enrollment.step,
        "visit": enrollment.visit,
        "state": enrollment.state.value,
        "reason": enrollment.reason,
        "due_at": None if due_at is None else format_instant(due_at),
        "entered_at": format_instant(enrollment.entered_at),
        "unpublished": enrollment.frozen,
    }
