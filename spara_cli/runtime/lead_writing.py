"""Writing leads: values laid over a lead, the types of new fields, and the events that somebody waits for.

The one thing to know: `put_leads` works in the transaction that is open, so that a lead, its fields' types and
the events its change causes are there together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from spara_cli.model.fieldtypes import infer_type
from spara_cli.model.lead import STANDARD_FIELDS, FieldType, FieldValue, Lead
from spara_cli.runtime.world import World

Values = Mapping[str, FieldValue | None]


def known_types(world: World) -> dict[str, FieldType]:
    """The type of every field that has one: standard, declared, or taken from a first value (L2)."""
    return {**world.store.leads.field_types(), **STANDARD_FIELDS, **world.rules.field_types}


def changed_names(before: Lead, after: Lead, values: Values) -> list[str]:
    """Which of the fields in `values` differ between two states of a lead, by name."""
    return sorted(name for name in values if after.fields.get(name) != before.fields.get(name))


def merged(lead: Lead, values: Values, *, allow_null: bool, now: datetime, active_at: datetime | None = None) -> Lead:
    """The lead with values laid over it, or the very lead when nothing changes; a null removes only when it may (L4).

    `last_active_at` moves forward to `active_at` when that is given, and never back (L6).
    """
    fields = dict(lead.fields)
    for name, value in values.items():
        if value is not None:
            fields[name] = value
        elif allow_null:
            fields.pop(name, None)
    active = max(lead.last_active_at, active_at) if active_at is not None else lead.last_active_at
    if fields == lead.fields and active == lead.last_active_at:
        return lead
    return replace(lead, fields=fields, updated_at=now, last_active_at=active)


def put_leads(
    world: World, leads: Sequence[Lead], *, created: Sequence[str], changed: Mapping[str, Sequence[str]], now: datetime
) -> None:
    """Write leads in the open transaction; `created` and `changed` (id to field names) say what is new about them."""
    if not leads:
        return
    store = world.store
    known = known_types(world)
    fresh: dict[str, FieldType] = {}
    for lead in leads:
        for name, value in lead.fields.items():
            if name not in known and name not in fresh:
                fresh[name] = infer_type(value, field=name)
    store.leads.put(leads)
    if fresh:
        store.leads.set_field_types(fresh)
    _announce(world, created, changed, now)


def _announce(world: World, created: Sequence[str], changed: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Put into the inbox what an event trigger, a goal or a waiting condition looks for (T7, X2)."""
    inbox, connection = world.store.inbox, world.store.database.connection
    wanted = world.listening()
    mark = str(world.store.leads.last_change())
    if "lead_created" in wanted:
        for identity in created:
            inbox.record(connection, "spara:create", f"{identity}.{mark}", "lead_created", identity, {}, now)
    if "lead_updated" in wanted:
        for identity, names in changed.items():
            data = {"fields": sorted(set(names))}
            inbox.record(connection, "spara:update", f"{identity}.{mark}", "lead_updated", identity, data, now)
