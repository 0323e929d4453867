"""Does a timeline say what a case expects (FORMATS, A test)? Where not: which expectation, and what came nearest.

The one thing to know: an expectation compares only the keys it gives. A key is one of the entry, else one of
its `detail`; instants are compared to the second; a lone value equals a list of one.

`expect` finds its entries in order, others may stand in between. `expect_exactly` also accounts for every
outward entry: none before the first, between two, or after the last. `never` finds no entry at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.diagnostics import did_you_mean
from spara_cli.model.entry import OUTWARD_KINDS
from spara_cli.model.entry_dict import ENTRY_KEYS
from spara_cli.model.localtime import format_instant, parse_instant
from spara_cli.playbook.reading import Path
from spara_cli.simulate.testfile import Case, Expectation

EntryData = Mapping[str, Any]

_INSTANTS = frozenset({"at", "until"})
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Wanted:
    """An expectation made absolute: instants as `…Z` text, `after` as `at`; `path` is its place in the file."""

    keys: Mapping[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a case fails. `path` is the expectation's place in the file; `wanted` its keys, if it is one.

    `entry` is the index of the entry that came nearest, or that should not be there; `differing` the keys in
    which it is not what was wanted. `matched` pairs the expectations before this one with their entries.
    """

    message: str
    path: Path
    wanted: Mapping[str, Any] | None = None
    entry: int | None = None
    differing: tuple[str, ...] = ()
    matched: tuple[int, ...] = ()


def judge(case: Case, at: Path, start: datetime, zone: ZoneInfo, entries: Sequence[EntryData]) -> list[Failure]:
    """Every way in which the timeline is not what the case at path `at` says; none when it passes."""
    failures = []
    entered = any(entry["kind"] == "entered" for entry in entries)
    if case.enters is not None and case.enters is not entered:
        refusal = next((entry["reason"] for entry in entries if entry["kind"] == "refused"), None)
        because = f": {refusal}" if refusal is not None else ""
        message = "the lead enters, and should not" if entered else f"the lead does not enter{because}"
        failures.append(Failure(message, (*at, "enters")))
    for key, wanted in (("expect", case.expect), ("never", case.never), ("expect_exactly", case.expect_exactly)):
        if wanted is None:
            continue
        absolute = [_absolute(each, (*at, key, index), start, zone) for index, each in enumerate(wanted)]
        if key == "never":
            failures += _never(absolute, entries)
        elif key == "expect":
            failures += _in_order(absolute, entries)
        else:
            failures += _exactly(absolute, entries, (*at, key))
    return failures


def wanted_of(case: Case, start: datetime, zone: ZoneInfo) -> list[Mapping[str, Any]]:
    """What a case expects, as keys of entries: `expect`, then `expect_exactly`; instants absolute."""
    every = [*case.expect, *(case.expect_exactly or ())]
    return [_absolute(each, (), start, zone).keys for each in every]


def differing_keys(wanted: Mapping[str, Any], entry: EntryData) -> tuple[str, ...]:
    """The keys in which an entry is not what was wanted; none when it fits."""
    return tuple(key for key, value in wanted.items() if not _equal(key, value, value_of(entry, key)))


def value_of(entry: EntryData, key: str) -> object:
    """What an entry says under a key: its own, else its detail's, else None."""
    own = entry.get(key)
    return own if own is not None else entry["detail"].get(key)


def _absolute(expectation: Expectation, path: Path, start: datetime, zone: ZoneInfo) -> Wanted:
    keys: dict[str, Any] = {}
    for key, value in expectation.wanted.items():
        if key == "after" and isinstance(value, timedelta):
            keys["at"] = format_instant(start + value)
        elif key in _INSTANTS and isinstance(value, str):
            keys[key] = format_instant(parse_instant(value, zone))
        else:
            keys[key] = value
    return Wanted(keys, path)


def _equal(key: str, wanted: object, actual: object) -> bool:
    if key in _INSTANTS and isinstance(wanted, str) and isinstance(actual, str):
        return _to_the_second(wanted) == _to_the_second(actual)
    if isinstance(actual, list) and not isinstance(wanted, list):
        return len(actual) == 1 and _same(wanted, actual[0])
    return _same(wanted, actual)


def _to_the_second(instant: str) -> str:
    return instant[:19]


