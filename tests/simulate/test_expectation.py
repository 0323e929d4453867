"""How a timeline is compared with what a case expects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from spara_cli.simulate.expectation import Failure, judge
from spara_cli.simulate.testfile import Case

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def entry(at: str, kind: str, step: str | None = None, **more: Any) -> dict[str, Any]:
    keys = {"workflow": "demo", "version": 1, "visit": 1, "outcome": None, "reason": None, "until": None, "detail": {}}
    return {"at": at, "kind": kind, "step": step, **keys, **more}


TIMELINE = [
    entry("2026-03-02T14:00:00Z", "entered", visit=0),
    entry("2026-03-02T14:00:00.400000Z", "sent", "hello", outcome="sent", detail={"subject": "Hi", "to": ["a@b.c"]}),
    entry("2026-03-02T14:00:00.400000Z", "waiting", "pause", until="2026-03-03T14:00:00Z"),
    entry("2026-03-03T14:00:00Z", "skipped", "text", reason="no_phone"),
    entry("2026-03-03T14:00:00Z", "sent", "hello", visit=2, outcome="sent", detail={"subject": "Again", "n": 1}),
    entry("2026-03-03T14:00:00Z", "exited", "hello", reason="completed", visit=2),
]


def verdict(case: dict[str, Any], entries: list[dict[str, Any]] = TIMELINE) -> list[Failure]:
    read = Case.model_validate_json(json.dumps({"name": "it", **case}), strict=True)
    return judge(read, ("tests", 0), START, NEW_YORK, entries)


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [{"kind": "entered"}, {"kind": "exited"}],
        [{"step": "hello", "subject": "Hi"}, {"step": "hello", "subject": "Again"}],
        [{"after": "0 minutes", "kind": "sent"}],  # to the second
        [{"at": "2026-03-02T09:00:00-05:00", "kind": "sent"}],
        [{"at": "2026-03-02T09:00:00", "kind": "sent"}],  # the account's zone
        [{"kind": "waiting", "until": "2026-03-03T09:00:00-05:00"}],
        [{"kind": "sent", "to": ["a@b.c"]}, {"kind": "exited"}],
        [{"kind": "sent", "to": "a@b.c"}],  # a lone value is a list of one
        [{"kind": "sent", "reason": None, "cc": None}],
        [{"n": 1.0}],
        [{"workflow": "demo", "version": 1, "visit": 2}],
        [{"detail": {"subject": "Hi", "to": ["a@b.c"]}}],
    ],
)
def test_an_expectation_compares_only_the_keys_it_gives(wanted: list[dict[str, Any]]) -> None:
    assert verdict({"expect": wanted}) == []


@pytest.mark.parametrize(
    ("wanted", "place", "message"),
    [
        ([{"kind": "called"}], 0, "no entry is like this one"),
        ([{"kind": "sent", "subject": "Ho"}], 0, "differs in `subject`"),
        ([{"kind": "exited"}, {"kind": "sent"}], 1, "stands only before"),
        ([{"kind": "exited"}, {"kind": "called"}], 1, "no entry follows"),
        ([{"kind": "sent", "subjekt": "Hi"}], 0, "no entry has a key `subjekt`; did you mean `subject`?"),
        ([{"after": "1 second", "kind": "entered"}], 0, "differs in `at`"),
        ([{"kind": "waiting", "until": "2026-03-03T14:00:01Z"}], 0, "differs in `until`"),
        ([{"n": True}], 0, "no entry is like this one"),  # true is not 1
        ([{"kind": "skipped", "reason": None}], 0, "differs in `reason`"),
    ],
)
def test_an_expectation_that_nothing_fits_says_which_and_why(
    wanted: list[dict[str, Any]], place: int, message: str
) -> None:
    (failure,) = verdict({"expect": wanted})
    assert failure.path == ("tests", 0, "expect", place)
    assert message in failure.message


def test_the_nearest_entry_is_the_one_that_agrees_in_most() -> None:
    (failure,) = verdict(
        {"expect": [{"kind": "entered"}, {"step": "hello", "kind": "sent", "visit": 2, "subject": "X"}]}
    )
    assert (failure.entry, failure.differing, failure.matched) == (4, ("subject",), (0,))


def test_an_empty_timeline_is_told_as_one() -> None:
    (failure,) = verdict({"expect": [{"kind": "sent"}]}, [])
    assert "never offered" in failure.message


OUTWARD = [
    {"kind": "sent", "subject": "Hi"},
    {"kind": "skipped"},
    {"kind": "sent", "subject": "Again"},
    {"kind": "exited"},
]


@pytest.mark.parametrize(
    "wanted",
    [
        OUTWARD,
        [{"kind": "entered"}, *OUTWARD],
        [OUTWARD[0], {"kind": "waiting"}, *OUTWARD[1:]],
        # The first two fit an entry that is not outward, too; the right one is found.
        [{"after": "0 days"}, {"step": "text"}, {"visit": 2}, {"visit": 2}],
    ],
)
def test_expect_exactly_accounts_for_every_outward_entry_and_lets_others_be(wanted: list[dict[str, Any]]) -> None:
    assert verdict({"expect_exactly": wanted}) == []


@pytest.mark.parametrize(
    ("wanted", "place", "index"),
    [
        (OUTWARD[1:], 0, 1),  # before the first
        ([OUTWARD[0], *OUTWARD[2:]], 1, 3),  # between
        (OUTWARD[:-1], 2, 5),  # after the last
        ([], None, 1),
    ],
)
def test_expect_exactly_fails_at_an_outward_entry_too_many(
    wanted: list[dict[str, Any]], place: int | None, index: int
) -> None:
    (failure,) = verdict({"expect_exactly": wanted})
    assert failure.path == ("tests", 0, "expect_exactly", *([] if place is None else [place]))
    assert failure.entry == index


def test_expect_exactly_fails_when_one_is_missing_at_the_end() -> None:
    (failure,) = verdict({"expect_exactly": [*OUTWARD, {"kind": "called"}]})
    assert failure.path == ("tests", 0, "expect_exactly", 4)


def test_never_fails_on_the_first_such_entry() -> None:
    (failure,) = verdict({"never": [{"kind": "called"}, {"kind": "sent"}]})
    assert (failure.path, failure.entry) == (("tests", 0, "never", 1), 1)


@pytest.mark.parametrize(("enters", "entries", "passes"), [
    (True, TIMELINE, True),
    (False, TIMELINE, False),
    (True, [entry("2026-03-02T14:00:00Z", "refused", reason="inactive")], False),
    (False, [entry("2026-03-02T14:00:00Z", "refused", reason="inactive")], True),
    (False, [], True),
])  # fmt: skip
def test_enters_says_whether_the_lead_ever_enters(enters: bool, entries: list[dict[str, Any]], passes: bool) -> None:
    failures = verdict({"enters": enters}, entries)
    assert (failures == []) is passes
    if not passes:
        assert failures[0].path == ("tests", 0, "enters")


def test_a_lead_that_does_not_enter_is_told_with_the_reason() -> None:
    (failure,) = verdict({"enters": True}, [entry("2026-03-02T14:00:00Z", "refused", reason="inactive")])
    assert failure.message == "the lead does not enter: inactive"


def test_every_list_of_a_case_is_judged() -> None:
    failures = verdict({"expect": [{"kind": "called"}], "never": [{"kind": "sent"}], "enters": False})
    assert len(failures) == 3
