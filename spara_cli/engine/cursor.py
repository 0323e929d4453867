"""The hand that moves one enrollment within one `advance`: runs steps, follows their moves, keeps the record.

A cursor lives for one call. Everything it changes is a copy; the caller reads the result with `enrollment()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from spara_cli.engine import guards
from spara_cli.engine.facts import Facts, after, scope_of
from spara_cli.engine.notes import Notes
from spara_cli.engine.program import END, Program, Slot
from spara_cli.model.effect import Attempt, Delivery, Effect, SetFields, Suppress
from spara_cli.model.enrollment import RETRY, Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.lead import FieldValue
from spara_cli.model.transition import (
    Await,
    Block,
    Deliver,
    Exit,
    Go,
    Jump,
    Skip,
    Take,
    Transition,
    Update,
    View,
    Wait,
)

ANSWER_WITHIN = timedelta(hours=1)
"""An attempt whose result has not come by then is asked about (D2)."""


class Cursor(Notes):
    """The moving parts of an enrollment, as plain attributes."""

    __slots__ = (
        "_before", "arrived_at", "attempt", "due_at", "effects", "facts", "failures",
        "finished_at", "frozen", "program", "reached", "reason",
        "rounds", "scope", "state", "visits",
    )  # fmt: skip

    def __init__(self, program: Program, enrollment: Enrollment, facts: Facts, now: datetime) -> None:
        self.program, self.facts, self.now, self._before = program, facts, now, enrollment
        self.state, self.step, self.visit = enrollment.state, enrollment.step, enrollment.visit
        self.due_at, self.reason, self.frozen = enrollment.due_at, enrollment.reason, enrollment.frozen
        self.attempt, self.failures, self.rounds = enrollment.attempt, enrollment.failures, enrollment.rounds
        self.visits, self.memory = enrollment.visits, enrollment.memory
        self.finished_at = enrollment.finished_at
        self.arrived_at = min(enrollment.due_at, now) if enrollment.due_at is not None else now
        self.scope = scope_of(facts, enrollment.memory)
        self.entries: list[Entry] = []
        self.effects: list[Effect] = []
        self.reached: list[str] = []

    def enrollment(self) -> Enrollment:
        """The enrollment as it stands now, one revision on."""
        before = self._before
        return Enrollment(
            id=before.id,
            workflow=before.workflow,
            lead=before.lead,
            version=self.program.version,
            entered_at=before.entered_at,
            entry_key=before.entry_key,
            state=self.state,
            step=self.step,
            visit=self.visit,
            due_at=self.due_at,
            reason=self.reason,
            attempt=self.attempt,
            failures=self.failures,
            rounds=self.rounds,
            frozen=self.frozen,
            visits=self.visits,
            memory=self.memory,
            finished_at=self.finished_at,
            revision=before.revision + 1,
        )

    def set_fields(self, values: Mapping[str, FieldValue | None]) -> None:
        """Store fields on the lead; the steps that follow see them at once."""
        if values:
            self._take(SetFields(values))

    def suppress(self, channels: tuple[str, ...], reason: str) -> None:
        """Close channels to this lead; the steps that follow meet it at once (C1)."""
        self._take(Suppress(channels, reason))

    def _take(self, effect: SetFields | Suppress) -> None:
        self.effects.append(effect)
        self.facts = after(self.facts, (effect,))
        self.scope = scope_of(self.facts, self.memory)

    def rest(self, state: State, due_at: datetime | None, reason: str | None) -> None:
        """Stop here."""
        self.state, self.due_at, self.reason = state, due_at, reason

    def rest_before(self, step: str) -> None:
        """Stand in front of a step that has not been come to yet."""
        self.step, self.visit = step, 0
        self.attempt = self.failures = self.rounds = 0
        self.rest(State.READY, self.now, None)

    def exit(self, reason: str) -> None:
        """Leave the workflow, for good."""
        self.rest(State.FINISHED, None, reason)
        self.finished_at, self.frozen = self.now, False
        self.record("exited", reason=reason)

    def leave_for_goal(self) -> bool:
        """Leave when the goal is reached (X2)."""
        goal = self.program.goal
        if goal is None or not goal(self.scope, self.now):
            return False
        self.exit(self.program.goal_reason)
        return True

    def view(self, slot: Slot) -> View:
        """What the step may look at."""
        passed: Any = self.memory.get("passed", {})
        return View(
            self.facts.lead,
            self.scope,
            self.facts.rules,
            self.now,
            self.arrived_at,
            self.visit,
            self.rounds,
            passed.get(slot.id),
        )

    def run(self, index: int, *, arriving: bool) -> None:
        """Run steps from `index` until one rests. `arriving` counts a visit; a hold or retry that ends does not."""
        while True:
            if self.leave_for_goal():
                return
            if index == END:
                self.exit("completed")
                return
            slot = self.program.slots[index]
            if self.frozen:
                self.rest_before(slot.id)
                return
            if arriving and not self._arrive(slot):
                return
            if arriving and slot.only_if is not None and not slot.only_if(self.scope, self.now):
                self.record("skipped", reason="only_if")
                index = slot.next
                continue
            following = self._move(slot, slot.run.start(self.view(slot)))
            if following is None:
                return
            index, arriving = following, True

    def follow(self, slot: Slot, move: Transition) -> None:
        """Carry out one move of a step, and run on from where it leads."""
        index = self._move(slot, move)
        if index is not None:
            self.run(index, arriving=True)

    def route(self, slot: Slot, *outcomes: str | None) -> int:
        """Where a step's outcome leads: the first of `outcomes` that has a route, else the next step (S8)."""
        for outcome in outcomes:
            if outcome is not None and outcome in slot.routes:
                return slot.routes[outcome]
        return slot.next

    def _arrive(self, slot: Slot) -> bool:
        count = self.visits.get(slot.id, 0) + 1
        self.step, self.visit = slot.id, count
        self.attempt = self.failures = self.rounds = 0
        if count > slot.max_visits:
            self.visit = count - 1
            self.exit("too_many_visits")
            return False
        self.visits = {**self.visits, slot.id: count}
        self.state, self.reason = State.READY, None
        if count == 1:
            self.reached.append(slot.id)
        return True

    def _move(self, slot: Slot, move: Transition) -> int | None:
        """Carry out a move; the index to run next, or None when the enrollment rests or has left."""
        if not isinstance(move, Deliver):
            self._let_go(move)
        match move:
            case Go(outcome=outcome):
                return self.route(slot, outcome)
            case Take(branch=branch, target=target):
                self.record("branch", outcome=branch)
                return target
            case Jump(target=target):
                return target
            case Wait(until=until, reason=reason):
                return self._wait(slot, until, reason)
            case Await(until=until, reason=reason):
                if self.state is not State.AWAITING or self.due_at != until:
                    self.record("waiting", reason=reason, until=until)
                self.rest(State.AWAITING, until, reason)
                return None
            case Deliver(effect=effect):
                return self._deliver(slot, effect)
            case Update(values=values, refused=refused):
                self.set_fields(values)
                detail = {"fields": dict(values)} | ({"refused": dict(refused)} if refused else {})
                self.record("updated", detail=detail)
                return slot.next
            case Skip(reason=why, detail=detail):
                self.record("skipped", reason=why, detail=detail)
                return slot.next
            case Block(reason=why, detail=detail):
                self._block(why, detail)
                return None
            case Exit(reason=why):
                self.exit(why)
                return None
            case _:
                assert_never(move)

    def _wait(self, slot: Slot, until: datetime, reason: str | None) -> int | None:
        if until <= self.now and reason != RETRY:
            self.arrived_at = max(self.arrived_at, until)
            if slot.run.remembers:
                self.remember_passed(slot.id, until)
            return slot.next
        self.record("retry" if reason == RETRY else "waiting", until=until, outcome=None)
        self.rest(State.WAITING, until, reason)
        return None

    def _deliver(self, slot: Slot, effect: Delivery) -> int | None:
        # Asked once: who was held for being late runs in the next window it meets, however late that is.
        late = self.now - self.arrived_at > self.program.late_after and self.reason != guards.LATE
        verdict = guards.check(effect, self.facts, self.now, late=late)
        if not isinstance(verdict, Deliver):
            if isinstance(verdict, guards.Hold):
                self._hold(verdict)
                return None
            return self._move(slot, verdict)
        self._let_go(verdict)
        self.attempt += 1
        self.effects.append(Attempt(slot.id, self.visit, self.attempt, verdict.effect))
        self.rest(State.IN_FLIGHT, self.now + ANSWER_WITHIN, None)
        return None

    def _hold(self, hold: guards.Hold) -> None:
        if self.state is State.BLOCKED:
            self.record("unblocked")
        if self.state is not State.HELD or self.due_at != hold.until:
            self.record("held", reason=hold.reason, until=hold.until, detail={"zone_from": hold.zone_from})
        self.rest(State.HELD, hold.until, hold.reason)

    def _block(self, reason: str, detail: Mapping[str, object]) -> None:
        if self.state is not State.BLOCKED or self.reason != reason:
            self.record("blocked", reason=reason, detail=detail)
        self.rest(State.BLOCKED, None, reason)

    def _let_go(self, move: Transition) -> None:
        """Say that a hold or block is over, unless the move only renews it."""
        if self.state is State.HELD:
            self.record("released", reason=self.reason)
            self.state = State.READY
        elif self.state is State.BLOCKED and not isinstance(move, Block):
            self.record("unblocked", reason=self.reason)
            self.state = State.READY
