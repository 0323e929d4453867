"""What the outside world answers in a test: `given.answers`, read once, given at the instant of the request.

The one thing to know: an answer stands for what a provider does, never for what the engine makes of it. A
server's 503 is `Unavailable` here, and whether it is tried again is the engine's affair (SPEC S5, S11).

    step                  text                                      mapping
    send_email            sent failed bounced                       outcome, code, message
    send_text, notify     sent failed                               outcome, code, message
    call_phone            answered no_answer busy voicemail failed  outcome, disposition, duration, summary, …
    api                   success failure                           status, json, fields, retry_after
    prompt                success failure                           the extracted fields
    enroll                enrolled refused                          outcome, code, message
    any of them                                                     error | blocked | uncertain, message
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.diagnostics import suggestion
from spara_cli.model.effect import CallApi, Delivery, ExtractField, RunPrompt
from spara_cli.model.fieldtypes import FieldTypeError, check_value
from spara_cli.model.lead import FieldValue, is_missing
from spara_cli.model.outcome import Answer, Misconfigured, Refused, Sent, Unavailable, Unknown
from spara_cli.steps import BaseStep
from spara_cli.steps.api import ApiStep
from spara_cli.steps.call_phone import CallPhoneStep
from spara_cli.steps.prompt import PromptStep

_OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "send_email": ("sent", "failed", "bounced"),
    "send_text": ("sent", "failed"),
    "notify": ("sent", "failed"),
    "call_phone": ("answered", "no_answer", "busy", "voicemail", "failed"),
    "api": ("success", "failure"),
    "prompt": ("success", "failure"),
    "enroll": ("enrolled", "refused"),
}
"""The words a step's answer may be, the one it gets by default first."""
_REFUSALS = frozenset({"failed", "bounced", "failure", "refused"})
_TROUBLE = ("error", "blocked", "uncertain")
_CALL_KEYS = ("disposition", "duration", "summary", "recording_url", "transcript")
_STATUS_TRY_AGAIN = 429
_STATUS_SERVER_ERRORS = range(500, 600)
_STATUS_SUCCESSES = range(200, 300)


