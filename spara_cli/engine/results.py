"""What the result of an attempt does: the entry it leaves, and where the lead goes (SPEC S5, S11, S12, D2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from spara_cli.engine.cursor import Cursor
from spara_cli.engine.program import Slot
from spara_cli.engine.retry import retry_delay
from spara_cli.model.enrollment import RETRY, State
from spara_cli.model.event import Answered
from spara_cli.model.lead import FieldValue
from spara_cli.model.localtime import format_instant
from spara_cli.model.outcome import Misconfigured, Refused, Sent, Unavailable, Unknown
from spara_cli.model.transition import Block, Wait

CHANNEL_OF = {"send_email": "email", "send_text": "text", "call_phone": "call"}
_REQUESTS = frozenset({"api", "prompt"})
_CALL_KEYS = ("outcome", "disposition", "duration", "summary", "recording_url")
TEMPLATE_ERROR = "template_error"


def answered(cursor: Cursor, event: Answered) -> None:
    """Take in the result of one attempt; one that is not awaited any more is only recorded."""
    slot = cursor.program.slot_of(event.step)
    current = (cursor.step, cursor.visit, cursor.attempt) == (event.step, event.visit, event.attempt)
    if slot is None or not current or cursor.state is not State.IN_FLIGHT:
        _record_late(cursor, event, slot.kind if slot is not None else "sent")
        return
    answer = event.answer
    match answer:
        case Sent():
            _sent(cursor, slot, answer)
        case Refused():
            _refused(cursor, slot, answer)
        case Unavailable():
            _unavailable(cursor, slot, answer)
        case Misconfigured():
            detail = {"message": answer.message} if answer.message else {}
            cursor.follow(slot, Block(answer.reason, detail))
        case Unknown():
            _unknown(cursor, slot, answer)
        case _:
            assert_never(answer)


def _sent(cursor: Cursor, slot: Slot, answer: Sent) -> None:
    cursor.rounds += 1
    cursor.failures = 0
    cursor.record(slot.kind, outcome=answer.outcome, detail=answer.detail)
    _touch(cursor, slot)
    _keep_thread(cursor, answer.detail)
    outcome, disposition = answer.outcome, None
    if slot.type == "call_phone":
        disposition = _keep_call(cursor, slot, answer)
    cursor.set_fields(_typed(cursor, answer.fields))
    if slot.type == "call_phone" and outcome == "answered" and cursor.program.exits.call_answer:
        cursor.exit("call_answer")
        return
    again = slot.run.answered(cursor.view(slot), outcome)
    if again is not None:
        cursor.follow(slot, again)
        return
    _leave(cursor, cursor.route(slot, disposition, outcome))


def _refused(cursor: Cursor, slot: Slot, answer: Refused) -> None:
    detail = {**answer.detail, "code": answer.code}
    if answer.message:
        detail["message"] = answer.message
    if answer.bounce:
        cursor.suppress(("email",), "bounced")
    outcome = "failure" if slot.type in _REQUESTS else "refused" if slot.type == "enroll" else "failed"
    if slot.type == "call_phone":
        _keep_call(cursor, slot, Sent("failed", answer.detail))
    unsayable = answer.code == TEMPLATE_ERROR  # a skip, and skips never route (S5)
    if slot.type in _REQUESTS or slot.type == "enroll" or (outcome in slot.routes and not unsayable):
        cursor.record(slot.kind, outcome=outcome, detail=detail)
        target = cursor.route(slot, outcome)
    else:
        cursor.record("skipped", reason=TEMPLATE_ERROR if unsayable else "failed", detail=detail)
        target = slot.next
    if answer.bounce and cursor.program.exits.bounce:
        cursor.exit("bounce")
        return
    _leave(cursor, target)


def _unavailable(cursor: Cursor, slot: Slot, answer: Unavailable) -> None:
    if answer.at_once:
        cursor.record("retry", reason=answer.code, until=cursor.now)
        cursor.rest(State.WAITING, cursor.now, RETRY)
        return
    cursor.failures += 1
    if cursor.failures >= cursor.facts.rules.max_attempts:
        _refused(cursor, slot, Refused(answer.code, answer.message, detail={**answer.detail, "tries": cursor.failures}))
        return
    salt = f"{cursor.facts.lead.id}\0{cursor.program.workflow}\0{slot.id}\0{cursor.visit}\0{cursor.attempt}"
    until = cursor.now + retry_delay(cursor.failures, salt, answer.retry_after)
    detail = {**answer.detail, "code": answer.code} | ({"message": answer.message} if answer.message else {})
    cursor.record("retry", reason=answer.code, until=until, detail=detail)
    cursor.rest(State.WAITING, until, RETRY)


def _unknown(cursor: Cursor, slot: Slot, answer: Unknown) -> None:
    """Nobody knows whether it went out; the project decides whether to risk a second one (D2)."""
    decision = cursor.facts.rules.on_unknown
    _touch(cursor, slot)
    cursor.record("uncertain", reason=answer.reason, detail={"message": answer.message} if answer.message else {})
    if decision == "hold":
        cursor.rest(State.AWAITING, None, "uncertain")
    elif decision == "retry":
        cursor.follow(slot, Wait(cursor.now + retry_delay(1, slot.id, None), reason=RETRY))
    else:
        cursor.record("skipped", reason="uncertain")
        _leave(cursor, slot.next)


def _leave(cursor: Cursor, target: int) -> None:
    """Go on behind a delivery; time has passed, so arrival is now."""
    cursor.arrived_at = cursor.now
    cursor.run(target, arriving=True)


def _touch(cursor: Cursor, slot: Slot) -> None:
    """Remember that this enrollment used the channel: only then do answers on it count (X1)."""
    channel = CHANNEL_OF.get(slot.type)
    touched: Any = cursor.memory.get("touched", ())
    if channel is not None and channel not in touched:
        cursor.remember(touched=[*touched, channel])


def _keep_thread(cursor: Cursor, detail: Mapping[str, object]) -> None:
    message_id = detail.get("message_id")
    if isinstance(message_id, str):
        thread: Any = cursor.memory.get("thread", ())
        cursor.remember(thread=[*thread, message_id])


def _keep_call(cursor: Cursor, slot: Slot, answer: Sent) -> str | None:
    """Make the call readable as `last_call` (S12); its disposition, when the agent reported one."""
    call: dict[str, object] = {key: answer.detail[key] for key in _CALL_KEYS if key in answer.detail}
    call |= {"outcome": answer.outcome, "step": slot.id, "ended_at": format_instant(cursor.now)}
    cursor.remember(last_call=call)
    cursor.scope["last_call"] = call
    disposition = call.get("disposition")
    return disposition if isinstance(disposition, str) else None


def _typed(cursor: Cursor, fields: Mapping[str, object]) -> dict[str, FieldValue | None]:
    """Extracted values as they are; the channel has checked their types (S11)."""
    return {name: value for name, value in fields.items() if isinstance(value, str | int | float | bool | list)}


def _record_late(cursor: Cursor, event: Answered, kind: str) -> None:
    """A result that nobody waits for any more still belongs on the timeline, once."""
    answer = event.answer
    if isinstance(answer, Sent):
        cursor.record(kind, outcome=answer.outcome, detail={**answer.detail, "late": True}, step=event.step)
        cursor.entries[-1] = replace(cursor.entries[-1], visit=event.visit)
