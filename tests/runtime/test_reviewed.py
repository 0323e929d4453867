"""Stories a review found wrong once; each stays told the right way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from spara_cli.model.outcome import Refused
from spara_cli.model.window import parse_window
from spara_cli.runtime.inbound import record_event
from spara_cli.runtime.publishing import unpublish
from spara_cli.runtime.tick import run_until_idle
from tests.runtime.conftest import Desk, Faulty

MAIL = {"id": "mail", "type": "send_email", "subject": "a", "body": "x"}
AGAIN = {"id": "again", "type": "send_email", "subject": "b", "body": "x"}
TEXT = {"id": "text", "type": "send_text", "body": "x"}


def test_c1_nothing_follows_a_bounce_to_the_same_address(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Refused("550", bounce=True)]
    desk.lead()
    desk.publish([MAIL, AGAIN], settings={"end_on_bounce": False})
    run_until_idle(desk.world)
    assert desk.channel.sent == {}
    assert [row.entry.reason for row in desk.world.store.timeline.of_lead("L1") if row.entry.kind == "skipped"] == [
        "failed",
        "bounced",
    ]


def test_c1_no_text_answers_a_stop(desk: Desk) -> None:
    desk.lead()
    steps = [{"id": "hear", "type": "wait_for", "event": "stop"}, TEXT]
    desk.publish(steps, settings={"end_on_unsubscribe": False})
    run_until_idle(desk.world)
    record_event(desk.world, "test", "1", "text_reply", "L1", {"body": "STOP"}, desk.clock.now())
    run_until_idle(desk.world)
    assert desk.channel.sent == {}


def test_s2_a_phone_number_set_by_a_step_is_there_for_the_next(desk: Desk) -> None:
    desk.lead(phone_number=None)
    desk.publish([{"id": "set", "type": "update_lead", "set": {"phone_number": "+12125550111"}}, TEXT])
    run_until_idle(desk.world)
    assert [message.to for message in desk.channel.sent.values()] == ["+12125550111"]  # type: ignore[union-attr]


def test_p3_a_kept_event_moves_the_lead_on_and_the_hold_stays(desk: Desk) -> None:
    from dataclasses import replace

    window = {"text": parse_window({"mon-fri": ["10:00-11:00"]})}
    desk.world.rules = replace(desk.world.rules, windows=window)
    steps = [{"id": "visit", "type": "wait_for", "event": "page_visited", "timeout": "10 days"}, TEXT]
    desk.lead()
    desk.publish(steps)
    run_until_idle(desk.world)
    unpublish(desk.world, "w", desk.clock.now())
    record_event(desk.world, "test", "1", "page_visited", "L1", {}, desk.clock.now())
    run_until_idle(desk.world)
    desk.clock.jump_to(datetime(2026, 3, 3, 2, tzinfo=UTC))
    desk.publish(steps)
    run_until_idle(desk.world)
    assert (desk.last().kind, desk.last().step) == ("held", "text")


def test_p6_a_daily_run_in_the_afternoon_still_sends(desk: Desk) -> None:
    from dataclasses import replace

    window = {"text": parse_window({"mon-fri": ["08:00-18:00"]})}
    desk.world.rules = replace(desk.world.rules, windows=window)
    desk.lead()
    desk.publish([{"id": "morning", "type": "time_of_day", "at": "09:30"}, TEXT])
    for _day in range(4):
        run_until_idle(desk.world)
        desk.clock.jump_to(desk.clock.now().replace(hour=22, minute=0) + timedelta(days=1))
    assert len(desk.channel.sent) == 1


def test_s8_days_of_downtime_do_not_run_a_loop_to_its_bound(desk: Desk) -> None:
    desk.lead()
    mark = {"id": "mark", "type": "update_lead", "set": {"stage": "seen"}}
    back = {"id": "back", "type": "goto", "step": "morning"}
    desk.publish([{"id": "morning", "type": "time_of_day", "at": "09:30"}, mark, back])
    run_until_idle(desk.world)
    desk.clock.jump_to(desk.clock.now() + timedelta(days=3))
    run_until_idle(desk.world)
    assert desk.last().kind == "waiting"
    assert desk.kinds().count("updated") <= 4
