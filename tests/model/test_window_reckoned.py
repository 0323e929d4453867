"""Windows against a slow and simple reckoning: every range as two instants, every minute looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.model.localtime import local_instant
from spara_cli.model.window import Window, parse_window

MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def no_holiday(_day: date) -> bool:
    return False


def reckoned_open(window: Window, now: datetime, zone: ZoneInfo) -> bool:
    today = now.astimezone(zone).date()
    for back in range(-1, 4):
        day = today - timedelta(days=back)
        midnight = datetime.combine(day, time())
        for start, end in window.days[day.weekday()]:
            first, last = midnight + start * MINUTE, midnight + end * MINUTE
            opens = local_instant(first.date(), first.time(), zone)
            if opens <= now < local_instant(last.date(), last.time(), zone):
                return True
    return False


def days_of_change(zone: ZoneInfo) -> list[datetime]:
    """The UTC days of ten years in the course of which the zone's offset changes."""
    days = [utc("2019-01-01") + timedelta(days=number) for number in range(3_653)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return [day for day, here, there in zip(days, offsets, offsets[1:], strict=False) if here != there]


ALL_ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
TRANSITION_ZONES = [
    "America/New_York", "America/Nuuk", "America/Sao_Paulo", "America/St_Johns", "America/Havana", "Europe/Dublin",
    "Africa/Casablanca", "Africa/Cairo", "Africa/Juba", "Asia/Gaza", "Asia/Beirut", "Asia/Tehran", "Asia/Kolkata",
    "Australia/Lord_Howe", "Antarctica/Troll", "Antarctica/Casey", "Pacific/Chatham", "Pacific/Norfolk", "Pacific/Apia",
]  # fmt: skip
WINDOWS = [
    parse_window({"mon-sun": ["08:00-18:00"]}),
    parse_window({"fri-mon": ["22:30-02:15", "02:40-03:10"]}),
    parse_window({"sat-sun": ["00:00-01:30", "01:45-02:00", "23:00-24:00"]}),
    parse_window({"mon-sun": ["23:59-00:01", "02:00-02:30"]}),
]


@pytest.mark.parametrize("name", TRANSITION_ZONES)
def test_around_every_transition_of_ten_years_the_table_agrees_with_the_reckoning(name: str) -> None:
    zone = ZoneInfo(name)
    for index, day in enumerate(days_of_change(zone)):
        window = WINDOWS[index % len(WINDOWS)]
        for minutes in range(-120, 26 * 60, 10):
            now = day + minutes * MINUTE
            assert window.is_open(now, zone, no_holiday) == reckoned_open(window, now, zone), now


minutes_of_day = st.integers(0, 1439)
ranges = st.tuples(minutes_of_day, st.integers(1, 1440)).map(lambda r: (r[0], r[0] + r[1]))
windows = st.lists(st.lists(ranges, max_size=3).map(tuple), min_size=7, max_size=7).map(
    lambda days: Window(tuple(days))
)
nows = st.integers(946_684_800, 2_366_841_600).map(lambda second: datetime.fromtimestamp(second, UTC))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(windows, nows, st.sampled_from(ALL_ZONES))
def test_the_next_opening_is_open_and_nothing_before_it_is(window: Window, now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    opening = window.next_opening(now, zone, no_holiday)
    assert (opening is None) == (window.days == ((),) * 7)
    if opening is None:
        return
    assert window.is_open(opening, zone, no_holiday)
    assert reckoned_open(window, opening, zone)
    assert window.next_opening(opening, zone, no_holiday) == opening
    at = now
    while at < opening:
        assert not window.is_open(at, zone, no_holiday), at
        at += MINUTE
    if opening > now:
        assert not reckoned_open(window, opening - timedelta(microseconds=1), zone)
        assert window.next_start(now, zone, no_holiday) == opening


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(windows, nows, st.lists(st.sampled_from(ALL_ZONES), min_size=1, max_size=6))
def test_the_next_opening_in_all_is_open_in_all_and_nothing_before_it_is(
    window: Window, now: datetime, names: list[str]
) -> None:
    zones = [ZoneInfo(name) for name in names]
    opening = window.next_opening_in_all(now, zones, no_holiday)
    until = now + timedelta(days=8) if opening is None else opening
    if opening is not None:
        assert window.open_in_all(opening, zones, no_holiday)
    at = now
    while at < min(until, now + timedelta(days=8)):
        assert not window.open_in_all(at, zones, no_holiday), at
        at += 7 * MINUTE


@settings(max_examples=100, deadline=None)
@given(windows, nows, st.sampled_from(TRANSITION_ZONES))
def test_the_next_start_is_the_first_start_after_now(window: Window, now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    days = [now.astimezone(zone).date() + timedelta(days=ahead) for ahead in range(-1, 16)]
    starts = [
        local_instant(day, time(start // 60, start % 60), zone)
        for day in days
        for start, _ in window.days[day.weekday()]
    ]
    # A gap may swallow a range whole; its start then is no instant at which the window is open.
    real = [start for start in starts if start > now and window.is_open(start, zone, no_holiday)]
    assert window.next_start(now, zone, no_holiday) == (None if window.never_closes else min(real, default=None))
