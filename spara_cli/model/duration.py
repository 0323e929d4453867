"""Durations as people write them: `90 minutes`, `1 day 12 hours`, `36h`, or ISO 8601 `P1DT12H` (FORMATS).

The one thing to know: a duration is elapsed time, so a day is 24 hours and a week 7 such days
(SPEC W4), and months and years, which have no fixed length, are refused.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NoReturn

from spara_cli.diagnostics import did_you_mean

# Far above any wait, retention or look-back, and low enough that any instant `parse_instant` accepts,
# plus or minus a duration, is still a datetime.
MAX_DURATION = timedelta(days=3650)

_MAX_TEXT_LENGTH = 100
_MAX_DIGITS = 9  # ten digits of the smallest unit, the second, are above MAX_DURATION already

# Largest first: the order in which they must be written. The short form is the word's first letter.
_UNITS: tuple[tuple[str, int], ...] = (
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)
_RANK_BY_NAME = {name: rank for rank, (word, _) in enumerate(_UNITS) for name in (word, word + "s", word[0])}
_UNIT_WORDS = tuple(word + "s" for word, _ in _UNITS)
_NO_FIXED_LENGTH = frozenset({"month", "months", "mo", "year", "years", "y", "yr", "yrs"})

_PART = re.compile(r" *([0-9]+) *([a-z]+) *")
_ISO = re.compile(r"p(?:([0-9]+)w)?(?:([0-9]+)d)?(?:t(?=[0-9])(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?)?")
_ISO_MONTH_OR_YEAR = re.compile(r"p[0-9dw]*[0-9][ym]")
_LOOKS_ISO = re.compile(r"pt?[0-9]")


def _any_case(word: str) -> str:
    """`word` as a regular expression in either case; JSON Schema patterns have no flags."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


def _pattern() -> str:
    unit = "|".join(f"{_any_case(word[0])}(?:{_any_case(word[1:])}[Ss]?)?" for word, _ in _UNITS)
    part = f"[0-9]+ *(?:{unit})"
    return f"^ *(?:[Pp][0-9WwDdTtHhMmSs]+|{part}(?: *{part})*) *$"


# For JSON schemas: ECMA 262, and RE2 too, hence no look-ahead. It accepts all that `parse_duration`
# accepts and a little more (units repeated or out of order, too long).
DURATION_PATTERN = _pattern()


