"""Publishing over a real store: versions, freezing, and what becomes of leads inside (SPEC P1–P3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from spara_cli.errors import UsageError
from spara_cli.runtime.inbound import record_event
from spara_cli.runtime.publishing import cancel, unpublish
from spara_cli.runtime.tick import run_until_idle
from tests.runtime.conftest import Desk

HELLO = {"id": "hello", "type": "send_email", "subject": "Hi", "body": "x"}
PAUSE = {"id": "pause", "type": "wait", "for": "2 days"}
LATER = {"id": "later", "type": "send_text", "body": "still there?"}
MORNING = {"id": "morning", "type": "time_of_day", "at": "09:30"}


def waiting_desk(desk: Desk, steps: list[dict[str, Any]] | None = None) -> Desk:
    desk.lead()
    desk.publish(steps or [HELLO, PAUSE, LATER])
    run_until_idle(desk.world)
    return desk


def pass_time(desk: Desk, **span: float) -> None:
    desk.clock.jump_to(desk.clock.now() + timedelta(**span))


def test_p1_publishing_an_unchanged_playbook_changes_nothing(desk: Desk) -> None:
    first = desk.publish([HELLO])
    second = desk.publish([dict(reversed(HELLO.items()))])
    assert (first.created, second.created, second.version) == (True, False, 1)


def test_p1_a_published_version_cannot_be_changed(desk: Desk) -> None:
    desk.publish([HELLO])
    with pytest.raises(Exception, match="immutable"):
        desk.world.store.database.connection.execute("UPDATE workflow_versions SET definition = '{}'")


def test_p1_cancel_is_final(desk: Desk) -> None:
    waiting_desk(desk)
    assert cancel(desk.world, "w", desk.clock.now()) == 1
    assert desk.last().reason == "cancelled"
    with pytest.raises(UsageError, match="final"):
        desk.publish([HELLO])


def test_p2_leads_inside_go_on_at_the_same_step_of_the_new_version(desk: Desk) -> None:
    waiting_desk(desk)
    desk.publish([HELLO, PAUSE, {**LATER, "body": "new words"}])
    pass_time(desk, days=2)
    run_until_idle(desk.world)
    sent = desk.world.store.timeline.of_lead("L1")[-2]
    assert (sent.version, sent.entry.detail["body"]) == (2, "new words")


@pytest.mark.parametrize(
    ("decision", "kinds", "reason"),
    [
        ("keep", ["entered", "sent", "waiting", "sent", "exited"], "completed"),
        ("exit", ["entered", "sent", "waiting", "exited"], "removed"),
        ("move:pause=later", ["entered", "sent", "waiting", "moved", "sent", "exited"], "completed"),
    ],
)
def test_p2_a_step_that_is_gone_wants_a_decision(desk: Desk, decision: str, kinds: list[str], reason: str) -> None:
    waiting_desk(desk)
    with pytest.raises(UsageError, match=r"`pause` \(1 inside\)"):
        desk.publish([HELLO, LATER])
    assert desk.world.store.workflows.get("w").version == 1  # type: ignore[union-attr]
    desk.publish([HELLO, LATER], decision)
    run_until_idle(desk.world)
    pass_time(desk, days=3)
    run_until_idle(desk.world)
    assert desk.kinds() == kinds
    assert desk.last().reason == reason


def test_p3_a_wait_keeps_its_remaining_time_over_three_weeks_of_unpublish(desk: Desk) -> None:
    waiting_desk(desk)
    pass_time(desk, days=1)
    unpublish(desk.world, "w", desk.clock.now())
    pass_time(desk, days=21)
    assert run_until_idle(desk.world).advanced == 0
    desk.publish([HELLO, PAUSE, LATER])
    assert desk.world.store.enrollments.next_due() == desk.clock.now() + timedelta(days=1)
    run_until_idle(desk.world)
    assert desk.kinds()[-1] == "resumed"
    pass_time(desk, days=1)
    run_until_idle(desk.world)
    assert desk.kinds()[-2:] == ["sent", "exited"]


def test_p3_a_time_of_day_is_worked_out_afresh(desk: Desk) -> None:
    waiting_desk(desk, [MORNING, LATER])
    unpublish(desk.world, "w", desk.clock.now())
    pass_time(desk, days=10, hours=1)
    desk.publish([MORNING, LATER])
    entry = desk.last()
    assert (entry.kind, entry.until - entry.at < timedelta(days=1)) == ("waiting", True)


def test_p3_nobody_enters_and_nothing_moves_while_unpublished(desk: Desk) -> None:
    waiting_desk(desk)
    unpublish(desk.world, "w", desk.clock.now())
    desk.lead("L2")
    pass_time(desk, days=5)
    run_until_idle(desk.world)
    assert (desk.kinds("L2"), desk.kinds()[-1]) == ([], "paused")


def test_x3_an_exit_applies_at_once_while_unpublished(desk: Desk) -> None:
    waiting_desk(desk)
    unpublish(desk.world, "w", desk.clock.now())
    record_event(desk.world, "test", "1", "email_reply", "L1", {}, desk.clock.now())
    run_until_idle(desk.world)
    assert desk.last().reason == "email_reply"


def test_p3_an_awaited_event_is_kept_until_republish(desk: Desk) -> None:
    steps = [{"id": "visit", "type": "wait_for", "event": "page_visited", "timeout": "5 days"}, LATER]
    waiting_desk(desk, steps)
    unpublish(desk.world, "w", desk.clock.now())
    record_event(desk.world, "test", "1", "page_visited", "L1", {"url": "/pricing"}, desk.clock.now())
    run_until_idle(desk.world)
    assert desk.kinds()[-1] == "event"
    desk.publish(steps)
    run_until_idle(desk.world)
    assert desk.kinds()[-3:] == ["resumed", "sent", "exited"]


def test_unpublishing_twice_changes_nothing_more(desk: Desk) -> None:
    waiting_desk(desk)
    assert unpublish(desk.world, "w", desk.clock.now()) == 1
    assert unpublish(desk.world, "w", desk.clock.now()) == 0


def test_a_step_that_became_another_type_is_started_afresh(desk: Desk) -> None:
    waiting_desk(desk)
    desk.publish([HELLO, {"id": "pause", "type": "send_text", "body": "now"}, LATER])
    run_until_idle(desk.world)
    assert desk.kinds()[-4:] == ["moved", "sent", "sent", "exited"]


def test_t6_without_backfill_only_later_changes_enter(desk: Desk) -> None:
    desk.lead()
    desk.publish([PAUSE], trigger={"backfill": False})
    run_until_idle(desk.world)
    assert desk.kinds() == []
    desk.lead("L2")
    run_until_idle(desk.world)
    assert desk.kinds("L2")[0] == "entered"


def test_t5_a_lead_enters_once_also_after_a_new_version(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world)
    desk.publish([LATER])
    run_until_idle(desk.world)
    assert desk.kinds().count("entered") == 1


def test_t6_a_lead_becomes_due_by_time_alone(desk: Desk) -> None:
    desk.lead(webform_submitted_at="2026-03-02T15:00:00Z")
    where = [{"field": "webform_submitted_at", "op": "more_than_ago", "value": "3 days"}]
    desk.publish([LATER], trigger={"where": where})
    run_until_idle(desk.world)
    assert desk.kinds() == []
    pass_time(desk, days=4)
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "sent", "exited"]


def test_p1_an_unknown_workflow_is_named_with_the_nearest(desk: Desk) -> None:
    desk.publish([HELLO], workflow="inbound-demo")
    with pytest.raises(UsageError) as caught:
        unpublish(desk.world, "inbound-dem", desk.clock.now())
    assert caught.value.hint == "did you mean `inbound-demo`?"
