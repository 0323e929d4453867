"""Field types (SPEC L2): text or JSON from outside becomes a value of its field's type, or one clear error.

The one thing to know: nothing is guessed. `coerce_text` reads a CSV cell or `--set FIELD=VALUE`, where all
is text and the type says how to read it; `check_value` takes JSON, where the value has a type already and
must be the right one. Both give plain JSON (`FieldValue`); a datetime becomes ISO 8601 in UTC with `Z`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from zoneinfo import ZoneInfo

from spara_cli.model.lead import SYSTEM_FIELDS, FieldType, FieldValue, is_missing
from spara_cli.model.localtime import format_instant, parse_instant

FIELD_NAME_LENGTH_MAX = 100
INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1
"""What SQLite and PostgreSQL can hold in one integer."""
SHOWN_LENGTH_MAX = 60

# Roots of the names that criteria and templates read from an event and from the last call (T1, S12).
RESERVED_ROOTS = ("event", "last_call")

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_WITH_SEPARATORS = re.compile(r"[+-]?[0-9]{1,3}(?:[,.' ’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?|[+-]?[0-9]+,[0-9]+")
_HAS_OFFSET = re.compile(r":[0-9]{2}.*(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)\Z")
# Control, format, surrogate, line and paragraph separator (Unicode general categories).
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ARTICLED = {
    FieldType.STRING: "text",
    FieldType.INTEGER: "an integer",
    FieldType.NUMBER: "a number",
    FieldType.BOOLEAN: "a boolean",
    FieldType.LIST: "a list of text",
    FieldType.DATETIME: "a datetime",
}


class FieldTypeError(ValueError):
    """A value of another type than its field's.

    `field` is the name (empty when the caller gave none), `wanted` the type, `got` the value as people may
    be shown it: cropped, control characters escaped. The message is one line and says all three.
    """

    def __init__(self, field: str, wanted: FieldType, got: str, why: str = "") -> None:
        subject = f"`{shown_text(field)}` wants" if field else "wanted"
        super().__init__(f"{subject} {_ARTICLED[wanted]}, got {got}" + (f" ({why})" if why else ""))
        self.field = field
        self.wanted = wanted
        self.got = got


def coerce_text(text: str, type: FieldType, zone: ZoneInfo, *, field: str = "") -> FieldValue:
    """The value that `text` (a CSV cell, or VALUE of `--set FIELD=VALUE`) stands for in a field of `type`.

    Blanks around it are dropped. Integers and numbers are plain ASCII digits with `.` for the decimals:
    thousands separators and decimal commas are refused, for `1,234` and `1.234` mean different numbers in
    different countries. A list is a JSON array of text, or items parted by `;`. A datetime without an
    offset is read in `zone`. Blank text is a missing value: ask `is_missing` first; here it is returned for
    a string and refused for every other type. Raises FieldTypeError, which names `field`.
    """
    text = text.strip()
    if type is FieldType.STRING:
        return _storable_text(field, text, type)
    if not text:
        raise FieldTypeError(field, type, "blank text")
    if type is FieldType.INTEGER:
        return _integer_from(field, text)
    if type is FieldType.NUMBER:
        return _number_from(field, text)
    if type is FieldType.BOOLEAN:
        truth = _TRUTH.get(text.lower())
        if truth is None:
            raise FieldTypeError(field, type, shown(text), "true, false, yes, no, 1 or 0")
        return truth
    if type is FieldType.LIST:
        return _list_from(field, text)
    return _instant_from(field, text, zone)


def check_value(name: str, value: object, type: FieldType, zone: ZoneInfo | None = None) -> FieldValue:
    """The JSON `value` as field `name` of `type` keeps it; a value of another type is refused, never turned.

    Text is not a number and a boolean is neither; an integer is fine for a number; NaN, infinities and
    integers beyond 64 bits are refused, as is text no database can store. A datetime is ISO 8601 text;
    without an offset it is read in `zone`, or refused when `zone` is None. Null is a missing value: ask
    `is_missing` first. Raises FieldTypeError.
    """
    if type is FieldType.LIST:
        if not isinstance(value, list):
            raise FieldTypeError(name, type, shown(value))
        return [_storable_text(name, item, type, place) for place, item in enumerate(value, 1)]
    if type is FieldType.BOOLEAN:
        if not isinstance(value, bool):
            raise FieldTypeError(name, type, shown(value))
        return value
    if type is FieldType.INTEGER or type is FieldType.NUMBER:
        return _checked_number(name, value, type)
    text = _storable_text(name, value, type)
    if type is FieldType.STRING:
        return text
    if zone is None and not _HAS_OFFSET.search(text):
        raise FieldTypeError(name, type, shown(text), "give its offset, such as `Z` or `-05:00`")
    return _instant_from(name, text.strip(), zone or ZoneInfo("UTC"))


def infer_type(value: object, *, field: str = "") -> FieldType:
    """The type an undeclared field takes from its first JSON value (L2); text is never taken for a datetime.

    Raises FieldTypeError for what no field can hold: null (which is missing, ask first) and objects.
    """
    match value:
        case bool():
            return FieldType.BOOLEAN
        case int():
            return FieldType.INTEGER
        case float():
            return FieldType.NUMBER
        case str():
            return FieldType.STRING
        case list():
            return FieldType.LIST
        case _:
            raise FieldTypeError(field, FieldType.STRING, shown(value), "a field holds no nested values")


def field_name_problem(name: str) -> str | None:
    """Why `name` cannot be a lead's field, as a phrase that completes "the name …", or None when it can."""
    if is_missing(name):
        return "is blank"
    if len(name) > FIELD_NAME_LENGTH_MAX:
        return f"is longer than {FIELD_NAME_LENGTH_MAX} characters"
    if name != name.strip():
        return "begins or ends with a blank"
    if any(unicodedata.category(sign) in _UNSEEN for sign in name):
        return "holds a control or invisible character"
    if name in SYSTEM_FIELDS:
        return "belongs to a system field, which spara keeps itself"
    for root in RESERVED_ROOTS:
        if name == root or name.startswith(f"{root}."):
            return f"is reserved: `{root}.` reads from " + ("an event" if root == "event" else "the last call")
    return None