def parse_duration(text: str) -> timedelta:
    """The elapsed time `text` names: whole units, each at most once, largest first, at most 3650 days.

    Weeks, days, hours, minutes and seconds, in any case, as words (`1 day 12 hours`), letters (`36h`)
    or ISO 8601 (`P1DT12H`, `P2W`). Zero is a duration.

    Raises:
        ValueError: with one sentence for the author; it quotes at most 40 characters of `text`.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        raise ValueError(f"{text[:40]!r} is too long for a duration; write it such as `1 day 12 hours`")
    clean = text.strip(" ").lower() if text.isascii() else ""
    if not clean:
        _refuse(text)
    counts = _iso_counts(text, clean) if _LOOKS_ISO.match(clean) else _word_counts(text, clean)
    if any(len(count) > _MAX_DIGITS for count in counts):
        _refuse_too_long(text)
    total = sum(int(count) * seconds for count, (_, seconds) in zip(counts, _UNITS, strict=True))
    if total > MAX_DURATION.total_seconds():
        _refuse_too_long(text)
    return timedelta(seconds=total)


def format_duration(value: timedelta) -> str:
    """`value` for a person: `1 day 12 hours`, `0 minutes`.

    Parts of a second are left out, and less than nothing gets a leading `-`; anything else within
    the bounds reads back as itself.
    """
    if value < timedelta(0):
        return "-" + format_duration(-value)
    days, hours, minutes, seconds = _clock_counts(value)
    counts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    words = [f"{count} {unit}" if count == 1 else f"{count} {unit}s" for count, unit in counts if count]
    return " ".join(words) or "0 minutes"


def iso_duration(value: timedelta) -> str:
    """`value` in its one canonical ISO 8601 form, such as `P1DT12H`; nothing at all is `PT0S`.

    Exact and total: equal durations give equal text and different ones different text. A part of a
    second and a leading `-` (ISO 8601-2) can be written, though `parse_duration` takes neither.
    """
    if value < timedelta(0):
        return "-" + iso_duration(-value)
    days, hours, minutes, seconds = _clock_counts(value)
    shown_seconds = str(seconds)
    if value.microseconds:
        shown_seconds += f".{value.microseconds:06d}".rstrip("0")
    counts = ((str(hours), "H"), (str(minutes), "M"), (shown_seconds, "S"))
    date = f"{days}D" if days else ""
    time = "".join(count + letter for count, letter in counts if count != "0")
    if not date and not time:
        return "PT0S"
    return f"P{date}T{time}" if time else f"P{date}"


def _clock_counts(value: timedelta) -> tuple[int, int, int, int]:
    """Whole days, hours, minutes and seconds of a duration that is not negative."""
    hours, rest = divmod(value.seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    return value.days, hours, minutes, seconds


def _word_counts(text: str, clean: str) -> list[str]:
    """The digits before each unit, in the order of `_UNITS`; `0` where a unit is not named."""
    counts = ["0"] * len(_UNITS)
    position = 0
    last_rank = -1
    while position < len(clean):
        part = _PART.match(clean, position)
        if part is None:
            _refuse(text)
        count, name = part.groups()
        if name in _NO_FIXED_LENGTH:
            _refuse_no_fixed_length(text)
        rank = _RANK_BY_NAME.get(name)
        if rank is None:
            _refuse_unit(text, name)
        if rank == last_rank:
            raise ValueError(f"{text[:40]!r} names {_UNIT_WORDS[rank]} twice; name each unit once")
        if rank < last_rank:
            raise ValueError(f"{text[:40]!r} is out of order; write the larger unit first, `1 day 12 hours`")
        counts[rank] = count
        last_rank = rank
        position = part.end()
    return counts


def _iso_counts(text: str, clean: str) -> list[str]:
    """As `_word_counts`, for ISO 8601."""
    match = _ISO.fullmatch(clean)
    if match is not None:
        return [count or "0" for count in match.groups()]
    if _ISO_MONTH_OR_YEAR.match(clean):
        _refuse_no_fixed_length(text)
    if re.search(r"[0-9][.,][0-9]", clean):
        _refuse_decimals(text)
    raise ValueError(f"{text[:40]!r} is not an ISO 8601 duration; write it such as `P1DT12H` or `PT90M`")


def _refuse(text: str) -> NoReturn:
    """Say why text that is not numbers with units is not a duration."""
    clean = text.strip().lower()
    if not clean:
        raise ValueError("a duration must not be empty; write it such as `2 days`")
    if re.match(r"[-−] *p?[0-9]", clean):  # a typographic minus is a minus too
        raise ValueError(f"{text[:40]!r} is negative; a duration is zero or more, such as `2 days`")
    if re.search(r"[0-9][.,][0-9]", clean):
        _refuse_decimals(text)
    if re.search(r",|\band\b", clean):
        raise ValueError(f"{text[:40]!r} has a comma or `and` in it; write it such as `1 day 12 hours`")
    if re.search(r"(?:^|[a-z ])[0-9]+$", clean):
        raise ValueError(f"{text[:40]!r} needs a unit, such as `2 days`")
    raise ValueError(f"{text[:40]!r} is not a duration; write it such as `90 minutes` or `2 days`")


def _refuse_unit(text: str, name: str) -> NoReturn:
    near = did_you_mean(name, _UNIT_WORDS)
    way_out = f"did you mean `{near}`?" if near else "use weeks, days, hours, minutes or seconds"
    raise ValueError(f"{text[:40]!r} has a unit that is not known; {way_out}")


def _refuse_decimals(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]!r} has a decimal; write whole numbers, such as `1 hour 30 minutes`")


def _refuse_no_fixed_length(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]!r} has months or years, which differ in length; write days: `30 days`")


def _refuse_too_long(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]!r} is too long; a duration is at most {MAX_DURATION.days} days")
