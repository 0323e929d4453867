"""Criteria compiled to closures: `predicate(scope, now) -> bool`, total for any data (SPEC T2, T3).

A missing value, or one of the wrong type, makes every operator false except `is_not_defined`.
`scope` maps field names to values; a dotted name such as `last_call.outcome` is looked up whole first,
then through nested mappings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.model.criteria import AllOf, Criterion, NotOf, WhereNode, is_number
from spara_cli.model.duration import parse_duration
from spara_cli.model.lead import is_missing
from spara_cli.model.localtime import day_bounds, parse_instant

Scope = Mapping[str, Any]
Predicate = Callable[[Scope, datetime], bool]
_Test = Callable[[Any, datetime], bool]


def compile_where(where: WhereNode, zone: ZoneInfo) -> Predicate:
    """The closure of a criteria tree; `zone` is the account's, for days and naive datetimes."""
    if isinstance(where, Criterion):
        return _compile_criterion(where, zone)
    if isinstance(where, NotOf):
        inner = compile_where(where.not_, zone)
        return lambda scope, now: not inner(scope, now)
    if isinstance(where, AllOf):
        parts = tuple(compile_where(child, zone) for child in where.all)
        return parts[0] if len(parts) == 1 else lambda scope, now: all(part(scope, now) for part in parts)
    parts = tuple(compile_where(child, zone) for child in where.any)
    return parts[0] if len(parts) == 1 else lambda scope, now: any(part(scope, now) for part in parts)


def lookup(name: str) -> Callable[[Scope], Any]:
    """How to read one name from a scope."""
    if "." not in name:
        return lambda scope: scope.get(name)
    root, *path = name.split(".")

    def nested(scope: Scope) -> Any:
        if name in scope:
            return scope[name]
        value: Any = scope.get(root)
        for key in path:
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value

    return nested


def fold(text: str) -> str:
    """Text as comparison sees it: NFC, then Unicode casefold."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def exact(text: str) -> str:
    """Text under `case: exact`: NFC only."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits a pattern of `*` and `?`; linear in memory, no backtracking blow-up."""
    at = start = 0
    star, mark = -1, 0
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, mark = start, at
            start += 1
        elif start < len(pattern) and pattern[start] in ("?", text[at]):
            start += 1
            at += 1
        elif star >= 0:
            start = star + 1
            mark += 1
            at = mark
        else:
            return False
    return all(char == "*" for char in pattern[start:])