def _same(one: object, other: object) -> bool:
    """JSON equality: `true` is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return one == other


# --- expect ------------------------------------------------------------------------------------------


def _in_order(wanted: Sequence[Wanted], entries: Sequence[EntryData]) -> list[Failure]:
    """The first expectation that no entry after those before it fits; the earliest fit is always the best."""
    matched: list[int] = []
    position = 0
    for each in wanted:
        fit = next((i for i in range(position, len(entries)) if not differing_keys(each.keys, entries[i])), None)
        if fit is None:
            return [_missing(each, entries, matched)]
        matched.append(fit)
        position = fit + 1
    return []


def _missing(wanted: Wanted, entries: Sequence[EntryData], matched: Sequence[int]) -> Failure:
    position = matched[-1] + 1 if matched else 0
    nearest = _nearest(wanted.keys, entries, position)
    differing = differing_keys(wanted.keys, entries[nearest]) if nearest is not None else ()
    fits_earlier = any(not differing_keys(wanted.keys, entry) for entry in entries[:position])
    if not entries:
        message = "the timeline is empty: the lead was never offered to the workflow"
    elif strange := _strange_key(wanted.keys, entries):
        message = strange
    elif fits_earlier:
        message = "such an entry stands only before the one expected last; expectations are in order of time"
    elif nearest is None:
        message = "no entry follows the one expected last" if matched else "no entry is like this one"
    else:
        message = f"no entry fits; the nearest differs in {_listed(differing)}"
    return Failure(message, wanted.path, wanted.keys, nearest, differing, tuple(matched))


def _nearest(wanted: Mapping[str, Any], entries: Sequence[EntryData], position: int) -> int | None:
    """The entry from `position` on that agrees in most keys, step and kind counting double; the first of equals."""
    best, score = None, 0
    for index in range(position, len(entries)):
        differing = differing_keys(wanted, entries[index])
        agreeing = sum(2 if key in ("step", "kind") else 1 for key in wanted if key not in differing)
        if agreeing > score:
            best, score = index, agreeing
    return best


def _strange_key(wanted: Mapping[str, Any], entries: Sequence[EntryData]) -> str | None:
    """A key that no entry of this timeline has at all is most likely a slip of the pen."""
    known = {*ENTRY_KEYS, "after"}.union(*(entry["detail"] for entry in entries))
    for key, value in wanted.items():
        if key not in known and value is not None:
            near = did_you_mean(key, known)
            return f"no entry has a key `{key}`" + (f"; did you mean `{near}`?" if near else "")
    return None


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


# --- expect_exactly, never ---------------------------------------------------------------------------


def _exactly(wanted: Sequence[Wanted], entries: Sequence[EntryData], at: Path) -> list[Failure]:
    """As `_in_order`, but every outward entry must be one of those expected.

    `ways` holds, for each number of expectations met so far, the entries that met them: an entry that is not
    outward may fit and yet be passed over, so the earliest fit is not always the right one.
    """
    ways: dict[int, tuple[int, ...]] = {0: ()}
    for index, entry in enumerate(entries):
        following = dict(ways) if entry["kind"] not in OUTWARD_KINDS else {}
        for met, matched in ways.items():
            if met < len(wanted) and not differing_keys(wanted[met].keys, entry):
                following.setdefault(met + 1, (*matched, index))
        if not following:
            return [_unexpected(index, entry, wanted, ways, at)]
        ways = following
    if len(wanted) in ways:
        return []
    met = max(ways)
    return [_missing(wanted[met], entries, ways[met])]


def _unexpected(
    index: int, entry: EntryData, wanted: Sequence[Wanted], ways: Mapping[int, tuple[int, ...]], at: Path
) -> Failure:
    """An outward entry that nothing accounts for, against the expectation that is next."""
    met = max(ways)
    what = f"`{entry['kind']}`" + (f" at step `{entry['step']}`" if entry["step"] else "")
    if met == len(wanted):
        message = f"{what} is one outward entry more than expected"
        return Failure(message, wanted[-1].path if wanted else at, None, index, (), ways[met])
    differing = differing_keys(wanted[met].keys, entry)
    message = f"{what} comes where this is expected; it differs in {_listed(differing)}"
    return Failure(message, wanted[met].path, wanted[met].keys, index, differing, ways[met])


def _never(wanted: Sequence[Wanted], entries: Sequence[EntryData]) -> list[Failure]:
    failures = []
    for each in wanted:
        fit = next((index for index, entry in enumerate(entries) if not differing_keys(each.keys, entry)), None)
        if fit is not None:
            failures.append(Failure("such an entry is on the timeline, and never should be", each.path, None, fit))
    return failures
