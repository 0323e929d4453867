"""Local clocks as text and numbers: times of day, names of zones, ISO 8601 and microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.model.localtime import (
    format_instant,
    from_micros,
    parse_instant,
    parse_minute,
    parse_time,
    to_micros,
    zone_named,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "minute"), [("00:00", 0), ("09:30", 570), ("17:05", 1025), ("23:59", 1439), ("24:00", 1440)]
)
def test_times_of_day_are_two_digits_each(text: str, minute: int) -> None:
    assert parse_minute(text, end_of_day=True) == minute
    assert parse_time(text, end_of_day=True) == time(minute // 60 % 24, minute % 60)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("24:00", "can only end a range"), ("9:30", 'write "09:30"'), ("25:00", "not a time of day"),
        ("12:60", "not a time of day"), ("09:30:00", "not a time of day"), ("09:30\n", "not a time of day"),
        (" 09:30", "not a time of day"), ("٠٩:٣٠", "not a time of day"), ("", "not a time of day"),
        ("1" * 100_000, "not a time of day"),
    ],
)  # fmt: skip
def test_other_times_of_day_are_refused_with_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_time(text)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 140


def test_every_zone_that_is_available_can_be_named() -> None:
    assert all(zone_named(name).key == name for name in ZONES)


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("america/new_york", "did you mean `America/New_York`?"), ("New York", "did you mean `America/New_York`?"),
        ("Europe/Londn", "did you mean `Europe/London`?"), ("Mars/Olympus_Mons_Base", "write an IANA name"),
        ("", "write an IANA name"), ("../../etc/passwd", "write an IANA name"),
        ("/etc/localtime", "is not a time zone"), ("localtime", "is not a time zone"),
        ("posixrules", "is not a time zone"), ("right/UTC", "is not a time zone"),
        ("America", "is not a time zone"), ("leapseconds", "is not a time zone"), ("UTC\0", "is not a time zone"),
        ("Europe/Zürich", "is not a time zone"), ("\ud800", "is not a time zone"),
        ("A" * 100_000, "is not a time zone"),
    ],
)  # fmt: skip
def test_what_is_no_zone_is_refused_with_the_nearest_name(name: str, way_out: str) -> None:
    for _ in range(2):  # the second time from the cache
        with pytest.raises(ValueError) as caught:
            zone_named(name)
        assert way_out in str(caught.value)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 140


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T09:00:00-05:00", "2026-03-02T14:00:00Z"), ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("2026-03-02t09:00z", "2026-03-02T09:00:00Z"), ("2026-03-02 09:00+0530", "2026-03-02T03:30:00Z"),
        ("2026-03-02T09:00:00.25+01", "2026-03-02T08:00:00.250000Z"),
        ("2026-03-02T09:00:00.123456789Z", "2026-03-02T09:00:00.123456Z"),
        ("2026-03-02T09:00", "2026-03-02T14:00:00Z"), ("2026-03-08T02:30:00", "2026-03-08T07:00:00Z"),
        ("2026-11-01T01:30:00", "2026-11-01T05:30:00Z"), ("2026-03-02", "2026-03-02T05:00:00Z"),
        (" 2028-02-29 ", "2028-02-29T05:00:00Z"), ("1900-01-01T00:00:00+14:00", "1899-12-31T10:00:00Z"),
        ("2999-12-31T23:59:59-12:00", "3000-01-01T11:59:59Z"),
    ],
)  # fmt: skip
def test_iso_8601_names_an_instant(text: str, instant: str) -> None:
    assert format_instant(parse_instant(text, NEW_YORK)) == instant


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-02-29", "2026-13-01", "2026-3-2", "20260302", "2026-W10-1", "2026-03-02T",
        "2026-03-02T9:00", "2026-03-02T24:00", "2026-03-02T09:00:60Z", "2026-03-02T09:00:00.Z",
        "2026-03-02T09:00+24:00", "2026-03-02Z", "2026-03-02T09:00 UTC", "2026-03-02\n", "٢٠٢٦-03-02", "0001-01-01",
        "9999-12-31", "1" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_instant(text, NEW_YORK)
    assert len(str(caught.value)) < 200


@settings(deadline=None)
@given(st.text(alphabet="0123456789-:.TZ+ ", max_size=45), st.sampled_from(ZONES))
def test_any_text_gives_an_instant_or_a_value_error(text: str, name: str) -> None:
    try:
        value = parse_instant(text, ZoneInfo(name))
    except ValueError:
        return
    assert value.tzinfo is UTC


clocks = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])


@given(st.datetimes(naive("1900-01-02"), naive("2999-12-30"), timezones=clocks))
def test_instants_survive_text_and_microseconds(value: datetime) -> None:
    assert parse_instant(format_instant(value), NEW_YORK) == value
    assert from_micros(to_micros(value)) == value
    assert from_micros(to_micros(value)).tzinfo is UTC


@given(st.integers(-(10**15), 10**17))
def test_microseconds_survive_being_an_instant(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros


def test_an_instant_without_a_zone_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        format_instant(naive("2026-03-02"))
