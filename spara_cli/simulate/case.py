"""A case meets its workflow: everything it names is looked up and checked, and becomes a `Setup` to run.

The one thing to know: a mistake in a test file is a located diagnostic here, never a surprise while the case
runs: an unknown step, an answer that step cannot get, a value of another type than its field's (SPEC L2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from spara_cli.diagnostics import Diagnostic, Severity, suggestion
from spara_cli.engine.compile import compile_workflow
from spara_cli.engine.program import Program
from spara_cli.model.event import Happened
from spara_cli.model.fieldtypes import FieldTypeError, check_value, field_name_problem, infer_type
from spara_cli.model.lead import SYSTEM_FIELDS, FieldType, FieldValue, Lead, is_missing
from spara_cli.model.localtime import parse_instant
from spara_cli.model.rules import Rules
from spara_cli.playbook.reading import Path
from spara_cli.playbook.source import Source
from spara_cli.playbook.workflow import Workflow, step_id, walk
from spara_cli.simulate.reply import MisfitError, Reply, read_replies, takes_answers
from spara_cli.simulate.testfile import Action, Case, Given, Happening
from spara_cli.steps import BaseStep
from spara_cli.steps.api import ApiStep
from spara_cli.steps.prompt import PromptStep

DRAFT_VERSION = 1
"""The version a draft has while it is tested."""
LEAD_ID = "test-lead"


@dataclass(frozen=True, slots=True)
class Subject:
    """The workflow under test, compiled, with the rules it runs under.

    `types` are the types of fields that are fixed before any value comes: declared, or given by an extract.
    """

    workflow: Workflow
    program: Program
    rules: Rules
    steps: Mapping[str, BaseStep]
    types: Mapping[str, FieldType]


@dataclass(frozen=True, slots=True)
class FieldsChange:
    """The lead's fields change; None removes one."""

    values: Mapping[str, FieldValue | None]


@dataclass(frozen=True, slots=True)
class Scripted:
    """What happens at an instant because the case says so."""

    at: datetime
    what: Happened | FieldsChange | Action


@dataclass(frozen=True, slots=True)
class Setup:
    """A case made ready: the start, the lead, the world's answers by step, and the script in order of time."""

    start: datetime
    lead: Lead
    replies: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    script: tuple[Scripted, ...] = ()


def subject_of(workflow: Workflow, rules: Rules) -> Subject:
    """The workflow compiled for its tests; it must have no error (KeyError for a target that does not exist)."""
    steps = {step_id(path, step): step for path, step in walk(workflow.steps)}
    extracted = {
        item.name: item.type
        for step in steps.values()
        if isinstance(step, ApiStep | PromptStep)
        for item in step.extract
    }
    types = {**extracted, **rules.field_types}
    return Subject(workflow, compile_workflow(workflow, DRAFT_VERSION, rules.zone), rules, steps, types)


def prepare(case: Case, at: Path, subject: Subject, source: Source) -> tuple[Setup | None, list[Diagnostic]]:
    """The case at path `at` of its file, ready to run; or None, and what is wrong with it."""
    reader = _Reader(subject, source)
    setup = reader.setup(case, at)
    is_wrong = any(found.severity is Severity.ERROR for found in reader.found)
    return (None if is_wrong else setup), reader.found


