"""Text and JSON from outside become typed values, or one clear error (model/fieldtypes.py, SPEC L2)."""

from __future__ import annotations

import json
import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.model.fieldtypes import (
    FieldTypeError,
    check_value,
    coerce_text,
    field_name_problem,
    infer_type,
    shown,
    shown_text,
    valid_field_name,
)
from spara_cli.model.lead import FieldType, FieldValue

NEW_YORK = ZoneInfo("America/New_York")
S, I, N = FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER  # noqa: E741
B, L, D = FieldType.BOOLEAN, FieldType.LIST, FieldType.DATETIME


@pytest.mark.parametrize(
    ("text", "type", "value"),
    [
        ("  Ada ", S, "Ada"),
        ("007", S, "007"),
        ("", S, ""),
        ("=1+1", S, "=1+1"),
        (" 120 ", I, 120),
        ("+5", I, 5),
        ("-007", I, -7),
        ("9223372036854775807", I, 2**63 - 1),
        ("-9223372036854775808", I, -(2**63)),
        ("5", N, 5),
        ("-1.50", N, -1.5),
        (".5", N, 0.5),
        ("1e3", N, 1000.0),
        ("TRUE", B, True),
        ("Yes", B, True),
        ("1", B, True),
        ("false", B, False),
        ("nO", B, False),
        ("0", B, False),
        ("/pricing; /docs ;;", L, ["/pricing", "/docs"]),
        ("one", L, ["one"]),
        (";", L, []),
        ("[]", L, []),
        ('["a;b", " c"]', L, ["a;b", " c"]),
        ("2026-11-21T09:30:00Z", D, "2026-11-21T09:30:00Z"),
        ("2026-11-21T09:30:00-0500", D, "2026-11-21T14:30:00Z"),
        ("2026-11-21 09:30", D, "2026-11-21T14:30:00Z"),
        ("2026-11-21", D, "2026-11-21T05:00:00Z"),
    ],
)
def test_text_becomes_a_value_of_its_fields_type(text: str, type: FieldType, value: FieldValue) -> None:
    found = coerce_text(text, type, NEW_YORK)
    assert (found, found.__class__) == (value, value.__class__)


@pytest.mark.parametrize(
    ("text", "type", "message"),
    [
        ("1,234", I, '`f` wants an integer, got the text "1,234" (write it without separators)'),
        ("1.234", I, '`f` wants an integer, got the text "1.234" (write it without separators)'),
        ("12.5", I, '`f` wants an integer, got the text "12.5"'),
        ("12.0", I, '`f` wants an integer, got the text "12.0"'),
        ("１２", I, '`f` wants an integer, got the text "１２"'),
        ("1_000", I, '`f` wants an integer, got the text "1_000"'),
        ("9223372036854775808", I, "`f` wants an integer, got the number 9223372036854775808 (beyond 64 bits)"),
        ("9" * 5_000, I, '`f` wants an integer, got the text "' + "9" * 59 + '…"'),
        (
            "1,5",
            N,
            '`f` wants a number, got the text "1,5" (write it without separators, decimals after a `.`)',
        ),
        ("nan", N, '`f` wants a number, got the text "nan"'),
        ("inf", N, '`f` wants a number, got the text "inf"'),
        ("1e999", N, "`f` wants a number, got the number inf (not a finite number)"),
        ("maybe", B, '`f` wants a boolean, got the text "maybe" (true, false, yes, no, 1 or 0)'),
        ("[1, 2]", L, "`f` wants a list of text, got item 1: the number 1"),
        ('["a"', L, '`f` wants a list of text, got the text "["a"" (begins with `[` but is no JSON array)'),
        (
            "03/11/2026",
            D,
            '`f` wants a datetime, got the text "03/11/2026" (ISO 8601, such as 2026-11-21T09:30:00-05:00)',
        ),
        ("  ", I, "`f` wants an integer, got blank text"),
        ("a\x1b[31m\nb", I, '`f` wants an integer, got the text "a\\x1b[31m\\nb"'),
    ],
)
def test_text_of_another_type_is_refused_in_one_line_with_field_type_and_value(
    text: str, type: FieldType, message: str
) -> None:
    with pytest.raises(FieldTypeError) as caught:
        coerce_text(text, type, NEW_YORK, field="f")
    assert str(caught.value) == message
    assert (caught.value.field, caught.value.wanted) == ("f", type)
    assert caught.value.got in message


def test_a_deeply_nested_array_in_a_cell_is_refused_not_a_crash() -> None:
    with pytest.raises(FieldTypeError):
        coerce_text("[" * 100_000, L, NEW_YORK)


