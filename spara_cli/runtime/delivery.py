"""Making the deliveries a batch asks for, and finding out what became of those a crash interrupted (D1, D2).

An intent is committed before this module is entered; the answer is committed by who called it.
"""

from __future__ import annotations

from datetime import datetime

from spara_cli.engine.facts import Facts
from spara_cli.engine.render import render
from spara_cli.model.effect import Attempt, EnrollLead
from spara_cli.model.enrollment import Enrollment
from spara_cli.model.event import Answered
from spara_cli.model.message import DeliveryKey
from spara_cli.model.outcome import Answer, Misconfigured, Refused, Sent, Unavailable, Unknown
from spara_cli.model.template import TemplateError
from spara_cli.runtime.enrolment import enter_by_step
from spara_cli.runtime.waves import Move, Writer, key_of, make_move, open_attempt
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.enrollments import Result

BATCH = 500


def deliver(world: World, moves: list[Move], now: datetime) -> list[Move]:
    """Make every delivery these moves ask for; answers the moves that their results make."""
    following = []
    for move in moves:
        attempt = open_attempt(move)
        if attempt is not None:
            answer = _deliver_one(world, move, attempt, now)
            key = key_of(move.advance.enrollment, attempt)
            following.append(take_answer(world, move.advance.enrollment, move.facts, key, answer, now))
    world.channel.flush()
    return following


def run_on(world: World, writer: Writer, moves: list[Move], now: datetime) -> None:
    """Deliver what committed moves ask for and commit the results, wave by wave, until nothing more is asked."""
    while moves:
        following = deliver(world, moves, now)
        if not following:
            return
        moves = writer.commit(following, now)


def take_answer(
    world: World, enrollment: Enrollment, facts: Facts, key: DeliveryKey, answer: Answer, now: datetime
) -> Move:
    """The move that an answer makes, with the ledger's line for it."""
    program = world.program(enrollment.workflow, enrollment.version)
    event = Answered(key.step, key.visit, key.attempt, answer)
    return make_move(program, enrollment, facts, event, now, _result(key, answer))


def recover(world: World, writer: Writer, now: datetime) -> int:
    """Settle what a crash left open in the ledger: ask the channel, and try again only what certainly never went out.

    An attempt whose lead has left meanwhile is settled too: what went out goes on the timeline, late.
    """
    after = settled = 0
    while batch := world.store.enrollments.open_attempts(after, BATCH):
        after, settled = batch[-1][0], settled + len(batch)
        keys = [key for _ledger, key in batch]
        enrollments = {one.id: one for one in world.store.enrollments.get([key.enrollment for key in keys])}
        facts = world.facts(world.store.leads.get(one.lead for one in enrollments.values()))
        moves = []
        for key in keys:
            enrollment = enrollments[key.enrollment]
            answer = world.channel.reconcile(key) or Unavailable("interrupted", at_once=True)
            moves.append(take_answer(world, enrollment, facts[enrollment.lead], key, answer, now))
        run_on(world, writer, writer.commit(moves, now), now)
    return settled


def _deliver_one(world: World, move: Move, attempt: Attempt, now: datetime) -> Answer:
    effect, key = attempt.effect, key_of(move.advance.enrollment, attempt)
    if isinstance(effect, EnrollLead):
        return enter_by_step(world, effect.workflow, move.facts, now, key)
    try:
        message = render(effect, move.facts, move.advance.enrollment.memory, move.advance.scope)
    except TemplateError as error:
        return Refused("template_error", str(error))
    return world.channel.send(message, key)


def _result(key: DeliveryKey, answer: Answer) -> Result:
    match answer:
        case Sent():
            return Result(key, "sent")
        case Refused(code=code):
            return Result(key, "failed", code)
        case Unavailable(code=code):
            return Result(key, "failed", code)
        case Misconfigured(reason=reason):
            return Result(key, "failed", reason)
        case Unknown(reason=reason):
            return Result(key, "uncertain", reason)
