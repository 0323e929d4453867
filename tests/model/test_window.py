"""Windows: what is read and refused, and when they are open; `test_window_reckoned.py` counts minutes one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.model.window import ALWAYS_OPEN, HORIZON_DAYS, Window, WindowError, day_numbers, parse_window

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MINUTE = timedelta(minutes=1)
OFFICE = parse_window({"mon-fri": ["08:00-18:00"]})
NIGHT = parse_window({"mon-fri": ["22:00-02:00"]})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def in_new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def no_holiday(_day: date) -> bool:
    return False


def every_day(_day: date) -> bool:
    return True


# Reading


@pytest.mark.parametrize(
    ("key", "numbers"),
    [("mon", (0,)), ("sun", (6,)), ("mon-fri", (0, 1, 2, 3, 4)), ("fri-mon", (4, 5, 6, 0)), ("sun-mon", (6, 0))],
)
def test_day_keys_name_weekdays(key: str, numbers: tuple[int, ...]) -> None:
    assert day_numbers(key) == numbers


@pytest.mark.parametrize(
    ("raw", "days"),
    [
        ({"mon": ["08:00-18:00"]}, {0: ((480, 1080),)}),
        ({"mon": ["13:00-18:00", "08:00-12:00"]}, {0: ((480, 720), (780, 1080))}),
        ({"mon": ["22:00-02:00"]}, {0: ((1320, 1560),)}),
        ({"mon": ["22:00-00:00"]}, {0: ((1320, 1440),)}),
        ({"mon": ["22:00-24:00"]}, {0: ((1320, 1440),)}),
        ({"mon": ["00:00-24:00", "22:00-02:00"]}, {0: ((0, 1560),)}),
        ({"mon": ["08:00-12:00", "12:00-14:00", "13:00-18:00"]}, {0: ((480, 1080),)}),
        ({"mon-tue": ["08:00-10:00"], "tue": ["12:00-14:00"]}, {0: ((480, 600),), 1: ((480, 600), (720, 840))}),
        ({"mon": ["08:00-10:00"], "tue": []}, {0: ((480, 600),)}),
        ({"mon": ["08:00-10:00"], "zone": None, "holidays": None}, {0: ((480, 600),)}),
    ],
)
def test_a_day_has_the_union_of_all_that_names_it(raw: Mapping[str, object], days: dict[int, object]) -> None:
    assert parse_window(raw).days == tuple(days.get(number, ()) for number in range(7))


def test_zone_and_holidays_are_kept_as_written() -> None:
    assert (OFFICE.zone, OFFICE.holidays, OFFICE.fixed_zone) == ("account", None, None)
    window = parse_window({"mon-fri": ["10:00-18:00"], "zone": "lead", "holidays": "US-CA"})
    assert (window.zone, window.holidays, window.fixed_zone) == ("lead", "US-CA", None)
    assert parse_window({"mon": [], "zone": "Asia/Kolkata"}).fixed_zone == ZoneInfo("Asia/Kolkata")


def test_windows_that_mean_the_same_are_equal() -> None:
    split = parse_window({"mon-wed": ["08:00-12:00"], "thu-fri": ["08:00-18:00"], "mon-tue": ["12:00-18:00"],
                          "wed": ["11:00-18:00"]})  # fmt: skip
    assert split == OFFICE
    assert hash(split) == hash(OFFICE)


@pytest.mark.parametrize(
    ("raw", "path", "reason"),
    [
        ({}, (), "names no day"), ({"zone": "lead"}, (), "names no day"),
        ({"Mon": []}, ("Mon",), "did you mean `mon`?"), ({"monday": []}, ("monday",), "did you mean `mon`?"),
        ({"mon-fry": []}, ("mon-fry",), "did you mean `fri`?"), ({"mon-": []}, ("mon-",), "is not a day"),
        ({"mon-mon": []}, ("mon-mon",), "starts and ends on one day"),
        ({"holiday": "US"}, ("holiday",), "did you mean `holidays`?"),
        ({"zones": "lead"}, ("zones",), "did you mean `zone`?"),
        ({"x" * 100_000: []}, ("x" * 100_000,), "is not a day"), ({5: []}, (), "keys of a window"),
        ({"mon": "08:00-18:00"}, ("mon",), "are a list"), ({"mon": None}, ("mon",), "are a list"),
        ({"mon": [630]}, ("mon", 0), "quoted text"),
        ({"mon": ["08:00-10:00", "8:00-18:00"]}, ("mon", 1), 'write "08:00"'),
        ({"mon": ["08:00 to 18:00"]}, ("mon", 0), "is not a range"),
        ({"mon": ["08:00–18:00"]}, ("mon", 0), "is not a range"),
        ({"mon": ["08:00-18:00\n"]}, ("mon", 0), "is not a range"),
        ({"mon": ["24:00-02:00"]}, ("mon", 0), "can only end a range"),
        ({"mon": ["00:00-25:00"]}, ("mon", 0), "not a time of day"),
        ({"mon": ["09:00-09:00"]}, ("mon", 0), "no time at all"),
        ({"mon": ["08:00-09:00"] * 49}, ("mon",), "at most 48 ranges"),
        ({"mon": ["08:00-09:00"] * 30, "mon-tue": ["08:00-09:00"] * 30}, ("mon-tue",), "at most 48 ranges"),
        ({"mon": [], "zone": "Lead"}, ("zone",), "did you mean `lead`?"),
        ({"mon": [], "zone": "America/New_Yrok"}, ("zone",), "did you mean `America/New_York`?"),
        ({"mon": [], "zone": -5}, ("zone",), "IANA name"),
        ({"mon": [], "holidays": "us"}, ("holidays",), "in capitals"),
        ({"mon": [], "holidays": False}, ("holidays",), "in capitals"),
    ],
    ids=str,
)  # fmt: skip
def test_what_means_nothing_is_refused_where_it_stands(
    raw: Mapping[str, object], path: tuple[str | int, ...], reason: str
) -> None:
    with pytest.raises(WindowError) as caught:
        parse_window(raw)
    assert caught.value.path == path
    assert reason in caught.value.message
    assert len(str(caught.value)) < 160


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
values = scalars | st.lists(scalars | st.lists(scalars), max_size=3) | st.dictionaries(scalars, scalars, max_size=3)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["mon", "tue-sat", "zone", "holidays"]) | st.text(max_size=8), values, max_size=4)
)
def test_any_mapping_gives_a_window_or_a_window_error(raw: dict[str, object]) -> None:
    try:
        assert isinstance(parse_window(raw), Window)
    except WindowError as error:
        assert error.path == () or error.path[0] in raw


# Open or not


@pytest.mark.parametrize(
    ("window", "local", "is_open"),
    [
        (OFFICE, "2026-03-02T07:59:59.999999", False),
        (OFFICE, "2026-03-02T08:00:00", True),
        (OFFICE, "2026-03-02T17:59:59.999999", True),
        (OFFICE, "2026-03-02T18:00:00", False),
        (OFFICE, "2026-03-07T12:00:00", False),
        (NIGHT, "2026-03-02T01:00:00", False),  # Monday early: Sunday has no range
        (NIGHT, "2026-03-02T22:00:00", True),
        (NIGHT, "2026-03-03T01:59:00", True),
        (NIGHT, "2026-03-03T02:00:00", False),
        (NIGHT, "2026-03-07T01:00:00", True),  # Saturday early belongs to Friday
        (NIGHT, "2026-03-07T22:30:00", False),
        (parse_window({"sun": ["20:00-04:00"]}), "2026-03-02T03:00:00", True),  # over the end of the week
        (parse_window({"mon": ["00:00-24:00"]}), "2026-03-02T23:59:59", True),
        (parse_window({"mon": ["00:00-24:00"]}), "2026-03-03T00:00:00", False),
        (parse_window({"mon": []}), "2026-03-02T12:00:00", False),
        (ALWAYS_OPEN, "2026-03-02T12:00:00", True),
    ],
)
def test_a_range_is_closed_at_its_start_and_open_at_its_end(window: Window, local: str, is_open: bool) -> None:
    assert window.is_open(in_new_york(local), NEW_YORK, no_holiday) is is_open


def test_a_holiday_takes_away_the_ranges_that_start_on_it() -> None:
    window = parse_window({"mon-sun": ["22:00-02:00", "10:00-12:00"], "holidays": "US"})

    def tuesday(day: date) -> bool:
        return day == date(2026, 3, 3)

    expected = {
        "2026-03-03T01:00": True,  # Monday's night
        "2026-03-03T11:00": False,
        "2026-03-03T23:00": False,
        "2026-03-04T01:00": False,  # Tuesday's night
        "2026-03-04T11:00": True,
    }
    assert {at: window.is_open(in_new_york(at), NEW_YORK, tuesday) for at in expected} == expected
    assert window.next_opening(in_new_york("2026-03-03T02:00"), NEW_YORK, tuesday) == in_new_york("2026-03-04T10:00")


def test_a_minute_that_two_days_cover_is_closed_only_when_both_are_holidays() -> None:
    window = parse_window({"mon-sun": ["22:00-12:00", "10:00-14:00"], "holidays": "US"})
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    now = in_new_york("2026-03-03T11:00")
    for off, is_open in (({monday}, True), ({tuesday}, True), ({monday, tuesday}, False)):
        assert window.is_open(now, NEW_YORK, off.__contains__) is is_open


def test_holidays_do_not_count_for_a_window_that_names_none() -> None:
    assert OFFICE.is_open(in_new_york("2026-03-02T12:00"), NEW_YORK, every_day)


@pytest.mark.parametrize(
    ("zone", "raw", "opens", "closes"),
    [
        # Spring: a start in the gap is the first instant after it, an end in the gap likewise.
        ("America/New_York", {"sun": ["02:30-04:00"]}, "2026-03-08T07:00", "2026-03-08T08:00"),
        ("America/New_York", {"sun": ["01:00-02:30"]}, "2026-03-08T06:00", "2026-03-08T07:00"),
        ("America/New_York", {"sat": ["22:00-02:30"]}, "2026-03-08T03:00", "2026-03-08T07:00"),
        # Autumn: the first of two, so 00:00-01:30 is over when 01:00 comes round again.
        ("America/New_York", {"sun": ["00:00-01:30"]}, "2026-11-01T04:00", "2026-11-01T05:30"),
        ("America/New_York", {"sun": ["01:30-03:00"]}, "2026-11-01T05:30", "2026-11-01T08:00"),
        ("America/New_York", {"sun": ["01:10-01:20"]}, "2026-11-01T05:10", "2026-11-01T05:20"),
        ("Australia/Lord_Howe", {"sun": ["02:15-03:00"]}, "2026-10-03T15:30", "2026-10-03T16:00"),
        ("America/Sao_Paulo", {"sun": ["00:00-02:00"]}, "2018-11-04T03:00", "2018-11-04T04:00"),
        # Friday was left out, yet its night lasts into Saturday.
        ("Pacific/Apia", {"fri": ["22:00-02:00"]}, "2011-12-30T10:00", "2011-12-30T12:00"),
    ],
)
def test_ranges_across_a_transition_run_between_first_instants(
    zone: str, raw: Mapping[str, object], opens: str, closes: str
) -> None:
    window, clock = parse_window(raw), ZoneInfo(zone)
    start, end, tick = utc(opens), utc(closes), timedelta(microseconds=1)
    assert window.next_opening(start - timedelta(hours=5), clock, no_holiday) == start
    seen = [window.is_open(at, clock, no_holiday) for at in (start - tick, start, end - tick, end, end + MINUTE * 45)]
    assert seen == [False, True, True, False, False]


def test_a_range_swallowed_by_a_gap_does_not_open() -> None:
    window = parse_window({"sun": ["02:10-02:50"]})
    before = in_new_york("2026-03-07T12:00")
    assert window.next_opening(before, NEW_YORK, no_holiday) == in_new_york("2026-03-15T02:10")
    assert window.next_start(before, NEW_YORK, no_holiday) == in_new_york("2026-03-15T02:10")
    friday = parse_window({"fri": ["08:00-18:00"]})
    apia = ZoneInfo("Pacific/Apia")
    assert friday.next_opening(utc("2011-12-29T20:00"), apia, no_holiday) == utc("2012-01-05T18:00")


# What comes next


def test_an_open_window_opens_now_and_starts_next_time() -> None:
    now = in_new_york("2026-03-02T08:00")
    assert OFFICE.next_opening(now, NEW_YORK, no_holiday) is now
    assert OFFICE.next_start(now, NEW_YORK, no_holiday) == in_new_york("2026-03-03T08:00")
    assert OFFICE.next_start(now - timedelta(microseconds=1), NEW_YORK, no_holiday) == now
    assert OFFICE.next_opening(in_new_york("2026-03-06T18:00"), NEW_YORK, no_holiday) == in_new_york("2026-03-09T08:00")


def test_a_window_that_never_opens_says_so() -> None:
    closed = parse_window({"mon-sun": []})
    all_holidays = parse_window({"mon-sun": ["08:00-18:00"], "holidays": "US"})
    now = in_new_york("2026-03-02T12:00")
    for window in (closed, all_holidays):
        assert window.next_opening(now, NEW_YORK, every_day) is None
        assert window.next_start(now, NEW_YORK, every_day) is None
        assert window.next_opening_in_all(now, [NEW_YORK, LOS_ANGELES], every_day) is None


def test_an_opening_is_found_up_to_the_horizon() -> None:
    window = parse_window({"mon-sun": ["12:00-13:00"], "holidays": "US"})
    now = in_new_york("2026-03-02T14:00")
    last = date(2026, 3, 2) + timedelta(days=HORIZON_DAYS)
    assert window.next_opening(now, NEW_YORK, lambda day: day < last) == in_new_york(f"{last}T12:00")
    assert window.next_opening(now, NEW_YORK, lambda day: day <= last) is None


def test_a_window_that_never_closes_has_no_next_start() -> None:
    now = in_new_york("2026-03-02T12:00")
    for window in (ALWAYS_OPEN, parse_window({"mon-sun": ["06:00-06:01", "06:01-06:00"]})):
        assert window.never_closes
        assert window.next_start(now, NEW_YORK, no_holiday) is None
        assert window.next_opening(now, NEW_YORK, no_holiday) is now


def test_several_candidate_zones_must_all_be_open() -> None:
    zones = [NEW_YORK, LOS_ANGELES]
    assert not OFFICE.open_in_all(in_new_york("2026-03-02T10:59"), zones, no_holiday)
    assert OFFICE.open_in_all(in_new_york("2026-03-02T11:00"), zones, no_holiday)
    assert not OFFICE.open_in_all(in_new_york("2026-03-02T18:00"), zones, no_holiday)
    opens = OFFICE.next_opening_in_all(in_new_york("2026-03-02T18:00"), zones, no_holiday)
    assert opens == in_new_york("2026-03-03T11:00")
    never = parse_window({"mon-sun": ["08:00-09:00"]})
    assert never.next_opening_in_all(in_new_york("2026-03-02T18:00"), zones, no_holiday) is None
    with pytest.raises(ValueError, match="at least one zone"):
        OFFICE.open_in_all(utc("2026-03-02T12:00"), [], no_holiday)
    with pytest.raises(ValueError, match="at least one zone"):
        OFFICE.next_opening_in_all(utc("2026-03-02T12:00"), [], no_holiday)


@pytest.mark.parametrize("days", [(), ((),) * 6, (((1440, 1500),),) * 7, (((600, 600),),) * 7, (((0, 2880),),) * 7])
def test_a_window_cannot_be_made_of_what_are_no_ranges(days: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    with pytest.raises(ValueError):
        Window(days)
