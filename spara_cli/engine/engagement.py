"""What an inbound event does to an enrollment: opt-outs, exits, and the event a step awaits (SPEC X1–X3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spara_cli.engine.cursor import Cursor
from spara_cli.engine.program import Exits
from spara_cli.model.enrollment import State
from spara_cli.model.event import Happened

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
"""A whole message of one of these opts out of texts and calls (C1)."""

_CHANNEL_OF = {"email_reply": "email", "text_reply": "text", "bounce": "email", "complaint": "email"}
_SUPPRESSES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "unsubscribe": (("email", "text", "call"), "unsubscribed"),
    "stop": (("text", "call"), "stop"),
    "bounce": (("email",), "bounced"),
    "complaint": (("email",), "complained"),
}
_REASON = {"stop": "unsubscribe", "complaint": "unsubscribe"}


def happened(cursor: Cursor, event: Happened, *, again: bool = False) -> None:
    """Take in an event; `again` for one that was kept while unpublished and is on the timeline already."""
    event = as_meant(event)
    if not again:
        _suppress(cursor, event)
        if not _concerns(cursor, event):
            return
        cursor.record("event", detail={"event": event.name, **event.data})
    if not again and _ends(cursor.program.exits, event.name):
        cursor.exit(_REASON.get(event.name, event.name))
        return
    if cursor.frozen:
        cursor.keep(event)
        return
    if cursor.leave_for_goal():
        return
    _awaited(cursor, event)


def opts_out(text: str) -> bool:
    """Whether a text message is, as a whole, one of the STOP words; case and outer punctuation aside."""
    return text.strip().strip(".!\"' ").casefold() in STOP_WORDS


def as_meant(event: Happened) -> Happened:
    """STOP as the whole message is an opt-out, never a reply (X1)."""
    body = event.data.get("body")
    if event.name == "text_reply" and isinstance(body, str) and opts_out(body):
        return Happened("stop", event.data)
    return event


def suppressions_of(event: Happened) -> tuple[tuple[str, ...], str]:
    """Which channels an event closes, and the reason; an unsubscribe that names none closes all (C1)."""
    event = as_meant(event)
    channels, reason = _SUPPRESSES.get(event.name, ((), ""))
    channel = event.data.get("channel")
    if event.name == "unsubscribe" and channel in ("email", "text", "call"):
        channels = (str(channel),)
    return channels, reason


def _suppress(cursor: Cursor, event: Happened) -> None:
    channels, reason = suppressions_of(event)
    if channels:
        cursor.suppress(channels, reason)


def _concerns(cursor: Cursor, event: Happened) -> bool:
    """Only engagement with this enrollment's own messages counts (X1); opt-outs and other events always do."""
    channel = _CHANNEL_OF.get(event.name)
    touched: Any = cursor.memory.get("touched", ())
    return channel is None or channel in touched


def _ends(exits: Exits, name: str) -> bool:
    return {
        "email_reply": exits.email_reply,
        "text_reply": exits.text_reply,
        "unsubscribe": exits.unsubscribe,
        "stop": exits.unsubscribe,
        "complaint": exits.unsubscribe,
        "bounce": exits.bounce,
    }.get(name, False)


def _awaited(cursor: Cursor, event: Happened) -> None:
    slot = cursor.program.slot_of(cursor.step)
    if slot is None or cursor.state is not State.AWAITING:
        return
    move = slot.run.happened(cursor.view(slot), event)
    if move is not None:
        cursor.remember(event=dict(event.data))
        cursor.scope["event"] = event.data
        cursor.arrived_at = cursor.now
        cursor.follow(slot, move)