class _Reader:
    """Reads one case; `found` is everything wrong with it."""

    def __init__(self, subject: Subject, source: Source) -> None:
        self.subject, self.source = subject, source
        self.zone = subject.rules.zone
        self.types = dict(subject.types)
        self.found: list[Diagnostic] = []

    def setup(self, case: Case, at: Path) -> Setup:
        start = parse_instant(case.given.at, self.zone)
        lead = self._lead(case.given, start, (*at, "given", "lead"))
        replies = self._replies(case.given.answers, (*at, "given", "answers"))
        script = self._script(case.when, start, (*at, "when"))
        lists = {"expect": case.expect, "expect_exactly": case.expect_exactly or [], "never": case.never}
        for key, expectations in lists.items():
            for number, expectation in enumerate(expectations):
                if expectation.step is not None:
                    self._known_step(expectation.step, (*at, key, number, "step"))
        return Setup(start, lead, replies, script)

    def _refuse(self, path: Path, rule: str, message: str, help: str | None = None, *, key: bool = False) -> None:
        span = self.source.key_span(path) if key else self.source.span(path)
        self.found.append(Diagnostic(self.source.path, span, rule, message, help=help))

    def _known_step(self, name: str, path: Path, severity: Severity = Severity.ERROR) -> BaseStep | None:
        step = self.subject.steps.get(name)
        if step is None:
            message = f"`{self.subject.program.workflow}` has no step `{name}`"
            span = self.source.key_span(path) if severity is Severity.WARNING else self.source.span(path)
            help = suggestion(name, self.subject.steps)
            self.found.append(Diagnostic(self.source.path, span, "unknown-step", message, severity, help))
        return step

    # --- the lead ---------------------------------------------------------------------------------------

    def _lead(self, given: Given, start: datetime, at: Path) -> Lead:
        own = {name: value for name, value in given.lead.items() if name in SYSTEM_FIELDS}
        others = {name: value for name, value in given.lead.items() if name not in SYSTEM_FIELDS}
        instants = {name: self._instant(value, start, (*at, name)) for name, value in own.items() if name != "id"}
        identity = own.get("id", LEAD_ID)
        if not isinstance(identity, str) or is_missing(identity):
            self._refuse((*at, "id"), "wrong-field-type", "a lead's `id` is text")
            identity = LEAD_ID
        fields = {name: value for name, value in self._values(others, at).items() if value is not None}
        created = instants.get("created_at", start)
        return Lead(
            identity, fields, created, instants.get("updated_at", created), instants.get("last_active_at", start)
        )

    def _instant(self, value: object, start: datetime, path: Path) -> datetime:
        try:
            return parse_instant(value if isinstance(value, str) else "", self.zone)
        except ValueError as error:
            self._refuse(path, "wrong-field-type", str(error))
            return start

    def _values(self, values: Mapping[str, Any], at: Path) -> dict[str, FieldValue | None]:
        """Fields as the store would keep them; the first value of an undeclared field fixes its type (L2)."""
        kept: dict[str, FieldValue | None] = {}
        for name, value in values.items():
            path = (*at, name)
            problem = field_name_problem(name)
            if problem is not None:
                self._refuse(path, "invalid-field-name", f"the name `{name}` {problem}", key=True)
            elif is_missing(value):
                kept[name] = None
            else:
                self._value(name, value, path, kept)
        return kept

    def _value(self, name: str, value: object, path: Path, kept: dict[str, FieldValue | None]) -> None:
        try:
            type = self.types.get(name) or infer_type(value, field=name)
            kept[name] = check_value(name, value, type, self.zone)
        except FieldTypeError as error:
            self._refuse(path, "wrong-field-type", str(error), "a field's type never changes once it is set")
            return
        self.types.setdefault(name, type)

    # --- the world --------------------------------------------------------------------------------------

    def _replies(self, answers: Mapping[str, Any], at: Path) -> dict[str, tuple[Reply, ...]]:
        replies: dict[str, tuple[Reply, ...]] = {}
        for name, raw in answers.items():
            # An answer nobody asks for does no harm: one set of answers may serve several versions.
            step = self._known_step(name, (*at, name), Severity.WARNING)
            if step is None:
                continue
            if not takes_answers(step):
                message = f"`{name}` is a `{step.type}` step: it asks the outside world for nothing"
                self._refuse((*at, name), "wrong-answer", message, key=True)
                continue
            try:
                replies[name] = read_replies(step, raw)
            except MisfitError as error:
                self._refuse((*at, name, *error.path), "wrong-answer", error.message, error.help)
        return replies

    def _script(self, happenings: list[Happening], start: datetime, at: Path) -> tuple[Scripted, ...]:
        """What happens, in order of time; at one instant, in the order of the file."""
        timed = []
        for number, happening in enumerate(happenings):
            instant = start + happening.after if happening.after is not None else start
            if happening.at is not None:
                instant = parse_instant(happening.at, self.zone)
            if instant < start:
                self._refuse((*at, number, "at"), "invalid-instant", "this is before the case begins, at `given.at`")
            timed.append((instant, number, happening))
        timed.sort(key=lambda item: item[:2])
        return tuple(Scripted(instant, self._what(happening, (*at, number))) for instant, number, happening in timed)

    def _what(self, happening: Happening, at: Path) -> Happened | FieldsChange | Action:
        if happening.event is not None:
            return Happened(happening.event, happening.data)
        if happening.do is not None:
            return happening.do
        return FieldsChange(self._values(happening.set or {}, (*at, "set")))
