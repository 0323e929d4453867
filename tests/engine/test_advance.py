"""`advance` is total: whatever happens in whatever order, it answers, and its invariants hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.engine.advance import Advance, advance, begin
from spara_cli.engine.compile import compile_workflow
from spara_cli.engine.facts import Facts, after
from spara_cli.engine.program import Program
from spara_cli.model.effect import Attempt
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.event import Answered, Changed, Due, Ended, Event, Happened, Paused, Resumed
from spara_cli.model.lead import Lead
from spara_cli.model.outcome import Misconfigured, Refused, Sent, Unavailable, Unknown
from spara_cli.model.rules import Agent, Rules
from spara_cli.model.window import parse_window
from spara_cli.playbook.workflow import Workflow

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
RULES = Rules(
    agents={"sdr": Agent("sdr", "+12125550199")}, windows={"text": parse_window({"mon-fri": ["09:00-17:00"]})}
)
EVERY_STEP = [
    {"id": "mail", "type": "send_email", "subject": "Hi {{ first_name }}", "body": "x", "on": {"failed": "text"}},
    {"id": "pause", "type": "wait", "for": "1 day"},
    {"id": "morning", "type": "time_of_day", "at": "09:30", "days": ["mon-fri"]},
    {"id": "dial", "type": "call_phone", "agent": "sdr", "retry": {"attempts": 3, "every": "1 hour"}},
    {"id": "note", "type": "notify", "channel": "sales", "body": "x"},
    {"id": "ask", "type": "api", "url": "https://a.test", "extract": [{"name": "score", "type": "integer", "path": "s"}]},
    {
        "id": "tier",
        "type": "condition",
        "otherwise": "stay",
        "branches": [
            {
                "name": "Hot",
                "when": [{"field": "score", "op": "at_least", "value": 5}],
                "steps": [{"id": "think", "type": "prompt", "instructions": "x"}],
            },
            {"name": "Called", "when": [{"field": "last_call.outcome", "op": "is_defined"}]},
        ],
    },
    {"id": "visit", "type": "wait_for", "event": "page_visited", "timeout": "2 days", "on": {"happened": "mark"}},
    {"id": "half", "type": "split", "branches": [{"name": "A"}, {"name": "B"}]},
    {"id": "mark", "type": "update_lead", "set": {"stage": "seen {{ first_name }}"}},
    {"id": "also", "type": "enroll", "workflow": "other"},
    {"id": "text", "type": "send_text", "body": "x", "max_visits": 4},
    {"id": "again", "type": "goto", "step": "pause"},
]  # fmt: skip


def program_of(steps: list[dict[str, Any]], **keys: Any) -> Program:
    content = json.dumps({"workflow": "w", "steps": steps, **keys})
    return compile_workflow(Workflow.model_validate_json(content), 1, ZONE)


def facts_of(**fields: Any) -> Facts:
    return Facts(
        Lead("L1", {"email": "a@b.test", "phone_number": "+12125550100", **fields}, START, START, START), RULES
    )


PROGRAM = program_of(EVERY_STEP)
ANSWERS = st.sampled_from(
    [
        Sent("sent"),
        Sent("no_answer", {"disposition": "later"}),
        Sent("answered", {"duration": 3}),
        Sent("success", {}, {"score": 7}),
        Refused("550", "gone", bounce=True),
        Refused("400"),
        Unavailable("503"),
        Unavailable("429", retry_after=5),
        Unavailable("interrupted", at_once=True),
        Misconfigured("credentials_refused"),
        Unknown("time-out"),
    ]
)
EVENTS = st.one_of(
    st.just(Due()),
    st.just(Changed()),
    st.just(Paused()),
    st.builds(lambda hours: Resumed(START - timedelta(hours=hours)), st.integers(0, 100)),
    st.builds(Ended, st.just("removed")),
    st.builds(
        Answered, st.sampled_from(["mail", "dial", "text", "gone"]), st.integers(0, 3), st.integers(0, 3), ANSWERS
    ),
    st.builds(
        Happened,
        st.sampled_from(
            ["email_reply", "text_reply", "stop", "unsubscribe", "bounce", "page_visited", "complaint", "x"]
        ),
        st.sampled_from([{}, {"body": "STOP"}, {"channel": "email"}, {"channel": 7}, {"body": ["x"]}]),
    ),
)


def check(step: Advance, before: Enrollment) -> None:
    now = step.enrollment
    attempts = [effect for effect in step.effects if isinstance(effect, Attempt)]
    assert len(attempts) <= 1
    assert (now.state is State.IN_FLIGHT) == bool(attempts) or before.state is State.IN_FLIGHT
    assert (now.due_at is None) == (
        now.state in (State.BLOCKED, State.FINISHED) or (now.state is State.AWAITING and now.due_at is None)
    )
    assert (now.finished_at is not None) == (now.state is State.FINISHED)
    if before.state is State.FINISHED:
        assert now.state is State.FINISHED
        assert attempts == []
    if before.frozen and now.frozen:
        assert attempts == []
    assert now.revision == before.revision + 1


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(EVENTS, ANSWERS, st.integers(0, 100)), max_size=40))
def test_any_story_is_answered_and_no_attempt_is_made_twice(story: list[tuple[Event, Any, int]]) -> None:
    facts, now = facts_of(first_name="Ada"), START
    step = begin(PROGRAM, Enrollment(1, "w", "L1", 1, START), facts, now, {})
    made: set[tuple[str, int, int]] = set()
    for event, answer, hours in story:
        for effect in step.effects:
            if isinstance(effect, Attempt):
                key = (effect.step, effect.visit, effect.attempt)
                assert key not in made
                made.add(key)
        facts, now = after(facts, step.effects), now + timedelta(hours=hours)
        before = step.enrollment
        if before.state is State.IN_FLIGHT and hours % 2:
            event = Answered(before.step or "", before.visit, before.attempt, answer)
        step = advance(PROGRAM, before, facts, event, now)
        check(step, before)


def test_goals_are_asked_before_each_step() -> None:
    """X2: a goal that is true on entry ends it before the first step."""
    goal = {"where": [{"field": "stage", "op": "equals", "value": "won"}]}
    program = program_of([{"id": "note", "type": "notify", "channel": "c", "body": "x"}], settings={"goal": goal})
    step = begin(program, Enrollment(1, "w", "L1", 1, START), facts_of(stage="WON"), START, {})
    assert [(entry.kind, entry.reason) for entry in step.entries] == [("entered", None), ("exited", "goal")]


def test_a_text_outside_its_window_is_held_then_released() -> None:
    """S4: held with the time it ends; then exits are asked again, and it runs."""
    program = program_of([{"id": "text", "type": "send_text", "body": "x"}])
    night = datetime(2026, 3, 3, 3, tzinfo=UTC)
    held = begin(program, Enrollment(1, "w", "L1", 1, night), facts_of(), night, {})
    opening = datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert (held.enrollment.state, held.enrollment.due_at, held.enrollment.reason) == (State.HELD, opening, "window")
    step = advance(program, held.enrollment, facts_of(), Due(), opening)
    assert [entry.kind for entry in step.entries] == ["released"]
    assert step.enrollment.state is State.IN_FLIGHT


def test_late_channel_steps_hold_until_the_next_window_starts() -> None:
    """P6: six hours late and inside the window, it still waits for the next start."""
    program = program_of([{"id": "text", "type": "send_text", "body": "x"}])
    due = datetime(2026, 3, 3, 14, tzinfo=UTC)
    waiting = Enrollment(1, "w", "L1", 1, START, step="text", due_at=due)
    step = advance(program, waiting, facts_of(), Due(), due + timedelta(hours=7))
    assert (step.enrollment.state, step.enrollment.reason) == (State.HELD, "late")
    assert step.enrollment.due_at == datetime(2026, 3, 4, 14, tzinfo=UTC)


def test_splits_follow_their_weights() -> None:
    branches = [{"name": "A", "weight": 3}, {"name": "B", "weight": 1}]
    program = program_of([{"id": "half", "type": "split", "branches": branches}])
    taken = []
    for number in range(2000):
        lead = Lead(f"L{number}", {}, START, START, START)
        step = begin(program, Enrollment(1, "w", lead.id, 1, START), Facts(lead, RULES), START, {})
        taken.append(step.entries[1].outcome)
    assert 1400 < taken.count("A") < 1600


def test_the_branches_of_a_condition_rejoin_at_its_next() -> None:
    """S7: `next` of a condition is where its branches come together again."""
    inner = {"id": "inner", "type": "update_lead", "set": {"stage": "x"}}
    steps = [
        {"id": "ask", "type": "condition", "next": "last", "branches": [{"name": "All", "steps": [inner]}]},
        {"id": "passed-over", "type": "end", "outcome": "dropped"},
        {"id": "last", "type": "end", "outcome": "converted"},
    ]
    step = begin(program_of(steps), Enrollment(1, "w", "L1", 1, START), facts_of(), START, {})
    assert (step.enrollment.reason, step.reached) == ("converted", ("ask", "inner", "last"))
