"""The filters a template may use, each bounded, none reading a clock (SPEC S6: the safe filters).

The one thing to know: python-liquid's own filters are wrapped, not trusted. What goes in and comes out is
charged to the render's budget of work, text filters see values as they print (`true`, `3`, `a, b`), and
whatever a filter raises becomes a `FilterArgumentError` with its place. `date` is ours altogether, for
theirs asks the clock even for `"10:30"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from liquid.builtin.expressions import is_empty
from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError, LiquidError, ResourceLimitError
from liquid.filter import with_context
from liquid.undefined import is_undefined

from spara_cli.model.lead import is_missing
from spara_cli.model.template_text import text_of

LIST_MAX = 10_000
"""Items of a list or a range that a filter takes or gives."""
TEXT_MAX = 256 * 1024
_INTEGER_BITS_MAX = 256
_CALL_COST = 50

Filter = Callable[..., Any]


class _Budget(Protocol):
    """What a filter needs of the render's context: to pay for its work, and the scope's `now`."""

    env: Any

    def spend(self, work: int) -> None: ...

    def resolve(self, name: str, *, default: object) -> Any: ...


def _size_of(value: object) -> int:
    """What a value costs to work on, about in characters. Raises for one that is over the limits."""
    if isinstance(value, str):
        if len(value) > TEXT_MAX:
            raise ResourceLimitError(f"a text is longer than {TEXT_MAX:,} characters", token=None)
        return len(value)
    if isinstance(value, range):
        # len() of a range overflows; its ends do not.
        if value.stop - value.start > LIST_MAX:
            raise ResourceLimitError(f"a range has more than {LIST_MAX:,} numbers", token=None)
        return len(value) * 8
    if isinstance(value, list | tuple):
        if len(value) > LIST_MAX:
            raise ResourceLimitError(f"a list has more than {LIST_MAX:,} items", token=None)
        return len(value) * 8 + sum(len(item) for item in value if isinstance(item, str))
    if isinstance(value, int) and value.bit_length() > _INTEGER_BITS_MAX:
        raise ResourceLimitError("a number has too many digits", token=None)
    return 8


def _bounded(name: str, function: Filter, *, text: bool = False) -> Filter:
    """`function` within the render's budget; with `text`, its value and arguments as they print."""
    wants_environment = getattr(function, "with_environment", False)

    @with_context
    def run(value: object, *args: object, context: _Budget, **kwargs: object) -> object:
        if text:
            value = _as_text(value)
            args = tuple(_as_argument(argument) for argument in args)
        context.spend(_CALL_COST + _size_of(value) + sum(map(_size_of, (*args, *kwargs.values()))))
        if wants_environment:
            kwargs["environment"] = context.env
        try:
            result = function(value, *args, **kwargs)
        except LiquidError as error:
            raise FilterArgumentError(_reason(name, error.message), token=None) from error
        except Exception as error:
            raise FilterArgumentError(_reason(name, error), token=None) from error
        context.spend(_size_of(result))
        return result

    return run


def _reason(name: str, cause: object) -> str:
    if isinstance(cause, TypeError):
        return f"the filter `{name}` does not take these arguments"
    return f"the filter `{name}`: {str(cause).removeprefix(name).removeprefix(': ')}"


def _as_text(value: object) -> str:
    return "" if is_undefined(value) else text_of(value)


def _as_argument(value: object) -> object:
    """An argument of a text filter: whole numbers and missing values stay what they are."""
    if is_undefined(value) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return text_of(value)


def _within_text_max(length: int) -> None:
    if length > TEXT_MAX:
        raise ResourceLimitError(f"a text is longer than {TEXT_MAX:,} characters", token=None)


def _replace(value: str, old: object, new: object = "") -> str:
    """Every `old` becomes `new`; the length is worked out first, for it can be a product of the two."""
    before, after = _as_text(old), _as_text(new)
    _within_text_max(len(value) + value.count(before) * max(len(after) - len(before), 0))
    return value.replace(before, after)


def _join(value: Any, separator: object = " ") -> str:
    """The items' texts with `separator` between; anything but a list is its own text."""
    if not isinstance(value, list | tuple | range):
        return _as_text(value)
    between = _as_text(separator)
    items = [_as_text(item) for item in value]
    _within_text_max(sum(map(len, items)) + len(between) * len(items))
    return between.join(items)


def _uniq(value: Any) -> list[object]:
    """The list without repeats, first come first kept."""
    seen: dict[object, object] = {}
    for item in value if isinstance(value, list | tuple | range) else [value]:
        key = repr(item) if isinstance(item, list | dict) else item
        seen.setdefault(key, item)
    return list(seen.values())


