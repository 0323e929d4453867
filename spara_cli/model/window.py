"""Outgoing windows: at which local times a channel may send (SPEC W2, W3; FORMATS `windows:`).

The one thing to know: a range runs from the first instant at which the local clock has come to its
start up to the first at which it has come to its end. So a window is open exactly when the furthest
reading of that clock (`furthest_local`) lies in a range, and that is a look-up in a table of the minutes
of a week, also across daylight saving changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.diagnostics import did_you_mean
from spara_cli.model.localtime import MINUTES_PER_DAY, furthest_local, local_instant, parse_minute, zone_named

DAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAD_ZONE = "lead"
ACCOUNT_ZONE = "account"

HORIZON_DAYS = 370  # how far ahead an opening is looked for: a year of holidays and some
MAX_RANGES_PER_DAY = 48

Range = tuple[int, int]
"""Minutes since the midnight its day begins with: 0 <= start < 1440, start < end < 2880."""
HolidayTest = Callable[[date], bool]

# What the minute table holds: which days' ranges cover the minute. Bits, so both may.
_BY_NONE, _BY_THIS_DAY, _BY_DAY_BEFORE = 0, 1, 2

_RANGE = re.compile(r"([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})")
_HOLIDAYS = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,5})?")
_TIMES = tuple(time(minute // 60, minute % 60) for minute in range(MINUTES_PER_DAY))
_ONE_DAY = timedelta(days=1)


class WindowError(ValueError):
    """A window that means nothing: `path` leads to what is wrong, such as `("mon-fri", 0)`."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Window:
    """The ranges of each weekday (Monday first), whose clock they are read on, and whose holidays count.

    `zone` is `account`, `lead` or an IANA name, and `holidays` a calendar's code such as `US` or `US-CA`;
    turning these into the `ZoneInfo` and the `holidays` test that the methods take is the caller's part.
    A range belongs to the day it starts on, and a holiday takes away the ranges that start on it; the
    test is asked only when `holidays` is set. Ranges of one day that touch or overlap become one.
    """

    days: tuple[tuple[Range, ...], ...]
    zone: str = ACCOUNT_ZONE
    holidays: str | None = None
    _table: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Bring the ranges into their one form and lay out the minutes of a week."""
        if len(self.days) != len(DAY_KEYS):
            raise ValueError("a window has the ranges of seven days")
        object.__setattr__(self, "days", tuple(_union(ranges) for ranges in self.days))
        object.__setattr__(self, "_table", _minute_table(self.days))

    @property
    def fixed_zone(self) -> ZoneInfo | None:
        """The zone the window names itself, or None when it is the lead's or the account's."""
        return None if self.zone in (LEAD_ZONE, ACCOUNT_ZONE) else zone_named(self.zone)

    @property
    def never_closes(self) -> bool:
        """Whether every minute of every week is open."""
        return self.holidays is None and _BY_NONE not in self._table

    def is_open(self, now: datetime, zone: ZoneInfo, holidays: HolidayTest) -> bool:
        """Whether sending is allowed at the instant `now` by the clock of `zone`."""
        local = furthest_local(now, zone)
        covered = self._table[local.weekday() * MINUTES_PER_DAY + local.hour * 60 + local.minute]
        if covered == _BY_NONE or self.holidays is None:
            return covered != _BY_NONE
        today = local.date()
        if covered & _BY_THIS_DAY and not holidays(today):
            return True
        return bool(covered & _BY_DAY_BEFORE) and not holidays(today - _ONE_DAY)

    def next_opening(self, now: datetime, zone: ZoneInfo, holidays: HolidayTest) -> datetime | None:
        """The first instant at or after `now` at which the window is open: `now` itself when it is.

        None when that does not happen within `HORIZON_DAYS`, as with no ranges, or holidays on all of them.
        """
        return now if self.is_open(now, zone, holidays) else self._first_start(now, zone, holidays)

    def next_start(self, now: datetime, zone: ZoneInfo, holidays: HolidayTest) -> datetime | None:
        """The first instant strictly after `now` at which a range starts (SPEC P6).

        None as with `next_opening`, and for a window that never closes: nothing starts there.
        """
        return None if self.never_closes else self._first_start(now, zone, holidays)

    def open_in_all(self, now: datetime, zones: Sequence[ZoneInfo], holidays: HolidayTest) -> bool:
        """Whether the window is open in every one of a number's candidate zones (SPEC W2); at least one."""
        if not zones:
            raise ValueError("a window is read on the clock of at least one zone")
        return all(self.is_open(now, zone, holidays) for zone in zones)

    def next_opening_in_all(self, now: datetime, zones: Sequence[ZoneInfo], holidays: HolidayTest) -> datetime | None:
        """As `next_opening`, but open in every one of `zones`."""
        if not zones:
            raise ValueError("a window is read on the clock of at least one zone")
        limit = now + timedelta(days=HORIZON_DAYS)
        settled = now
        while settled <= limit:
            latest = settled
            # Nothing before a zone's next opening can be open in all, so each zone may push further.
            for zone in zones:
                opening = self.next_opening(latest, zone, holidays)
                if opening is None:
                    return None
                latest = opening
            if latest == settled:
                return settled
            settled = latest
        return None

    def _first_start(self, now: datetime, zone: ZoneInfo, holidays: HolidayTest) -> datetime | None:
        """The first start after `now` of a range that a gap in local time does not swallow whole."""
        local = furthest_local(now, zone)
        today = local.date()
        come_to = local.hour * 60 + local.minute
        for ahead in range(HORIZON_DAYS + 1):
            day = today + timedelta(days=ahead)
            ranges = self.days[day.weekday()]
            if not ranges or (self.holidays is not None and holidays(day)):
                continue
            for start, end in ranges:
                if ahead == 0 and start <= come_to:
                    continue
                starts_at = _instant(day, start, zone)
                if starts_at < _instant(day, end, zone):
                    return starts_at
        return None


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days_on, minute_of_day = divmod(minute, MINUTES_PER_DAY)
    return local_instant(day + timedelta(days=days_on) if days_on else day, _TIMES[minute_of_day], zone)


