"""The world of one test: a lead, a virtual clock, and answers from a file, around the real interpreter (SPEC V5).

The one thing to know: the world decides nothing. It wakes enrollments when they are due, hands over what
happens, carries out effects and writes down what the engine says. At one instant, what is due comes first,
then what the case lets happen, in the order of the file; so a reply at the very minute of a send finds the
mail sent.

The lead is offered to the trigger at the start, at each change of its fields, and at each event the trigger
names; never by the passing of time alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from spara_cli.engine.advance import Advance, advance, begin
from spara_cli.engine.engagement import opts_out, suppressions_of
from spara_cli.engine.entry import History, Refuse, consider
from spara_cli.engine.facts import Facts, scope_of
from spara_cli.engine.render import render
from spara_cli.model.effect import Attempt, EnrollLead, SetFields, Suppress
from spara_cli.model.enrollment import Enrollment
from spara_cli.model.entry import Entry
from spara_cli.model.event import Answered, Changed, Due, Ended, Event, Happened, Paused, Resumed
from spara_cli.model.lead import FieldValue, Lead
from spara_cli.model.message_detail import recorded_detail
from spara_cli.model.outcome import Answer, Refused
from spara_cli.model.template import TemplateError
from spara_cli.simulate.case import FieldsChange, Scripted, Setup, Subject
from spara_cli.simulate.record import Run
from spara_cli.simulate.reply import answer_of, default_reply
from spara_cli.simulate.unmet import unmet

TURNS_MAX = 10_000
"""How often anything may move in one case before it counts as endless."""
TEMPLATE_ERROR = "template_error"


class _Endless(Exception):
    """The case was stopped: it has moved `TURNS_MAX` times."""


def run_case(subject: Subject, setup: Setup) -> Run:
    """Run a case until nothing is left to happen. Pure: the same setup gives the same timeline."""
    world = _World(subject, setup)
    try:
        world.live()
    except _Endless:
        world.run.endless = world.whereabouts()
    return world.run


class _World:
    """Everything that changes while one case runs."""

    def __init__(self, subject: Subject, setup: Setup) -> None:
        self.subject, self.setup = subject, setup
        self.program, self.rules = subject.program, subject.rules
        self.now: datetime = setup.start
        self.lead: Lead = setup.lead
        self.suppressed: dict[str, str] = {}
        self.enrollments: list[Enrollment] = []
        self.paused_at: datetime | None = None
        self.cancelled = False
        self.run = Run()
        self._asked: dict[str, int] = {}
        self._turns = 0
        self._fields_changed = False

    def live(self) -> None:
        """From the start until nothing is due and nothing more happens."""
        self._offer(Happened("lead_created"))
        script = list(self.setup.script)
        while True:
            sleeper = self._next_due()
            if sleeper is not None and (not script or _due_at(sleeper) <= script[0].at):
                self.now = max(self.now, _due_at(sleeper))
                self._tell(sleeper, Due())
            elif script:
                self._happen(script.pop(0))
            else:
                return

    def whereabouts(self) -> str:
        """Where the lead is, for a case that does not end."""
        steps = [each.step for each in self.enrollments if each.is_inside and each.step is not None]
        place = f"at step `{steps[0]}`" if steps else "nowhere"
        return f"the case did not end: after {TURNS_MAX:,} moves the lead is {place}, on {self.now:%d %B %Y}"

    # --- what happens -----------------------------------------------------------------------------------

    def _happen(self, scripted: Scripted) -> None:
        self.now = scripted.at
        match scripted.what:
            case Happened():
                self._event(scripted.what)
            case FieldsChange(values=values):
                self._store(values)
                self._tell_of_changes()
                self._offer(Happened("lead_updated", {"fields": sorted(values)}))
            case "publish":
                self._publish()
            case "unpublish":
                if self.paused_at is None and not self.cancelled:
                    self.paused_at = self.now
                    self._tell_all(Paused())
            case "cancel":
                self.cancelled = True
                self._tell_all(Ended("cancelled"))
            case "enroll":
                self._consider(None, by_hand=True)
            case "remove":
                self._tell_all(Ended("removed"))

    def _event(self, event: Happened) -> None:
        self.lead = replace(self.lead, last_active_at=self.now)
        # An opt-out always acts, also when nobody is inside any more (X1).
        channels, reason = suppressions_of(event)
        if channels:
            self._suppress(Suppress(channels, reason))
        self._tell_all(event)
        body = event.data.get("body")
        is_stop = event.name == "text_reply" and isinstance(body, str) and opts_out(body)
        if event.name == self.program.trigger.on and not is_stop:
            self._consider(event)

    def _publish(self) -> None:
        if self.paused_at is None or self.cancelled:
            return
        paused_at, self.paused_at = self.paused_at, None
        self._tell_all(Resumed(paused_at))
        if self.program.trigger.on is None and self.program.trigger.backfill and not self.enrollments:
            self._consider(None)

    # --- entry ------------------------------------------------------------------------------------------

    def _offer(self, event: Happened) -> None:
        """The lead is new or has changed: whoever may enter by that is considered."""
        trigger = self.program.trigger
        if trigger.on is not None:
            if trigger.on == event.name:
                self._consider(event)
        elif (not self.enrollments or trigger.reentry.mode != "never") and self._open():
            self._consider(None)

    def _open(self) -> bool:
        return self.paused_at is None and not self.cancelled

    def _consider(self, event: Happened | None, *, by_hand: bool = False) -> None:
        decision = consider(self.program, self._facts(), self._history(), self.now, event=event, by_hand=by_hand)
        if not self._open():
            decision = Refuse("cancelled" if self.cancelled else "unpublished")
        if isinstance(decision, Refuse):
            entry = Entry(self.now, "refused", reason=decision.reason, detail=decision.detail)
            self.run.note(entry)
            self._note_unmet(decision, event)
            return
        self.run.unmet = ()
        how = {"by": "hand" if by_hand else "trigger"} if event is None else {"by": "event", "event": event.name}
        new = Enrollment(
            id=len(self.enrollments) + 1,
            workflow=self.program.workflow,
            lead=self.lead.id,
            version=self.program.version,
            entered_at=self.now,
            entry_key=decision.key,
            memory=decision.memory,
        )
        self.enrollments.append(new)
        self._turn()
        for answered in self._settle(begin(self.program, new, self._facts(), self.now, how)):
            self._move(new, answered)
        self._tell_of_changes()

    def _note_unmet(self, refusal: Refuse, event: Happened | None) -> None:
        """Write down which criteria kept a lead out that has never been in."""
        where = self.subject.workflow.trigger.where
        if refusal.reason == "trigger_not_matched" and where is not None and not self.enrollments:
            memory = {"event": dict(event.data)} if event is not None else {}
            self.run.unmet = unmet(where, scope_of(self._facts(), memory), self.now, self.rules.zone)

    def _history(self) -> History:
        exits = [each.finished_at for each in self.enrollments if each.finished_at is not None]
        return History(
            keys=frozenset(each.entry_key for each in self.enrollments),
            inside=any(each.is_inside for each in self.enrollments),
            last_exit_at=max(exits, default=None),
        )

    # --- moving -----------------------------------------------------------------------------------------

    def _facts(self) -> Facts:
        return Facts(self.lead, self.rules, dict(self.suppressed))

    def _next_due(self) -> Enrollment | None:
        """The enrollment that moves next by itself; of two at one instant the older."""
        due = [each for each in self.enrollments if each.is_inside and not each.frozen and each.due_at is not None]
        return min(due, key=_due_at, default=None)

    def _tell_all(self, event: Event) -> None:
        for each in list(self.enrollments):
            current = self.enrollments[each.id - 1]
            if current.is_inside:
                self._tell(current, event)

    def _tell(self, enrollment: Enrollment, event: Event) -> None:
        self._move(enrollment, event)
        self._tell_of_changes()

    def _tell_of_changes(self) -> None:
        """Goals and waiting conditions look again as long as fields change (X2)."""
        while self._fields_changed:
            self._fields_changed = False
            for each in list(self.enrollments):
                current = self.enrollments[each.id - 1]
                if current.is_inside:
                    self._move(current, Changed())

    def _move(self, enrollment: Enrollment, event: Event) -> None:
        """Hand over an event, then every answer to what was asked because of it."""
        waiting: deque[Event] = deque((event,))
        while waiting:
            self._turn()
            before, event = self.enrollments[enrollment.id - 1], waiting.popleft()
            outcome = advance(self.program, before, self._facts(), event, self.now)
            self.run.note_awaited(self.program, before, outcome.enrollment, event)
            waiting += self._settle(outcome)

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > TURNS_MAX:
            raise _Endless

    def _settle(self, outcome: Advance) -> list[Answered]:
        """Store what became of an enrollment and carry out its effects; the answers to its attempts come back."""
        self.enrollments[outcome.enrollment.id - 1] = outcome.enrollment
        self.run.reached.update(outcome.reached)
        for entry in outcome.entries:
            self.run.note(entry)
        answers = []
        for effect in outcome.effects:
            match effect:
                case SetFields(values=values):
                    self._store(values)
                case Suppress():
                    self._suppress(effect)
                case Attempt():
                    answer = self._answer(effect, outcome)
                    answers.append(Answered(effect.step, effect.visit, effect.attempt, answer))
        return answers

    def _answer(self, attempt: Attempt, outcome: Advance) -> Answer:
        effect = attempt.effect
        if isinstance(effect, EnrollLead):
            detail: dict[str, Any] = {"workflow": effect.workflow}
        else:
            try:
                message = render(effect, self._facts(), outcome.enrollment.memory, outcome.scope)
            except TemplateError as error:
                return Refused(TEMPLATE_ERROR, str(error))
            detail = {name: value for name, value in recorded_detail(message).items() if name != "recorded"}
        replies = self.setup.replies.get(attempt.step, ())
        asked = self._asked.get(attempt.step, 0)
        self._asked[attempt.step] = asked + 1
        reply = replies[min(asked, len(replies) - 1)] if replies else default_reply(self.subject.steps[attempt.step])
        return answer_of(reply, effect, detail, self.rules.zone)

    # --- the lead ---------------------------------------------------------------------------------------

    def _store(self, values: Mapping[str, FieldValue | None]) -> None:
        fields = {name: value for name, value in {**self.lead.fields, **values}.items() if value is not None}
        if fields != self.lead.fields:
            self.lead = replace(self.lead, fields=fields, updated_at=self.now)
            self._fields_changed = True

    def _suppress(self, effect: Suppress) -> None:
        for channel in effect.channels:
            self.suppressed.setdefault(channel, effect.reason)


def _due_at(enrollment: Enrollment) -> datetime:
    """When an enrollment that is known to be due is due."""
    if enrollment.due_at is None:
        raise ValueError("an enrollment without a due time is never woken")
    return enrollment.due_at