def valid_field_name(name: str) -> bool:
    """Whether a lead can have a field of this name; `field_name_problem` says why not."""
    return field_name_problem(name) is None


def shown(value: object) -> str:
    """A JSON value for a message, with its type: one line, cropped, control characters escaped."""
    match value:
        case None:
            return "null"
        case bool():
            return "the boolean true" if value else "the boolean false"
        case int() if value.bit_length() > 128:
            return "an integer of more than 38 digits"
        case int() | float():
            return f"the number {value!r}"
        case str():
            return f'the text "{shown_text(value)}"'
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "a value that is not JSON"


def shown_text(text: str) -> str:
    """Foreign text for a message: at most 60 characters, one line, nothing a terminal could act on."""
    cropped = text if len(text) <= SHOWN_LENGTH_MAX else text[: SHOWN_LENGTH_MAX - 1] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cropped)


def _storable_text(field: str, value: object, type: FieldType, place: int = 0) -> str:
    """Text that both databases can hold. `place` is the item's in its list, 0 for a lone value."""
    item = f"item {place}: " if place else ""
    if not isinstance(value, str):
        raise FieldTypeError(field, type, item + shown(value))
    if "\0" in value:
        raise FieldTypeError(field, type, item + shown(value), "a NUL character cannot be stored")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise FieldTypeError(field, type, item + shown(value), "half of a surrogate pair is no text") from None
    return value


def _integer_from(field: str, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        why = "write it without separators" if _WITH_SEPARATORS.fullmatch(text) else ""
        raise FieldTypeError(field, FieldType.INTEGER, shown(text), why)
    return _within_64_bits(field, int(text), FieldType.INTEGER)


def _number_from(field: str, text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        why = "write it without separators, decimals after a `.`" if _WITH_SEPARATORS.fullmatch(text) else ""
        raise FieldTypeError(field, FieldType.NUMBER, shown(text), why)
    if _INTEGER.fullmatch(text):  # stays an integer, so that 5 is shown as 5 and not as 5.0
        return _within_64_bits(field, int(text), FieldType.NUMBER)
    return _finite(field, float(text))


def _checked_number(field: str, value: object, type: FieldType) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldTypeError(field, type, shown(value))
    if isinstance(value, int):
        return _within_64_bits(field, value, type)
    if type is FieldType.INTEGER:
        raise FieldTypeError(field, type, shown(value), "a number with decimals")
    return _finite(field, value)


def _within_64_bits(field: str, value: int, type: FieldType) -> int:
    if not INTEGER_MIN <= value <= INTEGER_MAX:
        raise FieldTypeError(field, type, shown(value), "beyond 64 bits")
    return value


def _finite(field: str, value: float) -> float:
    if not math.isfinite(value):
        raise FieldTypeError(field, FieldType.NUMBER, shown(value), "not a finite number")
    return value


def _list_from(field: str, text: str) -> list[str]:
    if not text.startswith("["):
        return [_storable_text(field, item.strip(), FieldType.LIST) for item in text.split(";") if item.strip()]
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise FieldTypeError(field, FieldType.LIST, shown(text), "begins with `[` but is no JSON array") from None
    return [_storable_text(field, item, FieldType.LIST, place) for place, item in enumerate(items, 1)]


def _instant_from(field: str, text: str, zone: ZoneInfo) -> str:
    try:
        return format_instant(parse_instant(text, zone))
    except ValueError:
        raise FieldTypeError(
            field, FieldType.DATETIME, shown(text), "ISO 8601, such as 2026-11-21T09:30:00-05:00"
        ) from None
