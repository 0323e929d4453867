"""The messages of a workflow as one lead would get them, rendered and sent to nobody [Spara's Preview].

The one thing to know: what a lead gets is made by the engine's own steps and `render`; the only difference is
that a value which is missing, and whose absence the author did not provide for, stands as a visible mark.
Windows, caps and suppressions are not asked: this is about words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from spara_cli.engine.facts import Facts, scope_of
from spara_cli.engine.program import END
from spara_cli.engine.render import Rendered, render
from spara_cli.model.effect import CallApi, Notify, PlaceCall, RunPrompt, SendEmail, SendText
from spara_cli.model.event import Happened
from spara_cli.model.lead import FieldValue, Lead, is_missing
from spara_cli.model.message import Message
from spara_cli.model.predicate import lookup
from spara_cli.model.rules import Agent, Rules
from spara_cli.model.template import TemplateError, Variable, compile_template
from spara_cli.model.transition import Block, Deliver, Skip, Transition, View
from spara_cli.playbook.workflow import Workflow, step_id, walk
from spara_cli.simulate.case import subject_of
from spara_cli.simulate.happy_path import happy_path
from spara_cli.steps import BaseStep, Place

PREVIEWED = ("send_email", "send_text", "call_phone", "notify", "api", "prompt")
"""The step types that have something to show."""
STAND_IN: Mapping[str, str] = {
    "email": "lead@example.invalid",
    "phone_number": "+12125550100",
    "salesforce_assigned_sales_rep_email": "rep@example.invalid",
}
"""What lets a step be shown that this very lead would skip; never part of a message."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one step would send to one lead.

    `missing` are the names without a value that the author did not provide for, whether or not the text shows
    a mark for each. `skip` says why this lead would skip the step, `block` why the step would wait for somebody to
    mend the configuration. `message` is None, and `problem` says why, when a template cannot be rendered.
    """

    id: str
    step: BaseStep
    message: Message | None
    missing: tuple[str, ...] = ()
    skip: str | None = None
    block: str | None = None
    problem: str | None = None


def marked(name: str) -> str:
    """What stands in a text for a value that is missing."""
    return f"⟨{name} is missing⟩"


def example_lead(
    workflow: Workflow, rules: Rules, now: datetime, overrides: Mapping[str, FieldValue | None]
) -> tuple[Lead, dict[str, Any]]:
    """A lead that would enter and take the first branches, and what it would bring along (`event`) (V2).

    `overrides` are fields that stay as given, None for one that is missing.
    """
    setup = happy_path(subject_of(workflow, rules), now, overrides).setup
    data = next((each.what.data for each in setup.script if isinstance(each.what, Happened)), None)
    return setup.lead, {"event": data} if workflow.trigger.on is not None and data is not None else {}


def previews(
    workflow: Workflow, facts: Facts, memory: Mapping[str, Any], now: datetime, *, step: str | None = None
) -> Iterator[Preview]:
    """The previews of every step that sends or asks something, in reading order; or of the one named `step`.

    `memory` is what an enrollment has by then (`event`, `last_call`); `now` is an aware UTC instant.
    """
    for path, each in walk(workflow.steps):
        identity = step_id(path, each)
        if each.type in PREVIEWED and step in (None, identity):
            yield _preview(identity, each, workflow.workflow, facts, memory, now)


def _preview(
    identity: str, step: BaseStep, workflow: str, facts: Facts, memory: Mapping[str, Any], now: datetime
) -> Preview:
    scope = scope_of(facts, memory)
    missing = tuple(dict.fromkeys(name for name, _ in _missing(step, scope)))
    start = _start(step, identity, workflow, facts, scope, now)
    effect = _effect(_with_marks(step, scope), identity, workflow, facts, now)
    if effect is None:
        return Preview(identity, step, None, missing, problem="the step sends nothing")
    try:
        message = render(effect, facts, memory, scope)
    except TemplateError as error:
        return Preview(identity, step, None, missing, problem=str(error))
    skip = start.reason if isinstance(start, Skip) else None
    block = start.reason if isinstance(start, Block) else None
    return Preview(identity, step, message, missing, skip, block)


def _start(
    step: BaseStep, identity: str, workflow: str, facts: Facts, scope: Mapping[str, Any], now: datetime
) -> Transition:
    """What the step does for this lead, as the engine would start it."""
    place = Place(identity, END, (), lambda target: END, facts.rules.zone, workflow)
    return step.compile(place).start(View(facts.lead, scope, facts.rules, now, now, 1, 0))


def _effect(step: BaseStep, identity: str, workflow: str, facts: Facts, now: datetime) -> Rendered | None:
    """What the step would ask to be delivered to a lead that can be reached, whatever this one is like."""
    agent = getattr(step, "agent", None)
    agents = {**facts.rules.agents, agent: Agent(agent, STAND_IN["phone_number"])} if agent else facts.rules.agents
    reachable = Facts(
        replace(facts.lead, fields={**facts.lead.fields, **STAND_IN}), replace(facts.rules, agents=agents)
    )
    move = _start(step, identity, workflow, reachable, scope_of(reachable, {}), now)
    if isinstance(move, Deliver) and isinstance(
        move.effect, SendEmail | SendText | PlaceCall | Notify | CallApi | RunPrompt
    ):
        return move.effect
    return None


# --- what is missing ---------------------------------------------------------------------------------------


def _missing(step: BaseStep, scope: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Each name a template of the step asks for in vain, with the template's path below the step."""
    for path, text in step.templates():
        for variable in compile_template(text).variables:
            if _is_missing(variable, scope):
                yield variable.name, path


def _is_missing(variable: Variable, scope: Mapping[str, Any]) -> bool:
    return not variable.guarded and is_missing(lookup(variable.name)(scope))


def _with_marks(step: BaseStep, scope: Mapping[str, Any]) -> BaseStep:
    """The step with a default text, the mark, behind every output of a missing value."""
    templates = dict(step.templates())
    texts = {path: _with_defaults(templates[path], scope) for _, path in _missing(step, scope)}
    if not texts:
        return step
    data = step.model_dump(mode="json", by_alias=True)
    for path, text in texts.items():
        place: Any = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = text
    given = {key: value for key, value in data.items() if value is not None}
    return type(step).model_validate_json(json.dumps(given), strict=True, by_alias=True, by_name=False)


def _with_defaults(text: str, scope: Mapping[str, Any]) -> str:
    """A template's source with marks; one that would not compile with them stays as it is."""
    source = text
    # From the end, so that the places before it stay where they are.
    for variable in sorted(compile_template(text).variables, key=lambda each: each.position, reverse=True):
        at, end = _offset(text, variable), _offset(text, variable) + len(variable.name)
        is_output = text[:at].rstrip().removesuffix("-").endswith("{{") and text[at:end] == variable.name
        if is_output and _is_missing(variable, scope):
            source = f'{source[:end]} | default: "{marked(variable.name)}"{source[end:]}'
    try:
        compile_template(source)
    except TemplateError:
        return text
    return source


def _offset(text: str, variable: Variable) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: variable.position.line - 1]) + variable.position.column - 1
