"""The automatic case: a lead that enters and takes the first branch of every condition, by itself (SPEC V2).

The one thing to know: the path is found by walking it. The lead is made to satisfy the trigger and sent
through the real interpreter; where it first leaves the happy path, the criteria met there, at that very
instant, are added to what its values must satisfy, and it is sent again. What cannot be met is told, and the
walk goes on without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from spara_cli.model.criteria import Criterion, criteria_of
from spara_cli.model.entry import Entry
from spara_cli.model.event import Happened
from spara_cli.model.fieldtypes import coerce_text
from spara_cli.model.lead import SYSTEM_FIELDS, FieldType, FieldValue, Lead, is_missing
from spara_cli.model.localtime import parse_instant
from spara_cli.simulate.case import LEAD_ID, FieldsChange, Scripted, Setup, Subject
from spara_cli.simulate.record import Run
from spara_cli.simulate.reply import MisfitError, Reply, read_replies
from spara_cli.simulate.values import Demand, Literal, Unsatisfiable, Variables, find_values, type_of
from spara_cli.simulate.world import run_case
from spara_cli.steps import ConditionStep
from spara_cli.steps.call_phone import CALL_OUTCOMES, CallPhoneStep
from spara_cli.steps.condition import NO_BRANCH
from spara_cli.steps.wait import WaitStep
from spara_cli.steps.wait_for import WaitForStep

NAME = "happy path"
USUAL: Mapping[str, FieldValue] = {
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "phone_number": "+12125550100",
    "company_name": "Example Inc.",
    "job_title": "Head of Growth",
    "num_employees": 120,
    "sales_rep_name": "Grace Hopper",
    "salesforce_assigned_sales_rep_email": "grace@example.com",
}
"""A lead that no step has to skip; values change as the criteria ask."""

_CHANGED_FIELD = "job_title"  # what changes to let a lead in through `on: lead_updated`
_EVENT_SOON = timedelta(minutes=1)
_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}
_CALL_TYPES = {"duration": FieldType.NUMBER}

Spot = tuple[str, str]
"""A place on the path: the step's id, and what is asked there."""


@dataclass(frozen=True, slots=True)
class HappyPath:
    """The case and what came of it. `notes` say what could not be met; `problem` why the lead cannot enter."""

    setup: Setup
    run: Run
    notes: tuple[str, ...] = ()
    problem: str | None = None


def happy_path(subject: Subject, start: datetime, overrides: Mapping[str, FieldValue | None]) -> HappyPath:
    """Make a lead, walk it, and mend it until it stays on the path. `overrides` are fields that stay as given."""
    return _Walker(subject, start, overrides).walk()


def read_override(subject: Subject, name: str, text: str) -> FieldValue | None:
    """The VALUE of `--set FIELD=VALUE`, by the field's type; blank means missing. Raises FieldTypeError.

    A field without a declared type has the one that the playbook's criteria on it fit, else it is text.
    """
    if is_missing(text):
        return None
    types = {**SYSTEM_FIELDS, **_types_in_criteria(subject), **subject.types}
    return coerce_text(text, types.get(name, FieldType.STRING), subject.rules.zone, field=name)