@pytest.mark.parametrize(
    ("value", "type"),
    [
        ("Ada", S),
        (" kept as it is ", S),
        (5, I),
        (5, N),
        (2.5, N),
        (True, B),
        ([], L),
        (["a", ""], L),
        ("2026-11-21T14:30:00Z", D),
    ],
)
def test_json_of_the_right_type_is_kept_as_it_is(value: object, type: FieldType) -> None:
    assert check_value("f", value, type) == value


@pytest.mark.parametrize(
    ("value", "type", "got"),
    [
        (5, S, "the number 5"),
        ("5", I, 'the text "5"'),
        (5.0, I, "the number 5.0"),
        (True, I, "the boolean true"),
        (False, N, "the boolean false"),
        (1, B, "the number 1"),
        (math.nan, N, "the number nan"),
        (-math.inf, N, "the number -inf"),
        (2**63, I, "the number 9223372036854775808"),
        (2**63, N, "the number 9223372036854775808"),
        (10**50, N, "an integer of more than 38 digits"),
        ("a", L, 'the text "a"'),
        (["a", 1], L, "item 2: the number 1"),
        ({"a": 1}, S, "an object"),
        (None, S, "null"),
        ("NUL \0", S, 'the text "NUL \\x00"'),
        ("half \ud800", S, 'the text "half \\ud800"'),
        (1_700_000_000, D, "the number 1700000000"),
        ("2026-11-21T09:30:00", D, 'the text "2026-11-21T09:30:00"'),
        ("2026-11-21", D, 'the text "2026-11-21"'),
        ("2026-02-30T00:00:00Z", D, 'the text "2026-02-30T00:00:00Z"'),
    ],
)
def test_json_of_another_type_is_refused_and_never_turned(value: object, type: FieldType, got: str) -> None:
    with pytest.raises(FieldTypeError) as caught:
        check_value("f", value, type)
    assert (caught.value.field, caught.value.wanted, caught.value.got) == ("f", type, got)


def test_a_json_datetime_without_an_offset_is_read_in_the_zone_where_one_is_given() -> None:
    assert check_value("f", "2026-11-21T09:30:00", D, NEW_YORK) == "2026-11-21T14:30:00Z"


@pytest.mark.parametrize(
    ("value", "type"),
    [(True, B), (1, I), (1.0, N), ("2026-11-21T00:00:00Z", S), ([], L)],
)
def test_an_undeclared_field_takes_the_type_of_its_first_value(value: object, type: FieldType) -> None:
    assert infer_type(value) is type


@pytest.mark.parametrize("value", [None, {}, {"a": 1}])
def test_no_type_is_inferred_from_what_no_field_can_hold(value: object) -> None:
    with pytest.raises(FieldTypeError, match="`f` wants"):
        infer_type(value, field="f")


@pytest.mark.parametrize("name", ["email", "Deal Size (€)", "event_date", "last_caller", "a.b", "x" * 100, "優先度"])
def test_a_field_may_be_called(name: str) -> None:
    assert valid_field_name(name)
    assert field_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "blank"),
        ("  ", "blank"),
        (" email", "begins or ends"),
        ("email\u00a0", "begins or ends"),
        ("x" * 101, "longer than 100"),
        ("a\tb", "control"),
        ("a\x00b", "control"),
        ("\ufeffemail", "invisible"),
        ("a\ud800", "control"),
        ("id", "system field"),
        ("updated_at", "system field"),
        ("event", "reserved"),
        ("event.page", "reserved"),
        ("last_call.outcome", "reserved"),
    ],
)
def test_a_field_may_not_be_called(name: str, problem: str) -> None:
    assert not valid_field_name(name)
    assert problem in (field_name_problem(name) or "")


@settings(deadline=None)
@given(st.text())
def test_what_is_shown_of_foreign_text_is_short_and_printable(text: str) -> None:
    assert shown_text(text).isprintable()
    assert len(shown_text(text)) <= 60 * len("\\U0010ffff")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(deadline=None)
@given(JSON, st.sampled_from(FieldType))
def test_a_value_is_either_refused_or_storable_and_stays_good_when_checked_again(
    value: object, type: FieldType
) -> None:
    try:
        kept = check_value("f", value, type, NEW_YORK)
    except FieldTypeError as error:
        assert "\n" not in str(error)
        return
    json.dumps(kept, allow_nan=False).encode("utf-8")
    assert check_value("f", kept, type) == kept


@settings(deadline=None)
@given(st.text(), st.sampled_from(FieldType))
def test_any_text_is_either_refused_or_a_value_of_its_type(text: str, type: FieldType) -> None:
    try:
        value = coerce_text(text, type, NEW_YORK)
    except FieldTypeError as error:
        assert "\n" not in str(error)
        return
    assert check_value("f", value, type) == value


def test_a_value_is_shown_with_its_type() -> None:
    assert shown([1]) == "a list"
    assert shown(object()) == "a value that is not JSON"