def instant_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """A field's value as an instant, or None when it is not one."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value, zone)
    except ValueError:
        return None


def _compile_criterion(criterion: Criterion, zone: ZoneInfo) -> Predicate:
    read = lookup(criterion.field)
    if criterion.op == "is_defined":
        return lambda scope, now: not is_missing(read(scope))
    if criterion.op == "is_not_defined":
        return lambda scope, now: is_missing(read(scope))
    test = _test_of(criterion, zone)

    def predicate(scope: Scope, now: datetime) -> bool:
        value = read(scope)
        return not is_missing(value) and test(value, now)

    return predicate


def _test_of(criterion: Criterion, zone: ZoneInfo) -> _Test:
    op, wanted = criterion.op, criterion.value
    normal = exact if criterion.case == "exact" else fold
    if op in _NUMBER_TESTS:
        return _NUMBER_TESTS[op](wanted)
    if op in _DATETIME_TESTS:
        compare = _DATETIME_TESTS[op](wanted, zone)

        def on_instant(value: Any, now: datetime) -> bool:
            instant = instant_of(value, zone)
            return instant is not None and compare(instant, now)

        return on_instant
    if op in ("is_true", "is_false"):
        return lambda value, now: value is (op == "is_true")
    return _TEXT_TESTS[op](wanted, normal)


def _equals(wanted: Any, normal: Callable[[str], str]) -> _Test:
    if isinstance(wanted, str):
        text = normal(wanted)
        return lambda value, now: isinstance(value, str) and normal(value) == text
    return lambda value, now: is_number(value) and value == wanted


def _is_not(wanted: Any, normal: Callable[[str], str]) -> _Test:
    if isinstance(wanted, str):
        text = normal(wanted)
        return lambda value, now: isinstance(value, str) and normal(value) != text
    return lambda value, now: is_number(value) and value != wanted


def _elements(value: list[Any], normal: Callable[[str], str]) -> list[Any]:
    return [normal(item) if isinstance(item, str) else item for item in value]


def _contains(wanted: Any, normal: Callable[[str], str]) -> _Test:
    sought = normal(wanted) if isinstance(wanted, str) else wanted

    def test(value: Any, _now: datetime) -> bool:
        if isinstance(value, list):
            return sought in _elements(value, normal)
        return isinstance(value, str) and isinstance(sought, str) and sought in normal(value)

    return test


def _does_not_contain(wanted: Any, normal: Callable[[str], str]) -> _Test:
    sought = normal(wanted) if isinstance(wanted, str) else wanted
    return lambda value, now: isinstance(value, list) and sought not in _elements(value, normal)


def _contains_any(wanted: Any, normal: Callable[[str], str]) -> _Test:
    sought = [normal(item) for item in wanted]
    return lambda value, now: isinstance(value, list) and any(item in sought for item in _elements(value, normal))


def _on_text(says: Callable[[str, Any], bool]) -> Callable[[Any, Callable[[str], str]], _Test]:
    def build(wanted: Any, normal: Callable[[str], str]) -> _Test:
        sought = [normal(item) for item in wanted] if isinstance(wanted, list) else normal(wanted)
        return lambda value, now: isinstance(value, str) and says(normal(value), sought)

    return build


def _on_length(says: Callable[[int, int], bool]) -> Callable[[Any, Callable[[str], str]], _Test]:
    return lambda wanted, _normal: lambda value, now: isinstance(value, list) and says(len(value), wanted)


def _on_number(says: Callable[[Any, Any], bool]) -> Callable[[Any], _Test]:
    return lambda wanted: lambda value, now: is_number(value) and says(value, wanted)


def _day_of(wanted: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return day_bounds(parse_instant(wanted, zone).astimezone(zone).date(), zone)


def _before(wanted: str, zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    limit = parse_instant(wanted, zone)
    return lambda instant, now: instant < limit


def _after(wanted: str, zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    limit = parse_instant(wanted, zone)
    return lambda instant, now: instant > limit


def _on(wanted: str, zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    first, past = _day_of(wanted, zone)
    return lambda instant, now: first <= instant < past


def _within_last(wanted: str, _zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    span = parse_duration(wanted)
    return lambda instant, now: now - span <= instant <= now


def _more_than_ago(wanted: str, _zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    span = parse_duration(wanted)
    return lambda instant, now: instant < now - span


def _within_next(wanted: str, _zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    span = parse_duration(wanted)
    return lambda instant, now: now <= instant <= now + span


def _more_than_ahead(wanted: str, _zone: ZoneInfo) -> Callable[[datetime, datetime], bool]:
    span = parse_duration(wanted)
    return lambda instant, now: instant > now + span


_TEXT_TESTS: Mapping[str, Callable[[Any, Callable[[str], str]], _Test]] = {
    "equals": _equals,
    "is_not": _is_not,
    "contains": _contains,
    "starts_with": _on_text(lambda value, sought: value.startswith(sought)),
    "ends_with": _on_text(lambda value, sought: value.endswith(sought)),
    "one_of": _on_text(lambda value, sought: value in sought),
    "matches": _on_text(lambda value, sought: glob_matches(sought, value)),
    "does_not_contain": _does_not_contain,
    "contains_any": _contains_any,
    "length_equals": _on_length(lambda length, wanted: length == wanted),
    "length_greater_than": _on_length(lambda length, wanted: length > wanted),
    "length_less_than": _on_length(lambda length, wanted: length < wanted),
}
_NUMBER_TESTS: Mapping[str, Callable[[Any], _Test]] = {
    "greater_than": _on_number(lambda value, wanted: value > wanted),
    "less_than": _on_number(lambda value, wanted: value < wanted),
    "at_least": _on_number(lambda value, wanted: value >= wanted),
    "at_most": _on_number(lambda value, wanted: value <= wanted),
    "between": _on_number(lambda value, wanted: wanted[0] <= value <= wanted[1]),
}
_DATETIME_TESTS: Mapping[str, Callable[[str, ZoneInfo], Callable[[datetime, datetime], bool]]] = {
    "before": _before,
    "after": _after,
    "on": _on,
    "within_last": _within_last,
    "more_than_ago": _more_than_ago,
    "within_next": _within_next,
    "more_than_ahead": _more_than_ahead,
}
