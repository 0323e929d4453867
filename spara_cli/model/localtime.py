"""Between instants and local clocks: zones, wall-clock times, and instants as text and as integers.

The one thing to know: SPEC W3 in one sentence is "a local time means the first instant at which the
clock on the wall has come to it". A time in a gap is thereby the transition itself, one that occurs
twice is the first, and the mapping never runs backwards, which is what windows build on. Every
instant here is an aware datetime in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from spara_cli.diagnostics import did_you_mean

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES_PER_DAY = 1_440

# Instants from outside keep away from the ends of what a datetime can hold, so that adding a duration
# or changing the zone cannot overflow.
MIN_YEAR = 1900
MAX_YEAR = 2999

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_NO_OFFSET = timedelta(0)  # for the type checker: a ZoneInfo always knows its offset
_TICK = timedelta(microseconds=1)

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MAX_INSTANT_LENGTH = 40
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?)?"
)
# The shape of an IANA key. Anything else never reaches zoneinfo, which would look for it on the disk.
_MAX_ZONE_LENGTH = 64
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
# Files beside the zones that are this machine's own choice, a placeholder, or count leap seconds.
_NOT_ZONES = frozenset({"localtime", "posixrules", "factory", "posix", "right"})


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock in `zone` has come to `at` on `day` (SPEC W3), in UTC.

    A time in a gap gives the transition, however wide the gap; one that occurs twice gives the first.
    `day` must be a few days clear of the years 1 and 9999.
    """
    if at.fold:
        at = at.replace(fold=0)
    local = datetime.combine(day, at, tzinfo=zone)
    offset = local.utcoffset() or _NO_OFFSET
    offset_folded = local.replace(fold=1).utcoffset() or _NO_OFFSET
    wall = datetime.combine(day, at, tzinfo=UTC)
    if offset >= offset_folded:  # equal: an ordinary time; greater: it occurs twice, and fold 0 is the first
        return wall - offset
    # In a gap (PEP 495) fold 0 reads the clock as set before the transition, fold 1 as set after it, so
    # the transition lies between the two readings.
    return _offset_change(wall - offset_folded, wall - offset, zone)


def furthest_local(now: datetime, zone: ZoneInfo) -> datetime:
    """The furthest reading, without a zone, that the clock in `zone` has come to by the instant `now`.

    It is the wall clock, but stands still one microsecond short while a repeated hour is lived a second
    time. The inverse of `local_instant`: `local_instant(t) <= now` exactly when `t <= furthest_local(now)`.
    """
    local = now.astimezone(zone)
    reading = local.replace(tzinfo=None, fold=0)
    if not local.fold:
        return reading
    first_time = local.replace(fold=0)
    turned_back_at = _offset_change(first_time.astimezone(UTC), now, zone)
    return turned_back_at.replace(tzinfo=None) + (first_time.utcoffset() or _NO_OFFSET) - _TICK