def _default(value: Any, fallback: object = "", *, allow_false: object = False) -> object:
    """`fallback` for what is missing, blank, empty or false; `allow_false: true` lets false pass."""
    if value is False:
        return value if allow_false is True else fallback
    return fallback if is_undefined(value) or is_missing(value) or is_empty(value) else value


_DIRECTIVE = re.compile(r"%([-_0^]?)([A-Za-z%])")
_STRFTIME = frozenset("aAbBdHIjmMpSuUVwWyYzZGf")
_SHORTHAND = {"D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "T": "%H:%M:%S", "r": "%I:%M:%S %p"}
_SPACE_PADDED = {"e": "d", "k": "H", "l": "I"}
_FORMAT_MAX = 200


@with_context
def _date(value: object, format: object = None, zone: object = None, *, context: _Budget) -> str:
    """A datetime, ISO 8601 text or epoch seconds, formatted by Ruby's strftime, in `zone` (default UTC).

    `"now"` and `"today"` mean the scope's `now`; without one they are refused, since a template may not
    read the clock. What is no date prints as it is, as Liquid has it.
    """
    context.spend(_CALL_COST + _size_of(value) + _size_of(format))
    if is_undefined(value) or is_missing(value):
        return ""
    if value in ("now", "today"):
        value = context.resolve("now", default=None)
        if value is None:
            raise FilterArgumentError("the filter `date`: no `now` is given here", token=None)
    moment = _moment(value)
    pattern = _as_text(format)
    if moment is None or not pattern:
        return _as_text(value)
    _within_format(pattern)
    try:
        local = moment.astimezone(ZoneInfo(_as_text(zone).strip() or "UTC"))
        return _DIRECTIVE.sub(lambda found: _formatted(local, found.group(1), found.group(2)), pattern)
    except Exception as error:  # ZoneInfo raises a dozen kinds for a hostile key
        raise FilterArgumentError(
            f"the filter `date`: {_as_text(zone)!r} is no time zone, or the year is out of range", token=None
        ) from error


def _within_format(pattern: str) -> None:
    if len(pattern) > _FORMAT_MAX:
        raise FilterArgumentError(f"the filter `date`: a format has at most {_FORMAT_MAX} characters", token=None)


def _moment(value: object) -> datetime | None:
    """An aware datetime, or None for what is none; without a zone it is taken for UTC."""
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime.combine(value, time.min)
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _formatted(moment: datetime, flag: str, letter: str) -> str:
    """One directive; an unknown one stays as written. Flags: `-` no padding, `_` blanks, `^` upper case."""
    if letter == "%":
        return "%"
    if letter == "s":
        return str(int(moment.timestamp()))
    if letter == "P":
        text = moment.strftime("%p").lower()
    elif letter in _SPACE_PADDED:
        text = moment.strftime(f"%{_SPACE_PADDED[letter]}").lstrip("0").rjust(2) or " 0"
    elif letter in _SHORTHAND or letter in _STRFTIME:
        text = moment.strftime(_SHORTHAND.get(letter, f"%{letter}"))
    else:
        return f"%{flag}{letter}"
    if flag == "^":
        return text.upper()
    if flag in ("-", "_"):
        bare = text.lstrip("0 ") or "0"
        return bare if flag == "-" else bare.rjust(len(text))
    return text


def _text_filters() -> Iterable[tuple[str, Filter]]:
    for name in (
        *("append", "prepend", "capitalize", "upcase", "downcase", "strip", "lstrip", "rstrip", "squish"),
        *("strip_newlines", "remove", "remove_first", "remove_last", "replace_first", "replace_last"),
        *("split", "truncate", "truncatewords", "url_encode", "url_decode"),
    ):
        yield name, getattr(string, name)
    yield "replace", _replace


def _other_filters() -> Iterable[tuple[str, Filter]]:
    for name in ("at_most", "at_least", "ceil", "floor", "plus", "minus", "times", "divided_by", "modulo"):
        yield name, getattr(math, name)
    yield from (("abs", math.abs_), ("round", math.round_))
    for name in ("first", "last", "concat", "reverse", "sort", "sort_natural", "where", "compact"):
        yield name, getattr(array, name)
    yield from (("map", array.map_), ("sum", array.sum_), ("uniq", _uniq), ("join", _join))
    yield from (("size", misc.size), ("slice", string.slice_), ("default", _default))


FILTERS: dict[str, Filter] = {
    **{name: _bounded(name, function, text=True) for name, function in _text_filters()},
    **{name: _bounded(name, function) for name, function in _other_filters()},
    "date": _date,
}
"""Every filter by its name in a template."""

REFUSED_FILTERS = {
    **dict.fromkeys(("escape", "escape_once", "safe", "h"), "values are escaped where it matters, by themselves"),
    **dict.fromkeys(("newline_to_br", "strip_html", "escapejs"), "messages are Markdown, not HTML"),
}
"""Liquid filters that are known and switched off, each with the reason."""
