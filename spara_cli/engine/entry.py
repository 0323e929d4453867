"""Who may enter: the trigger, re-entry and exclusivity (SPEC T4–T9), for one lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from spara_cli.engine.facts import Facts, scope_of
from spara_cli.engine.program import Program
from spara_cli.model.event import Happened
from spara_cli.model.lead import is_missing
from spara_cli.model.predicate import lookup


@dataclass(frozen=True, slots=True)
class History:
    """What this lead and workflow share already: entry keys used, the last exit, and the group's other workflow."""

    keys: frozenset[str] = frozenset()
    inside: bool = False
    last_exit_at: datetime | None = None
    group_workflow: str | None = None


NEW = History()


@dataclass(frozen=True, slots=True)
class Enter:
    """The lead enters under `key`; `memory` holds the event that let it in."""

    key: str
    memory: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuse:
    """The lead does not enter; `reason` is one word, `detail` what it depends on."""

    reason: str
    detail: Mapping[str, object] = field(default_factory=dict)


def consider(
    program: Program,
    facts: Facts,
    history: History,
    now: datetime,
    *,
    event: Happened | None = None,
    by_hand: bool = False,
) -> Enter | Refuse:
    """Whether a lead enters now. By hand skips the trigger, never the re-entry rule (T9)."""
    memory: dict[str, Any] = {"event": dict(event.data)} if event is not None else {}
    if not by_hand:
        refusal = _trigger(program, facts, memory, now, event)
        if refusal is not None:
            return refusal
    if history.group_workflow is not None:
        return Refuse("exclusive_group", {"group": program.exclusive_group, "inside": history.group_workflow})
    return _reentry(program, facts, history, memory, now)


def _trigger(
    program: Program, facts: Facts, memory: Mapping[str, Any], now: datetime, event: Happened | None
) -> Refuse | None:
    trigger = program.trigger
    if trigger.on is not None and (event is None or event.name != trigger.on):
        return Refuse("other_event", {"on": trigger.on})
    if trigger.on is None and facts.lead.last_active_at < now - trigger.active_within:
        return Refuse("inactive")
    if trigger.where is not None and not trigger.where(scope_of(facts, memory), now):
        return Refuse("trigger_not_matched")
    return None


def _reentry(
    program: Program, facts: Facts, history: History, memory: Mapping[str, Any], now: datetime
) -> Enter | Refuse:
    reentry = program.trigger.reentry
    if reentry.mode == "per_key":
        value = lookup(reentry.key)(memory.get("event", {}))
        value = lookup(reentry.key)(facts.lead.fields) if is_missing(value) else value
        if is_missing(value) or isinstance(value, list | dict):
            return Refuse("no_entry_key", {"key": reentry.key})
        key = str(value)
        return Enter(key, memory) if key not in history.keys else Refuse("already_entered", {"key": key})
    if not history.keys:
        return Enter("1", memory)
    if reentry.mode == "never":
        return Refuse("already_entered")
    if history.inside:
        return Refuse("inside")
    if history.last_exit_at is not None and now - history.last_exit_at < reentry.after_exit:
        return Refuse("left_recently")
    return Enter(str(len(history.keys) + 1), memory)
