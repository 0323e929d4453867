"""Durations: what is read, what is refused and why, and that text and value are one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.model.duration import DURATION_PATTERN, MAX_DURATION, format_duration, iso_duration, parse_duration

READ = [
    ("90 minutes", timedelta(minutes=90)),
    ("2 hours", timedelta(hours=2)),
    ("1 day 12 hours", timedelta(days=1, hours=12)),
    ("1 week", timedelta(days=7)),
    ("2 weeks 1 day", timedelta(days=15)),
    ("30 seconds", timedelta(seconds=30)),
    ("0 minutes", timedelta(0)),
    ("1 days", timedelta(days=1)),
    ("2 day", timedelta(days=2)),
    ("2 DAYS", timedelta(days=2)),
    ("  2   days  ", timedelta(days=2)),
    ("007 days", timedelta(days=7)),
    ("30d", timedelta(days=30)),
    ("90m", timedelta(minutes=90)),
    ("36h", timedelta(hours=36)),
    ("45S", timedelta(seconds=45)),
    ("1d12h", timedelta(days=1, hours=12)),
    ("1d 12h", timedelta(days=1, hours=12)),
    ("P1DT12H", timedelta(days=1, hours=12)),
    ("PT90M", timedelta(minutes=90)),
    ("P2W", timedelta(days=14)),
    ("p1w2d", timedelta(days=9)),
    ("PT36H30S", timedelta(hours=36, seconds=30)),
    ("PT0S", timedelta(0)),
    ("3650 days", timedelta(days=3650)),
    ("525600 minutes", timedelta(days=365)),
]

REFUSED = [
    ("5", "needs a unit, such as `2 days`"),
    ("2 days 5", "needs a unit, such as `2 days`"),
    ("", "must not be empty"),
    ("   ", "must not be empty"),
    ("1.5 hours", "decimal"),
    ("1,5 hours", "decimal"),
    ("PT1.5H", "decimal"),
    ("-2 days", "negative"),
    ("−2 days", "negative"),
    ("-P1D", "negative"),
    ("1 month", "months or years"),
    ("1 year 2 days", "months or years"),
    ("P1M", "months or years"),
    ("P1Y2M3D", "months or years"),
    ("1 day, 12 hours", "comma or `and`"),
    ("1 day and 12 hours", "comma or `and`"),
    ("1 day 1 day", "names days twice"),
    ("1 day 24 h 2 hours", "names hours twice"),
    ("12 hours 1 day", "out of order"),
    ("2 dyas", "did you mean `days`?"),
    ("5 min", "did you mean `minutes`?"),
    ("5 parsecs", "unit that is not known"),
    ("2 dayſ", "is not a duration"),
    ("٢ days", "is not a duration"),
    ("２ days", "is not a duration"),
    ("two days", "is not a duration"),
    ("P", "is not a duration"),
    ("PT", "is not a duration"),
    ("P1DT", "not an ISO 8601 duration"),
    ("P1H", "not an ISO 8601 duration"),
    ("PT1D", "not an ISO 8601 duration"),
    ("P1D2W", "not an ISO 8601 duration"),
    ("2\tdays", "is not a duration"),
    ("2 days\n", "is not a duration"),
    ("3651 days", "at most 3650 days"),
    ("3650 days 1 second", "at most 3650 days"),
    ("99999999999999999999 seconds", "at most 3650 days"),
    ("9" * 5_000 + " days", "too long for a duration"),
    ("1 day " * 100_000, "too long for a duration"),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_documented_forms_are_read(text: str, value: timedelta) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text[:20] for text, _ in REFUSED])
def test_anything_else_is_refused_with_one_plain_sentence(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration(text)
    message = str(caught.value)
    assert reason in message
    assert "\n" not in message
    assert len(message) < 160


def test_a_refusal_never_repeats_control_characters() -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration("\x1b[2J\u202e days")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("text", "value"), READ)
def test_the_schema_pattern_accepts_what_is_read(text: str, value: timedelta) -> None:
    assert re.search(DURATION_PATTERN, text)


@pytest.mark.parametrize("text", ["5", "", "1.5 hours", "-2 days", "1 month", "2 days, 1 hour", "2 dyas", "30dx"])
def test_the_schema_pattern_refuses_the_common_mistakes(text: str) -> None:
    assert not re.search(DURATION_PATTERN, text)


def test_the_schema_pattern_has_nothing_that_ecma_262_or_re2_lack() -> None:
    assert not re.search(r"\(\?(?!:)|\\[AZz]|[*+?]\+", DURATION_PATTERN)


@pytest.mark.parametrize(
    ("value", "human", "iso"),
    [
        (timedelta(0), "0 minutes", "PT0S"),
        (timedelta(days=1), "1 day", "P1D"),
        (timedelta(hours=24), "1 day", "P1D"),
        (timedelta(days=14), "14 days", "P14D"),
        (timedelta(days=1, hours=12), "1 day 12 hours", "P1DT12H"),
        (timedelta(minutes=90), "1 hour 30 minutes", "PT1H30M"),
        (timedelta(seconds=1), "1 second", "PT1S"),
        (timedelta(days=2, seconds=61), "2 days 1 minute 1 second", "P2DT1M1S"),
        (timedelta(milliseconds=1_250), "1 second", "PT1.25S"),
        (timedelta(microseconds=1), "0 minutes", "PT0.000001S"),
        (-timedelta(hours=2), "-2 hours", "-PT2H"),
    ],
)
def test_a_duration_has_one_human_and_one_iso_form(value: timedelta, human: str, iso: str) -> None:
    assert format_duration(value) == human
    assert iso_duration(value) == iso


durations = st.integers(min_value=0, max_value=int(MAX_DURATION.total_seconds())).map(lambda s: timedelta(seconds=s))


@given(durations)
def test_every_duration_reads_back_from_both_forms(value: timedelta) -> None:
    assert parse_duration(format_duration(value)) == value
    assert parse_duration(iso_duration(value)) == value
    assert re.search(DURATION_PATTERN, format_duration(value))
    assert re.search(DURATION_PATTERN, iso_duration(value))


@given(st.timedeltas(), st.timedeltas())
def test_iso_text_is_equal_exactly_when_durations_are(one: timedelta, other: timedelta) -> None:
    assert (iso_duration(one) == iso_duration(other)) == (one == other)


@given(st.one_of(st.text(), st.text(alphabet="pPtTwWdDhHmMsSyY0123456789 .,-", max_size=30)))
def test_any_text_gives_a_duration_or_a_value_error(text: str) -> None:
    try:
        value = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) <= value <= MAX_DURATION
    assert re.search(DURATION_PATTERN, text)
