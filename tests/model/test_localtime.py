"""Local clocks: W3 at the transitions of every zone; `test_localtime_text.py` has what is read and written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spara_cli.model.localtime import (
    day_bounds,
    furthest_local,
    local_instant,
    next_time_of_day,
    parse_time,
)

NEW_YORK = ZoneInfo("America/New_York")
EVERY_DAY = frozenset(range(7))
SECOND = timedelta(seconds=1)
ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


def offset_changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """The transitions of a zone, found without the code under test: by week, then by halving seconds."""
    week = timedelta(days=7)
    while since < until:
        low, high = since, since + week
        while offset(low, zone) != offset(high, zone) and high - low > SECOND:
            middle = (low + (high - low) // 2).replace(microsecond=0)
            low, high = (middle, high) if offset(middle, zone) == offset(low, zone) else (low, middle)
        if high - low == SECOND:
            yield high
        since += week


@cache
def transitions() -> tuple[tuple[str, datetime], ...]:
    """Those of ten years in all zones, one of each kind (zones that share a rule count once), and some old ones."""
    kinds: dict[tuple[object, ...], tuple[str, datetime]] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        for at in offset_changes(zone, utc("2019-01-01"), utc("2029-01-01")):
            kinds.setdefault((at, offset(at - SECOND, zone), offset(at, zone)), (name, at))
    old = [
        ("Pacific/Apia", utc("2011-12-30T10:00:00")),  # a day left out
        ("Pacific/Kwajalein", utc("1993-08-21T12:00:00")),  # another
        ("America/Sao_Paulo", utc("2018-11-04T03:00:00")),  # a gap at midnight
        ("America/St_Johns", utc("2010-11-07T02:31:00")),  # back over midnight at 00:01
        ("Asia/Pyongyang", utc("2015-08-14T15:00:00")),
        ("America/Caracas", utc("2007-12-09T07:00:00")),
    ]
    for name, at in old:
        assert offset(at - SECOND, ZoneInfo(name)) != offset(at, ZoneInfo(name)), name
    return (*kinds.values(), *old)


@pytest.mark.slow
def test_the_sample_of_transitions_is_broad() -> None:
    assert len(transitions()) > 200
    kinds = {(offset(at - SECOND, ZoneInfo(name)), offset(at, ZoneInfo(name))) for name, at in transitions()}
    assert (timedelta(hours=11), timedelta(hours=10, minutes=30)) in kinds  # Lord Howe, half an hour
    assert (timedelta(0), timedelta(hours=2)) in kinds  # Troll, two hours
    assert len(kinds) > 50


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-03-08T03:01", "2026-03-08T07:01"),
        ("America/New_York", "2026-11-01T00:59", "2026-11-01T04:59"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00"),
        ("America/New_York", "2045-03-12T02:30", "2045-03-12T07:00"),
        ("Asia/Kolkata", "2026-03-08T02:30", "2026-03-07T21:00"),
        ("Asia/Kathmandu", "2026-03-08T00:00", "2026-03-07T18:15"),
        ("Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T15:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T09:00", "2011-12-30T19:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30"),
        ("America/Nuuk", "2026-03-28T23:30", "2026-03-29T01:00"),
        ("Africa/Monrovia", "1960-01-01T00:00", "1960-01-01T00:44:30"),
        ("UTC", "2026-03-08T02:30", "2026-03-08T02:30"),
    ],
)  # fmt: skip
def test_a_local_time_is_the_first_instant_at_which_the_clock_has_come_to_it(
    zone: str, local: str, instant: str
) -> None:
    wanted = naive(local)
    assert local_instant(wanted.date(), wanted.time(), ZoneInfo(zone)) == utc(instant)


def test_the_fold_of_the_time_asked_for_does_not_matter() -> None:
    assert local_instant(date(2026, 11, 1), time(1, 30, fold=1), NEW_YORK) == utc("2026-11-01T05:30")


@pytest.mark.slow
def test_at_every_transition_of_every_zone_a_gap_means_the_transition_and_a_fold_the_first() -> None:
    for name, at in transitions():
        zone = ZoneInfo(name)
        before = at.replace(tzinfo=None) + offset(at - SECOND, zone)
        after = at.replace(tzinfo=None) + offset(at, zone)
        width = abs(after - before)
        for part in (timedelta(0), SECOND, width / 3, width - SECOND):
            local = min(before, after) + part
            got = local_instant(local.date(), local.time(), zone)
            wanted = at if after > before else at - width + part
            assert got == wanted, (name, local)
            assert got.tzinfo is UTC
        edge = max(before, after)
        assert local_instant(edge.date(), edge.time(), zone) == (at if after > before else at + width), name


@pytest.mark.slow
def test_around_every_transition_the_furthest_reading_is_the_inverse_of_the_local_instant() -> None:
    step = timedelta(minutes=17, seconds=1)
    for name, at in transitions():
        zone = ZoneInfo(name)
        furthest = furthest_local(at - timedelta(days=1), zone)
        for count in range(-12, 13):
            now = at + count * step
            seen = furthest_local(now, zone)
            assert seen >= furthest, (name, now)
            furthest = seen
            for local in (seen, seen + timedelta(microseconds=1), seen - step, seen + step):
                assert (local_instant(local.date(), local.time(), zone) <= now) == (local <= seen), (name, now, local)


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(naive("1971-01-01"), naive("2900-01-01")))
def test_the_furthest_reading_of_any_time_at_its_own_instant_has_come_to_it(name: str, local: datetime) -> None:
    zone = ZoneInfo(name)
    instant = local_instant(local.date(), local.time(), zone)
    assert furthest_local(instant, zone) >= local
    assert furthest_local(instant - timedelta(microseconds=1), zone) < local


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00", "2026-03-09T04:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00", "2026-11-02T05:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", "2018-11-05T02:00"),
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00", "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_a_day_runs_from_its_first_instant_to_that_of_the_next(zone: str, day: date, start: str, end: str) -> None:
    assert day_bounds(day, ZoneInfo(zone)) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("after", "at", "days", "strictly", "expected"),
    [
        ("2026-03-02T14:00", "09:30", EVERY_DAY, False, "2026-03-02T14:30"),
        ("2026-03-02T14:30", "09:30", EVERY_DAY, False, "2026-03-02T14:30"),
        ("2026-03-02T14:30:59.999999", "09:30", EVERY_DAY, False, "2026-03-02T14:30:59.999999"),
        ("2026-03-02T14:31", "09:30", EVERY_DAY, False, "2026-03-03T14:30"),
        ("2026-03-02T14:30", "09:30", EVERY_DAY, True, "2026-03-03T14:30"),
        ("2026-03-02T14:30:30", "09:30", EVERY_DAY, True, "2026-03-03T14:30"),
        ("2026-03-02T14:29:59", "09:30", EVERY_DAY, True, "2026-03-02T14:30"),
        ("2026-03-06T15:00", "09:30", frozenset({0, 1, 2, 3, 4}), False, "2026-03-09T13:30"),
        ("2026-03-02T14:30:10", "09:30", frozenset({1}), False, "2026-03-03T14:30"),
        ("2026-03-02T14:31", "09:30", frozenset({0}), False, "2026-03-09T13:30"),
        # Spring: 02:30 does not exist on the 8th, so it is 03:00 EDT.
        ("2026-03-08T06:00", "02:30", EVERY_DAY, False, "2026-03-08T07:00"),
        ("2026-03-08T07:00:20", "02:30", EVERY_DAY, False, "2026-03-08T07:00:20"),
        ("2026-03-08T07:01", "02:30", EVERY_DAY, False, "2026-03-09T06:30"),
        # Autumn: the second 01:30 is not the one that was meant.
        ("2026-11-01T05:00", "01:30", EVERY_DAY, False, "2026-11-01T05:30"),
        ("2026-11-01T05:31", "01:30", EVERY_DAY, False, "2026-11-02T06:30"),
        ("2026-11-01T06:30", "01:30", EVERY_DAY, False, "2026-11-02T06:30"),
        ("2026-03-03T03:00", "00:00", EVERY_DAY, False, "2026-03-03T05:00"),
    ],
)
def test_a_time_of_day_is_the_next_such_minute_on_a_permitted_day(
    after: str, at: str, days: frozenset[int], strictly: bool, expected: str
) -> None:
    assert next_time_of_day(utc(after), parse_time(at), days, NEW_YORK, strictly_after=strictly) == utc(expected)


def test_a_gap_over_midnight_still_serves_the_day_the_time_was_written_for() -> None:
    nuuk, saturdays = ZoneInfo("America/Nuuk"), frozenset({5})
    gap_end = utc("2026-03-29T01:00")
    assert next_time_of_day(gap_end - timedelta(hours=1), time(23, 30), saturdays, nuuk) == gap_end
    within = gap_end + timedelta(seconds=20)
    assert next_time_of_day(within, time(23, 30), saturdays, nuuk) == within
    assert next_time_of_day(within, time(23, 30), saturdays, nuuk, strictly_after=True) == utc("2026-04-05T00:30")


@pytest.mark.parametrize("days", [frozenset(), frozenset({7}), frozenset({-1, 2})])
def test_days_that_are_none_are_refused(days: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="days must be"):
        next_time_of_day(utc("2026-03-02T14:00"), time(9), days, NEW_YORK)


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(naive("2000-01-01"), naive("2040-01-01"), timezones=st.just(UTC)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
)
@example("Pacific/Apia", utc("2011-12-29T12:00"), time(9), frozenset({4}))
def test_going_on_at_a_time_of_day_goes_on_at_once(name: str, after: datetime, at: time, days: frozenset[int]) -> None:
    zone = ZoneInfo(name)
    found = next_time_of_day(after, at, days, zone)
    assert after <= found <= after + timedelta(days=9)
    assert next_time_of_day(found, at, days, zone) == found
    assert next_time_of_day(found, at, days, zone, strictly_after=True) > found