@dataclass(slots=True)
class _Walker:
    """What has been asked so far, and what was given up."""

    subject: Subject
    start: datetime
    overrides: Mapping[str, FieldValue | None]
    demands: dict[Spot, Demand] = field(default_factory=dict)
    events: dict[str, datetime] = field(default_factory=dict)
    given_up: set[Spot] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def walk(self) -> HappyPath:
        self.demands.update(self._of_trigger())
        values: dict[str, FieldValue | None] = {}
        try:
            values = self._solve()
        except Unsatisfiable as error:
            problem = f"no lead can be made that enters: {error}"
            setup = self._setup(values)
            return HappyPath(setup, run_case(self.subject, setup), (), problem)
        # Each round settles one place for good, so there are no more rounds than places to ask at.
        for _ in range(4 * len(self.subject.steps) + 1):
            setup = self._setup(values)
            run = run_case(self.subject, setup)
            if not self._mend(run):
                break
            values = self._solve()
        entered = any(entry.kind == "entered" for entry in run.entries)
        for entry in run.entries:
            if entry.kind == "blocked":
                self.notes.append(f"`{entry.step}` is blocked ({entry.reason}), so the path ends there")
        stopped = None if entered or self.overrides else "the lead made for the trigger does not enter"
        return HappyPath(setup, run, tuple(self.notes), stopped)

    # --- what is asked ----------------------------------------------------------------------------------

    def _of_trigger(self) -> Iterator[tuple[Spot, Demand]]:
        """The criteria for entry."""
        trigger, roots = self.subject.workflow.trigger, {"event": "event"}
        if trigger.where is not None:
            yield ("", "trigger"), Demand(trigger.where, self.start, "the trigger", roots)
        reentry = self.subject.program.trigger.reentry
        if reentry.mode == "per_key":
            name = f"event.{reentry.key}" if trigger.on is not None else reentry.key
            where = Criterion(field=name, op="is_defined")
            yield ("", "reentry"), Demand(where, self.start, "`reentry`", roots)

    def _mend(self, run: Run) -> bool:
        """Ask for what would have kept the lead on the path where it first left it; whether there was anything."""
        last = {"call": "", "event": "event"}
        for entry in run.entries:
            if entry.kind == "called" and entry.step is not None:
                last["call"] = f"call {entry.step}"
            if entry.visit <= 1 and entry.step is not None and self._mend_at(entry, last):
                return True
            step = self.subject.steps.get(entry.step or "")
            if isinstance(step, WaitForStep) and entry.kind == "event":
                last["event"] = f"event {entry.step}"
        return False

    def _mend_at(self, entry: Entry, last: Mapping[str, str]) -> bool:
        identity, step = str(entry.step), self.subject.steps.get(str(entry.step))
        roots = {"last_call": last["call"], "event": last["event"]}
        if isinstance(step, WaitForStep) and entry.kind == "waiting":
            return self._send_event(identity, step, entry, {**roots, "event": f"event {identity}"})
        if isinstance(step, ConditionStep) and (entry.kind == "branch" or entry.reason == NO_BRANCH):
            first = step.branches[0]
            if first.when is not None and entry.outcome != first.name:
                because = f"branch `{first.name}` of `{identity}`"
                return self._ask((identity, "branch"), Demand(first.when, entry.at, because, roots))
        if step is not None and entry.kind == "skipped" and entry.reason == "only_if" and step.only_if is not None:
            return self._ask((identity, "only_if"), Demand(step.only_if, entry.at, f"`only_if` of `{identity}`", roots))
        if isinstance(step, WaitStep) and entry.reason == "no_date" and step.until_field is not None:
            where = Criterion(field=step.until_field, op="within_next", value="30 days")
            return self._ask((identity, "date"), Demand(where, entry.at, f"`until_field` of `{identity}`", roots))
        return False

    def _ask(self, spot: Spot, demand: Demand) -> bool:
        """Add a demand, unless it is in vain; whether it changes what the lead will be."""
        if spot in self.given_up:
            return False
        before = self.demands.get(spot)
        if before is not None and before.now == demand.now:
            del self.demands[spot]
            given = self.overrides.keys() & {criterion.field for criterion in criteria_of(demand.where)}
            why = f"`{min(given)}` is as given" if given else "a value it needs is another by then"
            return self._give_up(spot, f"{demand.because} is not met: {why}")
        self.demands[spot] = demand
        try:
            self._solve()
        except Unsatisfiable as error:
            del self.demands[spot]
            if before is not None:
                self.demands[spot] = before
            return self._give_up(spot, f"{demand.because} is not met: {error}")
        return True

    def _give_up(self, spot: Spot, note: str) -> bool:
        self.given_up.add(spot)
        self.notes.append(note)
        return True

    def _send_event(self, identity: str, step: WaitForStep, entry: Entry, roots: Mapping[str, str]) -> bool:
        """Let the event come that a `wait_for` waits for."""
        if identity in self.events:
            return False
        soon = _EVENT_SOON if entry.until is None else min(_EVENT_SOON, (entry.until - entry.at) / 2)
        self.events[identity] = entry.at + soon
        if step.match is not None:
            self._ask((identity, "match"), Demand(step.match, entry.at + soon, f"`match` of `{identity}`", roots))
        return True

    # --- what is made of it -----------------------------------------------------------------------------

    def _solve(self) -> dict[str, FieldValue | None]:
        subject = self.subject
        calls = {name: step for name, step in subject.steps.items() if isinstance(step, CallPhoneStep)}
        choices = {f"call {name}.outcome": tuple(sorted(CALL_OUTCOMES)) for name in calls}
        types = {f"call {name}.{key}": type for name in calls for key, type in _CALL_TYPES.items()}
        usual = {**USUAL, **{f"call {name}.outcome": "answered" for name in calls}}
        types = {**SYSTEM_FIELDS, **types, **subject.types}
        known = Variables(types, usual, self.overrides, choices, subject.rules.zone)
        try:
            return find_values(self.demands.values(), known)
        except Unsatisfiable:
            if not self.overrides:
                raise
        # Whoever sets a value wants to see what comes of it: criteria on it are left as they turn out.
        return find_values(self.demands.values(), known, past_fixed=True)

    def _setup(self, values: Mapping[str, FieldValue | None]) -> Setup:
        fields: dict[str, FieldValue | None] = {**USUAL}
        calls: dict[str, dict[str, object]] = {}
        data: dict[str, dict[str, object]] = {}
        for variable, value in values.items():
            root, dot, key = variable.partition(".")
            if dot and root.startswith("call "):
                calls.setdefault(root.removeprefix("call "), {})[key] = value
            elif dot and root.startswith("event"):
                _put(data.setdefault(root.removeprefix("event").strip(), {}), key, value)
            else:
                fields[variable] = value
        fields |= self.overrides
        replies = {step: reply for step, answer in calls.items() if (reply := self._reply(step, answer))}
        script = [*self._entry_event(fields, data.get("", {}))]
        for step, at in self.events.items():
            awaited = self.subject.steps[step]
            if isinstance(awaited, WaitForStep):
                script.append(Scripted(at, Happened(awaited.event, data.get(step, {}))))
        script.sort(key=lambda item: item.at)
        return Setup(self.start, self._lead(fields), replies, tuple(script))

    def _entry_event(self, fields: dict[str, FieldValue | None], data: Mapping[str, object]) -> Iterator[Scripted]:
        """The event that lets the lead in, where the trigger names one."""
        on = self.subject.workflow.trigger.on
        if on == "lead_updated":
            value = fields.pop(_CHANGED_FIELD, None)
            yield Scripted(self.start, FieldsChange({_CHANGED_FIELD: value or USUAL[_CHANGED_FIELD]}))
        elif on is not None and on != "lead_created":
            yield Scripted(self.start, Happened(on, data))

    def _reply(self, step: str, answer: Mapping[str, object]) -> tuple[Reply, ...]:
        given = {key: value for key, value in answer.items() if value is not None}
        try:
            return read_replies(self.subject.steps[step], given)
        except MisfitError as error:
            self.notes.append(f"the call of `{step}` cannot be answered as later criteria ask: {error}")
            return ()

    def _lead(self, fields: Mapping[str, FieldValue | None]) -> Lead:
        system = {name: fields[name] for name in SYSTEM_FIELDS if fields.get(name) is not None}
        own = {name: value for name, value in fields.items() if name not in SYSTEM_FIELDS and value is not None}
        zone = self.subject.rules.zone
        instants = {name: parse_instant(str(value), zone) for name, value in system.items() if name != "id"}
        created = instants.get("created_at", self.start)
        active = instants.get("last_active_at", self.start)
        return Lead(str(system.get("id", LEAD_ID)), own, created, instants.get("updated_at", created), active)