def _union(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same minutes as ranges in order that neither touch nor overlap."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if not 0 <= start < MINUTES_PER_DAY or not start < end < 2 * MINUTES_PER_DAY:
            raise ValueError(f"({start}, {end}) is not a range of minutes that starts within its day")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _minute_table(days: Sequence[Sequence[Range]]) -> bytes:
    """For each minute of the week from Monday 00:00: whose ranges cover it, the day's or the day before's."""
    week = 7 * MINUTES_PER_DAY
    table = bytearray(week)
    laid = [(number * MINUTES_PER_DAY, start, end) for number in range(7) for start, end in days[number]]
    for midnight, start, end in laid:
        own_end = min(end, MINUTES_PER_DAY)
        table[midnight + start : midnight + own_end] = bytes([_BY_THIS_DAY]) * (own_end - start)
    for midnight, _, end in laid:
        for minute in range(MINUTES_PER_DAY, end):
            table[(midnight + minute) % week] |= _BY_DAY_BEFORE
    return bytes(table)


# What a channel without a window has: it never closes, nothing starts, and no holiday counts.
ALWAYS_OPEN = Window(days=(((0, MINUTES_PER_DAY),),) * len(DAY_KEYS))


def day_numbers(key: str) -> tuple[int, ...]:
    """The weekdays (0 is Monday) of `mon` … `sun` or a range: `mon-fri`, or `fri-mon` over the weekend.

    Raises:
        ValueError: with one sentence for the author.
    """
    first, dash, last = key.partition("-")
    for name in (first, last) if dash else (first,):
        if name not in DAY_KEYS:
            near = did_you_mean(name[:40].casefold(), DAY_KEYS)
            way_out = f"did you mean `{near}`?" if near else "write `mon` to `sun` or a range such as `mon-fri`"
            raise ValueError(f"{name[:40]!r} is not a day; {way_out}")
    if not dash:
        return (DAY_KEYS.index(first),)
    if first == last:
        raise ValueError(f"`{key}` starts and ends on one day; write `{first}`, or `mon-sun` for every day")
    start = DAY_KEYS.index(first)
    length = (DAY_KEYS.index(last) - start) % len(DAY_KEYS) + 1
    return tuple((start + step) % len(DAY_KEYS) for step in range(length))


def parse_window(raw: Mapping[str, object]) -> Window:
    """A channel's window as written in `spara.yaml`: day keys with lists of ranges, `zone`, `holidays`.

    A day named by several keys has the ranges of all of them; one with an empty list, or not named, has
    none. An end before its start is on the following day. Whether there is a holiday calendar of that code
    is the caller's to check.

    Raises:
        WindowError: for the first thing wrong, in the order written.
    """
    days: list[list[Range]] = [[] for _ in DAY_KEYS]
    named = False
    zone = ACCOUNT_ZONE
    holidays = None
    for key, value in raw.items():
        if key == "zone":
            zone = ACCOUNT_ZONE if value is None else _parse_zone(value)
        elif key == "holidays":
            holidays = None if value is None else _parse_holidays(value)
        else:
            numbers = _parse_day_key(key)
            ranges = _parse_ranges(key, value)
            named = True
            for number in numbers:
                days[number] += ranges
                if len(days[number]) > MAX_RANGES_PER_DAY:
                    raise WindowError((key,), f"a day has at most {MAX_RANGES_PER_DAY} ranges")
    if not named:
        raise WindowError((), 'the window names no day; write `mon-fri: ["08:00-18:00"]`, or leave it out')
    return Window(tuple(tuple(ranges) for ranges in days), zone, holidays)


def _parse_day_key(key: Any) -> tuple[int, ...]:
    """The weekdays of a key that is no setting; a slip of the pen for a setting is told as one."""
    if not isinstance(key, str):
        raise WindowError((), "the keys of a window are `mon` to `sun`, ranges of them, `zone` and `holidays`")
    try:
        return day_numbers(key)
    except ValueError as error:
        setting = did_you_mean(key[:40].casefold(), ("zone", "holidays"))
        way_out = f"{key[:40]!r} is not a setting of a window; did you mean `{setting}`?"
        raise WindowError((key,), way_out if setting else str(error)) from None


def _parse_ranges(key: str, value: object) -> list[Range]:
    if not isinstance(value, list | tuple):
        raise WindowError((key,), 'the ranges of a day are a list, such as ["08:00-18:00"]')
    if len(value) > MAX_RANGES_PER_DAY:
        raise WindowError((key,), f"a day has at most {MAX_RANGES_PER_DAY} ranges")
    return [_parse_range((key, place), item) for place, item in enumerate(value)]


def _parse_range(path: tuple[str | int, ...], value: object) -> Range:
    if not isinstance(value, str):
        raise WindowError(path, 'a range is quoted text, such as "08:00-18:00"')
    match = _RANGE.fullmatch(value)
    if match is None:
        raise WindowError(path, f'{value[:40]!r} is not a range; write it such as "08:00-18:00"')
    try:
        start, end = parse_minute(match[1]), parse_minute(match[2], end_of_day=True)
    except ValueError as error:
        raise WindowError(path, f"in the range {value!r}, {error}") from None
    if start == end:
        raise WindowError(path, f'{value!r} is no time at all; write "00:00-24:00" for the whole day')
    return start, end if end > start else end + MINUTES_PER_DAY


def _parse_zone(value: object) -> str:
    if value in (LEAD_ZONE, ACCOUNT_ZONE):
        return str(value)
    if not isinstance(value, str):
        raise WindowError(("zone",), "a zone is `lead`, `account` or an IANA name such as `America/New_York`")
    try:
        return zone_named(value).key
    except ValueError as error:
        near = did_you_mean(value[:40].casefold(), (LEAD_ZONE, ACCOUNT_ZONE))
        way_out = f"{value[:40]!r} is not a time zone; did you mean `{near}`?"
        raise WindowError(("zone",), way_out if near else str(error)) from None


def _parse_holidays(value: object) -> str:
    if isinstance(value, str) and _HOLIDAYS.fullmatch(value):
        return value
    raise WindowError(("holidays",), "a holiday calendar is a country's code in capitals, such as `US` or `US-CA`")