def _offset_change(before: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (`before`, `until`] from which `zone` has another UTC offset than at `before`.

    Exact: RFC 8536 puts transitions at whole seconds, so it is found by halving whole seconds.
    """
    low = to_micros(before) // 1_000_000
    high = -(-to_micros(until) // 1_000_000)
    offset = from_micros(low * 1_000_000).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if from_micros(middle * 1_000_000).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return from_micros(high * 1_000_000)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of `day` in `zone` and of the day after: closed at the start, open at the end.

    Consecutive days meet without overlap; a day the zone left out (Apia, 2011-12-30) is empty.
    """
    midnight = time(0)
    return local_instant(day, midnight, zone), local_instant(day + _DAY, midnight, zone)


def next_time_of_day(
    after: datetime, at: time, days: frozenset[int], zone: ZoneInfo, *, strictly_after: bool = False
) -> datetime:
    """The first instant at or after `after` at which it is `at` on a permitted day (0 is Monday) in `zone`.

    Anywhere within that very local minute the answer is `after` itself; with `strictly_after` it is the
    next one, not this minute (SPEC `time_of_day`). When `at` falls into a gap, the day that counts is the
    one it was written for, even where the gap reaches over midnight (W3).

    Raises:
        ValueError: `days` is empty or holds anything but 0 to 6.
    """
    if not days or not days <= frozenset(range(7)):
        raise ValueError("the days must be one or more of 0 (Monday) to 6 (Sunday)")
    today = after.astimezone(zone).date()
    # From yesterday, whose `at` may have been carried over midnight by a gap.
    for ahead in range(-1, 10):
        day = today + timedelta(days=ahead)
        if day.weekday() not in days:
            continue
        instant = local_instant(day, at, zone)
        if instant > after:
            return instant
        if after < instant + _MINUTE and not strictly_after:
            return after
    raise AssertionError("a permitted weekday comes within eight days")


def parse_time(text: str, *, end_of_day: bool = False) -> time:
    """The time of day `"HH:MM"` names, two digits each.

    With `end_of_day`, `"24:00"` is allowed too and comes back as 00:00, that of the following day; where the
    difference matters use `parse_minute`.

    Raises:
        ValueError: with one sentence for the author.
    """
    minute = parse_minute(text, end_of_day=end_of_day) % MINUTES_PER_DAY
    return time(minute // 60, minute % 60)


def parse_minute(text: str, *, end_of_day: bool = False) -> int:
    """As `parse_time`, but minutes since midnight: 0 to 1439, and 1440 for `"24:00"` with `end_of_day`."""
    match = _TIME.fullmatch(text)
    if match is not None:
        return int(match[1]) * 60 + int(match[2])
    if text == "24:00":
        if end_of_day:
            return MINUTES_PER_DAY
        raise ValueError('"24:00" can only end a range; write "00:00"')
    if _TIME.fullmatch("0" + text):
        raise ValueError(f'{text[:40]!r} needs two digits for the hour; write "0{text}"')
    raise ValueError(f'{text[:40]!r} is not a time of day; write it such as "09:30" or "17:00"')


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of that exact name, such as `America/New_York`.

    Costs a dictionary look-up for a name seen before, also for a wrong one.

    Raises:
        ValueError: with one sentence, and the nearest name where there is one.
    """
    found = _zone_or_reason(name if len(name) <= _MAX_ZONE_LENGTH else name[:_MAX_ZONE_LENGTH] + "…")
    if isinstance(found, str):
        raise ValueError(found)
    return found


@lru_cache(maxsize=2_048)
def _zone_or_reason(name: str) -> ZoneInfo | str:
    """The zone, or why there is none: names come from leads too, and a wrong one is dear to look up."""
    if _ZONE_NAME.fullmatch(name) and name.partition("/")[0].casefold() not in _NOT_ZONES:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # no such zone, no zone file, or a folder: the sentence below says so
    near = _near_zone(name)
    way_out = f"did you mean `{near}`?" if near else "write an IANA name such as `America/New_York`"
    return f"{name[:40]!r} is not a time zone; {way_out}"


def _near_zone(name: str) -> str | None:
    """The zone that was meant: in other letters, by its city alone, or misspelt."""
    meant = name.strip().replace(" ", "_").casefold()
    names = _zones_by_casefold()
    if meant in names:
        return names[meant]
    for key in sorted(names):
        if key.endswith("/" + meant):
            return names[key]
    near = did_you_mean(meant, names)
    return None if near is None else names[near]


@lru_cache(maxsize=1)
def _zones_by_casefold() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones() if name.casefold() not in _NOT_ZONES}


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """The instant that ISO 8601 text names, in UTC.

    `2026-03-02T09:00:00-05:00` and `…Z` say it themselves; without an offset it is a local time in `zone`
    (W3); a bare date is its first instant there. Seconds may be left out and digits beyond microseconds
    are cut off. Years 1900 to 2999.

    Raises:
        ValueError: with one sentence; text of absurd length is refused unread.
    """
    clean = text.strip(" ").upper() if len(text) <= _MAX_INSTANT_LENGTH else ""
    match = _INSTANT.fullmatch(clean)
    if match is None:
        raise ValueError(
            f"{text[:40]!r} is not a date or a date and time; "
            "write it such as `2026-03-02` or `2026-03-02T09:00:00-05:00`"
        )
    if not MIN_YEAR <= int(match[1]) <= MAX_YEAR:
        raise ValueError(f"{text[:40]!r} is outside the years {MIN_YEAR} to {MAX_YEAR}")
    try:
        value = datetime.fromisoformat(clean)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a day of the calendar") from None
    if match[2] is not None:
        return value.astimezone(UTC)
    return local_instant(value.date(), value.time(), zone)


def format_instant(value: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC with `Z`; microseconds (six digits) only when there are any."""
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exact, negative before it. `instant` must be aware."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The instant, in UTC, that many microseconds since 1970; the exact inverse of `to_micros`."""
    return EPOCH + timedelta(microseconds=micros)
