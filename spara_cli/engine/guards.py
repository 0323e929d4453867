"""The gates every delivery passes, at the last moment: whether this lead may be reached, now, this way.

Order matters: what is wrong with the lead is a skip (S2), what is wrong with us a block (S3), what is
wrong with the hour a hold (S4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from spara_cli.engine.facts import Facts
from spara_cli.model.effect import Delivery, EnrollLead, Notify, PlaceCall, SendEmail, SendText
from spara_cli.model.transition import Block, Deliver, Skip
from spara_cli.model.window import LEAD_ZONE, Window
from spara_cli.model.zones import lead_zone

LATE = "late"
"""Why an overdue channel step holds (P6)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not before `until`, because of `reason`; `detail` says which zone was used."""

    until: datetime
    reason: str
    zone_from: str


def check(effect: Delivery, facts: Facts, now: datetime, *, late: bool) -> Deliver | Skip | Block | Hold:
    """Whether the delivery may start now; the effect that comes back may have fewer recipients.

    `late` says that it is overdue by more than the workflow's `late_after`: it then holds until its
    channel's next window starts (P6).
    """
    if isinstance(effect, EnrollLead):
        return Deliver(effect)
    rehearsal = isinstance(effect, PlaceCall) and effect.mode == "qa"
    if not rehearsal and isinstance(effect, SendEmail | SendText | PlaceCall):
        allowed = _unsuppressed(effect, facts)
        if isinstance(allowed, Skip):
            return allowed
        effect = allowed
    broken = _problem(effect, facts)
    if broken is not None:
        return broken
    if not rehearsal and isinstance(effect, SendEmail | SendText | PlaceCall):
        hold = _outside_window(effect.channel, facts, now, late)
        if hold is not None:
            return hold
    return Deliver(effect)


def _unsuppressed(effect: SendEmail | SendText | PlaceCall, facts: Facts) -> Delivery | Skip:
    """The effect without a suppressed lead; a rep who gets it too still does."""
    reason = facts.suppressed.get(effect.channel)
    if reason is None:
        return effect
    if isinstance(effect, SendEmail):
        if "lead" not in effect.to:
            return effect
        others = tuple(role for role in effect.to if role != "lead")
        if others and facts.lead.rep_email is not None:
            return replace(effect, to=others)
    return Skip(reason)


def _problem(effect: Delivery, facts: Facts) -> Block | None:
    name = effect.channel
    if isinstance(effect, Notify):
        name = f"notify:{effect.name}"
        declared = facts.rules.notify
        if declared is not None and effect.name not in declared:
            return Block("channel_unknown", {"channel": effect.name})
    reason = facts.rules.problems.get(name)
    return Block(reason, {"channel": effect.name if isinstance(effect, Notify) else name}) if reason else None


def _outside_window(channel: str, facts: Facts, now: datetime, late: bool) -> Hold | Block | None:
    window = facts.rules.windows.get(channel)
    if window is None:
        return None
    zone, source = _zone_of(window, facts)
    holidays = facts.rules.holiday_test(channel)
    if late and not window.never_closes:
        opening = window.next_start(now, zone, holidays)
    elif window.is_open(now, zone, holidays):
        return None
    else:
        opening = window.next_opening(now, zone, holidays)
    return (
        Hold(opening, LATE if late else "window", source)
        if opening is not None
        else Block("window_never_opens", {"channel": channel})
    )


def _zone_of(window: Window, facts: Facts) -> tuple[ZoneInfo, str]:
    """Whose clock the window is read on, and how that was found out (W2)."""
    if window.zone == LEAD_ZONE:
        return lead_zone(facts.lead, facts.rules)
    fixed = window.fixed_zone
    return (fixed, "window") if fixed is not None else (facts.rules.zone, "account")
