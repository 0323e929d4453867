"""Two at work on one store: who came late writes nothing, and what went out is told all the same."""

from __future__ import annotations

import pytest

from spara_cli.model.enrollment import State
from spara_cli.model.message import DeliveryKey, Message
from spara_cli.model.outcome import Answer
from spara_cli.runtime.tick import run_until_idle
from spara_cli.store.sqlite.lease import LeaseLost
from tests.runtime.conftest import Crash, Desk, Faulty

HELLO = {"id": "hello", "type": "send_email", "subject": "Hi {{ first_name }}", "body": "x"}
PAUSE = {"id": "pause", "type": "wait", "for": "2 days"}
LATER = {"id": "later", "type": "send_text", "body": "still there?"}


def test_a_change_made_meanwhile_is_not_overwritten(desk: Desk) -> None:
    """Somebody removed the lead between the claim and the commit: the claim's own move is dropped whole."""
    from spara_cli.model.event import Due, Ended
    from spara_cli.runtime.waves import Writer, make_move

    desk.lead()
    desk.publish([HELLO])
    world, now = desk.world, desk.clock.now()
    from spara_cli.runtime.enrolment import sweep

    sweep(world, now)
    (enrollment,) = world.store.enrollments.due(now, 10)
    facts = world.facts(world.store.leads.get(["L1"]))["L1"]
    program = world.program("w", 1)
    late = make_move(program, enrollment, facts, Due(), now)
    removal = make_move(program, enrollment, facts, Ended("removed"), now)
    assert len(Writer(world).commit([removal], now)) == 1
    assert Writer(world).commit([late], now) == []
    assert desk.kinds() == ["entered", "exited"]
    assert world.store.enrollments.get([enrollment.id])[0].state is State.FINISHED


def test_who_lost_the_lease_cannot_write(desk: Desk) -> None:
    desk.lead()
    desk.publish([HELLO])
    desk.world.store.lease.take(desk.clock.now())
    desk.world.store.database.connection.execute("UPDATE daemons SET token = token + 1")
    with pytest.raises(LeaseLost):
        run_until_idle(desk.world)
    assert desk.channel.sent == {}


def test_x3_a_lead_removed_while_its_mail_is_on_the_way_still_shows_the_mail(desk: Desk) -> None:
    """Another command ends the enrollment between the send and its result: the result is told, late."""
    from spara_cli.runtime.lead_changes import remove_from

    class Remover(Faulty):
        def send(self, message: Message, key: DeliveryKey) -> Answer:
            remove_from(desk.world, "L1", "w", desk.clock.now())
            return super().send(message, key)

    desk.world.channel = Remover(desk.channel)
    desk.lead()
    desk.publish([HELLO, LATER])
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "exited", "sent"]
    assert desk.last().detail["late"] is True
    assert desk.world.store.database.connection.execute("SELECT state FROM deliveries").fetchall() == [("sent",)]


def test_d1_a_crash_and_then_a_removal_leave_no_attempt_open(desk: Desk) -> None:
    from spara_cli.runtime.lead_changes import remove_from

    channel = Faulty(desk.channel)
    desk.world.channel = channel
    desk.lead()
    desk.publish([HELLO])
    channel.die = "after"
    with pytest.raises(Crash):
        run_until_idle(desk.world)
    remove_from(desk.world, "L1", "w", desk.clock.now())
    channel.die = ""
    run_until_idle(desk.world)
    assert desk.kinds() == ["entered", "exited", "sent"]
    assert desk.world.store.database.connection.execute("SELECT state FROM deliveries").fetchall() == [("sent",)]