def _put(data: dict[str, object], key: str, value: object) -> None:
    """Store a value under a dotted key, as nested mappings."""
    first, dot, rest = key.partition(".")
    if not dot:
        data[first] = value
        return
    inner = data.setdefault(first, {})
    if isinstance(inner, dict):
        _put(inner, rest, value)


def _types_in_criteria(subject: Subject) -> dict[str, FieldType]:
    """The type of each undeclared field that the criteria of the playbook leave only one for."""
    wheres = [subject.workflow.trigger.where, *(step.only_if for step in subject.steps.values())]
    for step in subject.steps.values():
        if isinstance(step, ConditionStep):
            wheres += [branch.when for branch in step.branches]
    if subject.workflow.settings.goal is not None:
        wheres.append(subject.workflow.settings.goal.where)
    nothing = Variables({}, {}, {}, {}, subject.rules.zone)
    by_field: dict[str, list[Literal]] = {}
    for where in wheres:
        for criterion in criteria_of(where):
            demand = Demand(criterion, parse_instant("2026-01-01", subject.rules.zone), "")
            by_field.setdefault(criterion.field, []).append(Literal(criterion, True, demand))
    found = {name: type_of(name, literals, nothing) for name, literals in by_field.items()}
    # Where an integer would fit, any number does; of several others none is certain.
    return {name: types[-1] for name, types in found.items() if len(types) == 1 or set(types) == _NUMBERS}
