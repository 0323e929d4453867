"""The operators of criteria, as one table: which field types each fits and what value it takes (SPEC T2).

Everything that speaks of operators (models, schema, checks, predicates, docs) reads this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spara_cli.model.lead import FieldType


class ValueKind(StrEnum):
    """The shape of an operator's `value`."""

    NONE = "nothing"
    TEXT = "text"
    NUMBER = "a number"
    TEXT_OR_NUMBER = "text or a number"
    TEXTS = "a list of texts"
    RANGE = "a list of two numbers, low then high"
    COUNT = "a whole number from 0"
    INSTANT = "a date or datetime"
    DURATION = "a duration"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its name, the field types it fits, its value, and what it says in words."""

    name: str
    types: frozenset[FieldType]
    value: ValueKind
    says: str


_STRING, _NUMBER = frozenset({FieldType.STRING}), frozenset({FieldType.INTEGER, FieldType.NUMBER})
_BOOLEAN, _LIST = frozenset({FieldType.BOOLEAN}), frozenset({FieldType.LIST})
_DATETIME, _EVERY = frozenset({FieldType.DATETIME}), frozenset(FieldType)

_TABLE = (
    Operator("equals", _STRING | _NUMBER, ValueKind.TEXT_OR_NUMBER, "is this text (case ignored) or number"),
    Operator("is_not", _STRING | _NUMBER, ValueKind.TEXT_OR_NUMBER, "has a value, but not this one"),
    Operator("contains", _STRING | _LIST, ValueKind.TEXT_OR_NUMBER, "the text contains it; the list has it"),
    Operator("starts_with", _STRING, ValueKind.TEXT, "the text begins with this"),
    Operator("ends_with", _STRING, ValueKind.TEXT, "the text ends with this"),
    Operator("one_of", _STRING, ValueKind.TEXTS, "the text is one of these"),
    Operator("matches", _STRING, ValueKind.TEXT, "the whole text fits a pattern of `*` (any text) and `?` (one sign)"),
    Operator("greater_than", _NUMBER, ValueKind.NUMBER, "the number is greater"),
    Operator("less_than", _NUMBER, ValueKind.NUMBER, "the number is less"),
    Operator("at_least", _NUMBER, ValueKind.NUMBER, "the number is this or greater"),
    Operator("at_most", _NUMBER, ValueKind.NUMBER, "the number is this or less"),
    Operator("between", _NUMBER, ValueKind.RANGE, "the number lies between the two, ends included"),
    Operator("is_true", _BOOLEAN, ValueKind.NONE, "the field is true"),
    Operator("is_false", _BOOLEAN, ValueKind.NONE, "the field is false"),
    Operator("does_not_contain", _LIST, ValueKind.TEXT_OR_NUMBER, "the list has no such element"),
    Operator("contains_any", _LIST, ValueKind.TEXTS, "the list has at least one of these"),
    Operator("length_equals", _LIST, ValueKind.COUNT, "the list has exactly this many elements"),
    Operator("length_greater_than", _LIST, ValueKind.COUNT, "the list has more elements than this"),
    Operator("length_less_than", _LIST, ValueKind.COUNT, "the list has fewer elements than this"),
    Operator("before", _DATETIME, ValueKind.INSTANT, "the instant lies before this one"),
    Operator("after", _DATETIME, ValueKind.INSTANT, "the instant lies after this one"),
    Operator("on", _DATETIME, ValueKind.INSTANT, "the instant lies on this day in the account's zone"),
    Operator("within_last", _DATETIME, ValueKind.DURATION, "the instant lies at most this long ago"),
    Operator("more_than_ago", _DATETIME, ValueKind.DURATION, "the instant lies longer ago than this"),
    Operator("within_next", _DATETIME, ValueKind.DURATION, "the instant lies at most this far ahead"),
    Operator("more_than_ahead", _DATETIME, ValueKind.DURATION, "the instant lies farther ahead than this"),
    Operator("is_defined", _EVERY, ValueKind.NONE, "the field has a value"),
    Operator("is_not_defined", _EVERY, ValueKind.NONE, "the field is missing"),
)  # fmt: skip

OPERATORS = {operator.name: operator for operator in _TABLE}

RELATIVE_OPERATORS = frozenset({"within_last", "more_than_ago", "within_next", "more_than_ahead"})
"""Operators whose answer changes with time alone."""