class MisfitError(ValueError):
    """An answer that step cannot get; `path` leads to what is wrong within it."""

    def __init__(self, message: str, help: str | None = None, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.path = path


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took it; `json` is the body of an `api` answer, `fields` what a model filled in."""

    outcome: str
    detail: Mapping[str, object] = field(default_factory=dict)
    json: object = None
    fields: Mapping[str, object] = field(default_factory=dict)


Reply = Taken | Refused | Unavailable | Misconfigured | Unknown


def takes_answers(step: BaseStep) -> bool:
    """Whether the step asks the outside world for something."""
    return step.type in _OUTCOMES


def default_reply(step: BaseStep) -> Reply:
    """What the world answers when the case says nothing: well (FORMATS, A test)."""
    return _by_word(step, _OUTCOMES[step.type][0])


def read_replies(step: BaseStep, raw: object) -> tuple[Reply, ...]:
    """The answers of one step, in order; a lone one is a list of one. Raises MisfitError."""
    if not isinstance(raw, list):
        return (_read(step, raw),)
    if not raw:
        raise MisfitError("a list of answers must not be empty")
    replies = []
    for index, item in enumerate(raw):
        try:
            replies.append(_read(step, item))
        except MisfitError as error:
            raise MisfitError(error.message, error.help, (index, *error.path)) from None
    return tuple(replies)


def answer_of(reply: Reply, effect: Delivery, detail: Mapping[str, object], zone: ZoneInfo) -> Answer:
    """What the channel says of one attempt; `detail` is what the timeline keeps of the message."""
    match reply:
        case Taken():
            fields = _extracted(reply, effect, zone)
            shown: dict[str, object] = {"fields": fields} if fields else {}
            return Sent(reply.outcome, {**detail, **reply.detail, **shown}, fields)
        case Refused():
            return replace(reply, detail={**detail, **reply.detail})
        case _:
            return reply


# --- reading -----------------------------------------------------------------------------------------


def _read(step: BaseStep, raw: object) -> Reply:
    if isinstance(raw, str):
        return _by_word(step, raw)
    if not isinstance(raw, dict):
        words = ", ".join(_OUTCOMES[step.type])
        raise MisfitError(f"an answer of a `{step.type}` step is a word or a mapping", f"words: {words}")
    if isinstance(step, PromptStep) and not (_is_trouble(raw) and not _names(step) & raw.keys()):
        return _filled_in(step, raw)
    if _is_trouble(raw):
        return _trouble(raw)
    if isinstance(step, ApiStep):
        return _response(step, raw)
    return _by_outcome(step, raw)


def _by_word(step: BaseStep, word: str) -> Reply:
    words = _OUTCOMES[step.type]
    if word not in words:
        raise MisfitError(f"a `{step.type}` step cannot end with `{word}`", _words_help(step, word, words))
    if isinstance(step, CallPhoneStep) and step.mode == "qa" and word != "answered":
        raise MisfitError("a call with `mode: qa` dials nobody: it is always `answered`")
    if word in _REFUSALS:
        return Refused(word, bounce=word == "bounced")
    if isinstance(step, ApiStep):
        return Taken("success", {"status": 200}, {})
    return Taken(word)


def _words_help(step: BaseStep, word: str, words: tuple[str, ...]) -> str:
    help = suggestion(word, words)
    if isinstance(step, CallPhoneStep) and help.startswith("allowed"):
        return f"{help}; a disposition is written {{outcome: answered, disposition: {word}}}"
    return help


def _is_trouble(raw: Mapping[str, Any]) -> bool:
    return any(key in raw for key in _TROUBLE)


def _trouble(raw: Mapping[str, Any]) -> Reply:
    """Something between us and the provider is wrong: try again, block, or nobody knows."""
    kind = next(key for key in _TROUBLE if key in raw)
    _only(raw, (kind, "message", "retry_after") if kind == "error" else (kind, "message"))
    why, message = _word(raw, kind), _word(raw, "message", "")
    if kind == "blocked":
        return Misconfigured(why, message)
    if kind == "uncertain":
        return Unknown(why, message)
    return Unavailable(why, message, _seconds(raw))


def _by_outcome(step: BaseStep, raw: Mapping[str, Any]) -> Reply:
    """`{outcome: …}` of a message, call or enrollment, with what the provider says besides."""
    extra = _CALL_KEYS if isinstance(step, CallPhoneStep) else ()
    _only(raw, ("outcome", "code", "message", *extra))
    outcome = _word(raw, "outcome", _OUTCOMES[step.type][0])
    try:
        reply = _by_word(step, outcome)
    except MisfitError as error:
        raise MisfitError(error.message, error.help, ("outcome",)) from None
    detail = {key: raw[key] for key in extra if key in raw}
    for key, value in detail.items():
        _check_call_value(key, value)
    if isinstance(reply, Refused):
        return replace(reply, code=_word(raw, "code", reply.code), message=_word(raw, "message", ""), detail=detail)
    if stray := [key for key in ("code", "message") if key in raw]:
        raise MisfitError(f"`{stray[0]}` belongs to an answer that failed", "add `outcome: failed`", (stray[0],))
    return Taken(outcome, detail)


def _check_call_value(key: str, value: object) -> None:
    if key == "duration":
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise MisfitError("`duration` is the call's length in seconds", path=(key,))
    elif not isinstance(value, str):
        raise MisfitError(f"`{key}` is text", path=(key,))


def _response(step: ApiStep, raw: Mapping[str, Any]) -> Reply:
    """An HTTP answer; which status is a success the step says, or HTTP does (RFC 9110 section 15)."""
    _only(raw, ("status", "json", "fields", "retry_after"))
    status = raw.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise MisfitError("`status` is an HTTP status code, from 100 to 599", path=("status",))
    detail = {"status": status}
    if status in (step.expect_status or _STATUS_SUCCESSES):
        return Taken("success", detail, raw.get("json", {}), _described_fields(step, raw))
    if status == _STATUS_TRY_AGAIN or status in _STATUS_SERVER_ERRORS:
        return Unavailable(str(status), retry_after=_seconds(raw), detail=detail)
    return Refused(str(status), detail=detail)


def _described_fields(step: ApiStep, raw: Mapping[str, Any]) -> Mapping[str, object]:
    """What the language model found, for values that the step describes instead of giving a path."""
    fields = raw.get("fields", {})
    if not isinstance(fields, dict):
        raise MisfitError("`fields` is a mapping of field to value", path=("fields",))
    known = {item.name for item in step.extract if item.describe is not None}
    for name in fields:
        if name not in known:
            raise MisfitError(f"the step describes no value `{name}`", suggestion(name, known), ("fields", name))
    return fields


def _filled_in(step: PromptStep, raw: Mapping[str, Any]) -> Reply:
    """A prompt's answer: the fields it fills. A value that does not fit is dropped when it is used (S11)."""
    names = _names(step)
    for name in raw:
        if name not in names:
            raise MisfitError(f"the step extracts no field `{name}`", suggestion(name, names), (name,))
    return Taken("success", fields=raw)


def _names(step: PromptStep) -> frozenset[str]:
    return frozenset(item.name for item in step.extract)


def _only(raw: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in raw:
        if key not in allowed:
            raise MisfitError(f"unknown key `{key}` in an answer", suggestion(key, allowed), (key,))


def _word(raw: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = raw.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool) and key == "code":
        return str(value)  # providers' codes are numbers as often as words
    if not isinstance(value, str) or (default is None and not value):
        raise MisfitError(f"`{key}` is text", path=(key,))
    return value


def _seconds(raw: Mapping[str, Any]) -> float | None:
    value = raw.get("retry_after")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise MisfitError("`retry_after` is a number of seconds", path=("retry_after",))
    return float(value)


# --- extracting --------------------------------------------------------------------------------------


def _extracted(reply: Taken, effect: Delivery, zone: ZoneInfo) -> dict[str, FieldValue]:
    """The values an answer gives the lead; what is not found, or does not fit its type, is left out (S11)."""
    if not isinstance(effect, CallApi | RunPrompt):
        return {}
    found: dict[str, FieldValue] = {}
    for item in effect.extract:
        value = _search(item.path, reply.json) if item.path is not None else reply.fields.get(item.name)
        if is_missing(value) or (item.one_of and value not in item.one_of):
            continue
        checked = _fitting(item, value, zone)
        if checked is not None:
            found[item.name] = checked
    return found


def _fitting(item: ExtractField, value: object, zone: ZoneInfo) -> FieldValue | None:
    try:
        return check_value(item.name, value, item.type, zone)
    except FieldTypeError:
        return None


def _search(path: str, body: object) -> object:
    """The value at a JMESPath; None when it is not there, or a function in it refuses what it finds."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(path, body)
    except JMESPathError:
        return None
