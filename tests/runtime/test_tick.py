"""The turn over a real SQLite store: what is sent, what a crash leaves, who may write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from spara_cli.model.outcome import Misconfigured, Refused, Unavailable, Unknown
from spara_cli.runtime.inbound import record_event
from spara_cli.runtime.tick import run_until_idle
from spara_cli.store.sqlite.store import SqliteStore
from tests.runtime.conftest import Crash, Desk, Faulty

HELLO = {"id": "hello", "type": "send_email", "subject": "Hi {{ first_name }}", "body": "x"}
PAUSE = {"id": "pause", "type": "wait", "for": "2 days"}
LATER = {"id": "later", "type": "send_text", "body": "still there?"}


def test_a_lead_goes_from_entry_to_the_end(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO, PAUSE, LATER])
    counts = run_until_idle(desk.world)
    assert (counts.sent, counts.finished) == (1, 0)
    desk.clock.jump_to(desk.clock.now() + timedelta(days=2))
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "sent", "waiting", "sent", "exited"]
    assert [message.subject for message in desk.channel.sent.values() if hasattr(message, "subject")] == ["Hi Ada"]


def test_nothing_due_means_nothing_done(desk: Desk) -> None:
    desk.lead()
    desk.publish([PAUSE, LATER])
    run_until_idle(desk.world)
    assert run_until_idle(desk.world).advanced == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_d1_a_crash_around_the_send_neither_doubles_nor_loses(desk: Desk, moment: str) -> None:
    """D1: the intent is committed first, so the next run asks the channel what became of it."""
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    desk.lead()
    desk.publish([HELLO])
    channel.die = moment
    with pytest.raises(Crash):
        run_until_idle(desk.world)
    (row,) = desk.world.store.database.connection.execute("SELECT state FROM deliveries").fetchall()
    assert row[0] == "intended"
    channel.die = ""
    run_until_idle(desk.world)
    assert len(desk.channel.sent) == 1
    assert desk.kinds().count("sent") == 1
    assert desk.kinds()[-1] == "exited"


def test_d1_what_follows_a_recovered_send_is_delivered_too(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    desk.lead()
    desk.publish([HELLO, LATER])
    channel.die = "after"
    with pytest.raises(Crash):
        run_until_idle(desk.world)
    channel.die = ""
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "sent", "sent", "exited"]


def test_d1_a_crash_before_the_intent_is_committed_sends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.lead()
    desk.publish([HELLO])
    whole = desk.world.store.enrollments.write

    def die(*arguments: Any) -> None:
        whole(*arguments)
        raise Crash

    monkeypatch.setattr(desk.world.store.enrollments, "write", die)
    with pytest.raises(Crash):
        run_until_idle(desk.world)
    assert desk.channel.sent == {}
    monkeypatch.undo()
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "sent", "exited"]


def test_d1_the_ledger_refuses_a_second_intent_under_one_key(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world)
    connection = desk.world.store.database.connection
    with pytest.raises(Exception, match="UNIQUE"):
        connection.execute(
            "INSERT INTO deliveries (enrollment, step, visit, attempt, channel, state, intended_at)"
            " SELECT enrollment, step, visit, attempt, channel, 'intended', 0 FROM deliveries"
        )


def test_s5_a_transient_error_is_tried_again_until_it_works(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Unavailable("421"), Unavailable("421", retry_after=1800)]
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world, fast_forward=timedelta(hours=2))
    assert desk.kinds() == ["entered", "retry", "retry", "sent", "exited"]
    first, second = (row.entry for row in desk.world.store.timeline.of_lead("L1") if row.entry.kind == "retry")
    assert timedelta(seconds=48) <= first.until - first.at <= timedelta(seconds=72)
    assert second.until - second.at == timedelta(minutes=30)


def test_s5_retries_exhausted_are_a_skip_with_the_code(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Unavailable("421")] * 5
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world, fast_forward=timedelta(hours=3))
    skipped = desk.world.store.timeline.of_lead("L1")[-2].entry
    assert (skipped.kind, skipped.reason, skipped.detail["code"], skipped.detail["tries"]) == (
        "skipped",
        "failed",
        "421",
        5,
    )
    span = skipped.at - desk.world.store.timeline.of_lead("L1")[0].entry.at
    assert timedelta(minutes=45) < span < timedelta(minutes=75)


def test_s5_a_refused_recipient_that_bounced_is_suppressed_and_leaves(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Refused("550", "no such user", bounce=True)]
    desk.lead()
    desk.publish([HELLO, LATER])
    run_until_idle(desk.world)
    assert desk.last().reason == "bounce"
    assert desk.world.store.inbox.suppressed(["l1@example.com"]) == {("email", "l1@example.com"): "bounced"}


def test_s3_refused_credentials_block_until_they_are_mended(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Misconfigured("credentials_refused")]
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "blocked"]
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "blocked", "unblocked", "sent", "exited"]


def test_d2_an_unknown_result_is_never_sent_twice(desk: Desk) -> None:
    channel = Faulty(desk.channel)
    desk.world.channel = channel
    channel.answers = [Unknown("time-out")]
    desk.lead()
    desk.publish([HELLO])
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "uncertain", "skipped", "exited"]
    state = desk.world.store.database.connection.execute("SELECT state, code FROM deliveries").fetchall()
    assert state == [("uncertain", "time-out")]


def test_a_later_step_reads_what_an_earlier_one_set(desk: Desk) -> None:
    desk.lead()
    desk.publish(
        [
            {"id": "mark", "type": "update_lead", "set": {"stage": "hot"}},
            HELLO,
            {
                "id": "ask",
                "type": "condition",
                "branches": [{"name": "Hot", "when": [{"field": "stage", "op": "equals", "value": "hot"}]}],
            },
        ]
    )
    run_until_idle(desk.world)
    assert desk.last().reason == "completed"
    assert desk.world.store.leads.get(["L1"])["L1"].fields["stage"] == "hot"


def test_x3_an_event_ends_an_enrollment_that_waits(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO, PAUSE, LATER])
    run_until_idle(desk.world)
    record_event(desk.world, "test", "1", "email_reply", "L1", {}, desk.clock.now())
    run_until_idle(desk.world)
    assert desk.last().reason == "email_reply"
    assert desk.world.store.enrollments.next_due() is None


def test_d5_one_event_told_twice_counts_once(desk: Desk) -> None:
    desk.lead()
    first = record_event(desk.world, "twilio", "SM1", "text_reply", "L1", {}, desk.clock.now())
    assert (first, record_event(desk.world, "twilio", "SM1", "text_reply", "L1", {}, desk.clock.now())) == (True, False)


def test_c1_an_unsubscribe_stops_every_later_workflow(desk: Desk) -> None:
    desk.lead()
    record_event(desk.world, "test", "1", "unsubscribe", "L1", {}, desk.clock.now())
    desk.publish([HELLO])
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "skipped", "exited"]
    assert desk.channel.sent == {}


def test_x2_a_goal_is_seen_when_a_field_changes(desk: Desk) -> None:
    from spara_cli.runtime.lead_changes import update_lead

    lead = desk.lead()
    goal = {"where": [{"field": "stage", "op": "equals", "value": "won"}], "outcome": "converted"}
    desk.publish([PAUSE, LATER], settings={"goal": goal})
    run_until_idle(desk.world)
    update_lead(desk.world, lead, {"stage": "won"}, desk.clock.now())
    run_until_idle(desk.world)
    assert desk.last().reason == "converted"


def test_t7_a_call_of_one_workflow_triggers_another(desk: Desk) -> None:
    desk.lead()
    desk.publish(
        [{"id": "dial", "type": "call_phone", "agent": "sdr"}],
        workflow="caller",
        trigger={"where": [{"field": "email", "op": "is_defined"}]},
    )
    where = [{"field": "event.outcome", "op": "equals", "value": "no_answer"}]
    desk.publish([LATER], workflow="after", trigger={"on": "call_ended", "where": where})
    run_until_idle(desk.world)
    rows = [(row.workflow, row.entry.kind) for row in desk.world.store.timeline.of_lead("L1")]
    assert rows == [
        ("caller", "entered"),
        ("caller", "called"),
        ("caller", "exited"),
        ("after", "entered"),
        ("after", "sent"),
        ("after", "exited"),
    ]


def test_the_funnel_conserves_leads(desk: Desk) -> None:
    for number in range(30):
        desk.lead(f"L{number}", num_employees=number)
    small = {"name": "Small", "when": [{"field": "num_employees", "op": "less_than", "value": 10}], "steps": [PAUSE]}
    desk.publish([{"id": "size", "type": "condition", "branches": [small, {"name": "Big"}]}, HELLO])
    run_until_idle(desk.world)
    workflows = desk.world.store.workflows
    assert workflows.entered("w") == 30
    assert sum(workflows.places("w").values()) + sum(workflows.finished("w").values()) == 30
    assert workflows.step_counts("w")["hello", "sent"] == 20


def test_a_store_copied_for_a_dry_run_leaves_the_real_one_alone(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO])
    copy = SqliteStore.in_memory(desk.clock.now(), copy_of=desk.world.store)
    real, desk.world.store = desk.world.store, copy
    run_until_idle(desk.world)
    assert real.timeline.of_lead("L1") == []
    assert len(copy.timeline.of_lead("L1")) == 3
