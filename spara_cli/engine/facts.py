"""What the engine may know of a lead at one moment: a frozen snapshot, loaded by the batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spara_cli.model.effect import Effect, SetFields, Suppress
from spara_cli.model.lead import Lead
from spara_cli.model.rules import Rules


@dataclass(frozen=True, slots=True)
class Facts:
    """The lead, the project's rules, and which channels may not reach the lead (channel to reason, C1)."""

    lead: Lead
    rules: Rules
    suppressed: Mapping[str, str] = field(default_factory=dict)


def after(facts: Facts, effects: Iterable[Effect]) -> Facts:
    """The facts as an advance leaves them: fields set, channels suppressed."""
    for effect in effects:
        if isinstance(effect, SetFields):
            merged = {**facts.lead.fields, **effect.values}
            fields = {name: value for name, value in merged.items() if value is not None}
            facts = replace(facts, lead=replace(facts.lead, fields=fields))
        elif isinstance(effect, Suppress):
            stopped = dict.fromkeys(effect.channels, effect.reason)
            facts = replace(facts, suppressed=stopped | dict(facts.suppressed))
    return facts


def scope_of(facts: Facts, memory: Mapping[str, Any]) -> dict[str, Any]:
    """What criteria and templates read: the lead's fields and dates, `event`, `last_call`, `rep`, `account`."""
    lead, rules = facts.lead, facts.rules
    scope: dict[str, Any] = {
        "id": lead.id,
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
        "last_active_at": lead.last_active_at,
        "account": {"name": rules.account_name, "address": rules.account_address},
        "rep": {"name": lead.fields.get("sales_rep_name"), "email": lead.rep_email},
    }
    scope.update(lead.fields)
    scope["event"] = memory.get("event", _NOTHING)
    scope["last_call"] = memory.get("last_call", _NOTHING)
    return scope


_NOTHING: Mapping[str, Any] = {}
