"""The step models against SPEC's step table: the least each type needs, the edges it takes, what it refuses and where.

Steps are validated as a playbook's are, from JSON, strictly and by the names that authors write.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from spara_cli.playbook.workflow import Workflow
from spara_cli.steps import STEP_TYPES, BaseStep, ChannelStep

# The settings that each type cannot do without.
LEAST: dict[str, dict[str, Any]] = {
    "send_email": {"subject": "Hi", "body": "Hello"},
    "send_text": {"body": "Hello"},
    "call_phone": {"agent": "inbound-sdr"},
    "notify": {"channel": "sales", "body": "A visit"},
    "wait": {"for": "2 days"},
    "time_of_day": {"at": "09:30"},
    "condition": {"branches": [{"name": "Everyone"}]},
    "api": {"url": "https://api.example.com/enrich"},
    "prompt": {"instructions": "Classify {{ company_name }}."},
    "wait_for": {"event": "page_visited"},
    "split": {"branches": [{"name": "A"}, {"name": "B"}]},
    "update_lead": {"set": {"stage": "new"}},
    "enroll": {"workflow": "onboarding"},
    "goto": {"step": "hello"},
    "end": {},
}
NEEDED = [(kind, key) for kind, settings in LEAST.items() if kind != "wait" for key in settings]
CALL_AGAIN = {"attempts": 3, "every": "2 days"}


def workflow_of(step: dict[str, Any]) -> Workflow:
    text = json.dumps({"workflow": "trial", "steps": [step]})
    return Workflow.model_validate_json(text, strict=True, by_alias=True, by_name=False)


def read(kind: str, **settings: Any) -> BaseStep:
    return workflow_of({"type": kind, **settings}).steps[0]


def refused(step: dict[str, Any]) -> list[tuple[str, str]]:
    """Each error as the dotted path below the step and the rule, or pydantic's name for the error."""
    with pytest.raises(ValidationError) as caught:
        workflow_of(step)
    found = []
    for error in caught.value.errors():
        assert error["loc"][:2] == ("steps", 0)
        at = (error.get("ctx") or {}).get("at")
        path = [*error["loc"][3:], *([] if at is None else [at])]
        found.append((".".join(map(str, path)), error["type"]))
    return found


def branches(*names: str) -> list[dict[str, Any]]:
    return [{"name": name} for name in names]


# What is taken


def test_every_step_type_is_in_the_table() -> None:
    assert LEAST.keys() == STEP_TYPES.keys()


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_a_step_needs_makes_one_of_its_type(kind: str) -> None:
    step = read(kind, **LEAST[kind])
    assert type(step) is STEP_TYPES[kind]
    assert (step.id, step.next, step.on, step.only_if, step.max_visits) == (None, None, {}, None, None)


@pytest.mark.parametrize(("kind", "key"), NEEDED)
def test_what_a_step_needs_may_not_be_left_out(kind: str, key: str) -> None:
    settings = {name: value for name, value in LEAST[kind].items() if name != key}
    assert refused({"type": kind, **settings}) == [(key, "missing")]


@pytest.mark.parametrize("kind", LEAST)
def test_every_step_takes_the_settings_common_to_all(kind: str) -> None:
    where = {"field": "email", "op": "is_defined"}
    common = {"id": "here", "name": "Here", "description": "Why.", "only_if": where, "next": "end", "max_visits": 3}
    step = read(kind, **LEAST[kind], **common, on={"failed": "end"})
    assert (step.id, step.name, step.description, step.next) == ("here", "Here", "Why.", "end")
    assert (step.on, step.max_visits) == ({"failed": "end"}, 3)
    assert step.only_if is not None


@pytest.mark.parametrize("kind", LEAST)
def test_only_channel_steps_have_a_class_and_it_is_marketing_unless_said_otherwise(kind: str) -> None:
    step = {"type": kind, **LEAST[kind], "class": "transactional"}
    if kind in ("send_email", "send_text", "call_phone"):
        plain, marked = read(kind, **LEAST[kind]), workflow_of(step).steps[0]
        assert isinstance(plain, ChannelStep) and isinstance(marked, ChannelStep)
        assert (plain.is_marketing, marked.is_marketing) == (True, False)
    else:
        assert refused(step) == [("class", "extra_forbidden")]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("wait", {"for": "1 minute"}), ("wait", {"for": "60 seconds"}), ("wait", {"for": "30 days"}),
        ("wait", {"for": "P30D"}), ("wait", {"for": "1 day 12 hours"}),
        ("time_of_day", {"days": ["mon"]}), ("time_of_day", {"days": ["fri-mon", "wed"]}),
        ("time_of_day", {"at": "00:00"}), ("time_of_day", {"at": "23:59", "zone": "lead"}),
        ("split", {"branches": [{"name": "A", "weight": 0.5}, {"name": "B", "weight": 2}, {"name": "C"}]}),
        ("split", {"branches": branches("A", "a")}), ("condition", {"branches": branches("A", "B"), "otherwise": "stay"}),
        ("api", {"url": "http://api.example.com"}), ("api", {"url": "HTTPS://api.example.com"}),
        ("api", {"url": "{{ callback_url }}"}), ("api", {"url": "${env:ENRICH_URL}/v1"}),
        ("api", {"expect_status": [100, 599]}), ("api", {"method": "DELETE", "json": [1, None, {"a": "{{ email }}"}]}),
        ("api", {"extract": [{"name": "score", "type": "integer", "path": "result.score"}]}),
        ("api", {"extract": [{"name": "summary", "describe": "One line."}]}),
        ("prompt", {"extract": [{"name": "intent", "one_of": ["HIGH", "LOW"]}], "tools": ["web_search"]}),
        ("send_email", {"to": ["rep"]}), ("send_email", {"cc": ["rep", "ops@acme.test"], "bcc": ["Ada <ada@acme.test>"]}),
        ("send_email", {"from": "Ada Byron <ada@acme.test>", "reply_to": "ada@acme.test"}),
        ("send_text", {"from": "+12125550199"}),
        ("call_phone", {"retry": {"attempts": 1, "every": "1 hour"}}),
        ("call_phone", {"retry": {"attempts": 20, "every": "1 hour", "on": ["busy"]}}),
        ("update_lead", {"set": {"a": "{{ b }}", "b": True, "c": 1, "d": 1.5, "e": ["x"], "f": None}}),
        ("update_lead", {"set": {"x" * 100: 1, "événement": 1, "eventful": 1}}),
        ("end", {"outcome": "converted"}), ("end", {"outcome": "own_word-2"}), ("end", {"id": "End"}),
        ("end", {"id": "0-a_B"}), ("end", {"max_visits": 10_000}), ("goto", {"step": "end"}),
    ],
    ids=str,
)  # fmt: skip
def test_the_edges_of_what_a_step_may_say_are_taken(kind: str, settings: dict[str, Any]) -> None:
    assert read(kind, **{**LEAST[kind], **settings}).type == kind


def test_a_wait_may_be_until_the_instant_a_field_holds() -> None:
    assert read("wait", until_field="callback_at").model_dump(exclude_none=True)["until_field"] == "callback_at"


def test_a_call_is_tried_again_for_everything_but_an_answer_and_a_failure_unless_said_otherwise() -> None:
    step = read("call_phone", agent="inbound-sdr", retry=CALL_AGAIN).model_dump()
    assert step["retry"]["on"] == ["no_answer", "busy", "voicemail"]


# What is refused, and where


@pytest.mark.parametrize(
    ("settings", "place", "rule"),
    [
        ({}, "", "missing-key"),
        ({"for": "1 day", "until_field": "callback_at"}, "", "missing-key"),
        ({"for": "59 seconds"}, "for", "wait-out-of-range"),
        ({"for": "0 minutes"}, "for", "wait-out-of-range"),
        ({"for": "30 days 1 second"}, "for", "wait-out-of-range"),
        ({"for": "2"}, "for", "invalid-duration"),
        ({"for": 2}, "for", "invalid-duration"),
        ({"for": "1 month"}, "for", "invalid-duration"),
        ({"for": "-1 day"}, "for", "invalid-duration"),
        ({"until_field": ""}, "until_field", "string_too_short"),
        ({"for": "1 day", "for_": "1 day"}, "for_", "extra_forbidden"),
    ],
    ids=str,
)
def test_a_wait_lasts_a_minute_to_thirty_days_and_is_said_in_one_of_two_ways(
    settings: dict[str, Any], place: str, rule: str
) -> None:
    assert refused({"type": "wait", **settings}) == [(place, rule)]


@pytest.mark.parametrize(
    ("kind", "settings", "place", "rule"),
    [
        ("time_of_day", {"days": []}, "days", "too_short"),
        ("time_of_day", {"days": "mon"}, "days", "list_type"),
        ("time_of_day", {"days": ["mon", "Tue"]}, "days", "invalid-day"),
        ("time_of_day", {"days": ["monday"]}, "days", "invalid-day"),
        ("time_of_day", {"days": ["mon-mon"]}, "days", "invalid-day"),
        ("time_of_day", {"at": "9:30"}, "at", "invalid-time"),
        ("time_of_day", {"at": "24:00"}, "at", "invalid-time"),
        ("time_of_day", {"at": 570}, "at", "invalid-time"),
        ("time_of_day", {"zone": "America/New_York"}, "zone", "literal_error"),
        ("split", {"branches": []}, "branches", "too_short"),
        ("split", {"branches": branches("A")}, "branches", "too_short"),
        ("split", {"branches": branches("A", "A")}, "branches.1.name", "duplicate-branch"),
        ("split", {"branches": [{"name": "A", "weight": 0}, {"name": "B"}]}, "branches.0.weight", "greater_than"),
        ("split", {"branches": [{"name": "A", "when": []}, {"name": "B"}]}, "branches.0.when", "extra_forbidden"),
        ("condition", {"branches": []}, "branches", "too_short"),
        ("condition", {"branches": branches("A", "B", "A")}, "branches.2.name", "duplicate-branch"),
        ("condition", {"branches": branches("")}, "branches.0.name", "string_too_short"),
        ("condition", {"branches": branches("x" * 101)}, "branches.0.name", "string_too_long"),
        ("condition", {"branches": [{"name": "A", "weight": 1}]}, "branches.0.weight", "extra_forbidden"),
        ("condition", {"otherwise": "leave"}, "otherwise", "literal_error"),
        ("api", {"url": "ftp://example.com"}, "url", "invalid-url"),
        ("api", {"url": "file:///etc/hosts"}, "url", "invalid-url"),
        ("api", {"url": "api.example.com"}, "url", "invalid-url"),
        ("api", {"url": "https://"}, "url", "invalid-url"),
        ("api", {"url": " https://api.example.com"}, "url", "invalid-url"),
        ("api", {"method": "HEAD"}, "method", "literal_error"),
        ("api", {"method": "get"}, "method", "literal_error"),
        ("api", {"timeout": 30}, "timeout", "invalid-duration"),
        ("api", {"expect_status": [200, 99]}, "expect_status", "invalid-value"),
        ("api", {"expect_status": [600]}, "expect_status", "invalid-value"),
        ("api", {"expect_status": ["200"]}, "expect_status.0", "int_type"),
        ("api", {"expect_status": 200}, "expect_status", "list_type"),
        ("api", {"extract": [{"name": "score"}]}, "extract.0", "missing-key"),
        ("api", {"extract": [{"name": "score", "path": "a", "describe": "b"}]}, "extract.0", "missing-key"),
        ("api", {"extract": [{"name": "score", "path": "a["}]}, "extract.0.path", "invalid-path"),
        ("api", {"extract": [{"name": "id", "path": "a"}]}, "extract.0.name", "invalid-field-name"),
        ("api", {"extract": [{"name": "score", "path": "a", "type": "float"}]}, "extract.0.type", "enum"),
        ("api", {"json": {"deep": [{"text": "{{ email"}]}}, "json.deep.0.text", "template-error"),
        ("prompt", {"extract": [{"name": "score", "path": "a"}]}, "extract.0.path", "extra_forbidden"),
        ("prompt", {"extract": [{"name": "event.score"}]}, "extract.0.name", "invalid-field-name"),
        ("prompt", {"extract": [{"name": "score", "one_of": []}]}, "extract.0.one_of", "too_short"),
        ("prompt", {"tools": ["shell"]}, "tools.0", "literal_error"),
        ("prompt", {"max_cost": 0}, "max_cost", "greater_than"),
        ("send_email", {"to": []}, "to", "too_short"),
        ("send_email", {"to": ["ada@acme.test"]}, "to.0", "literal_error"),
        ("send_email", {"cc": ["rep", "ops@acme"]}, "cc.1", "invalid-address"),
        ("send_email", {"cc": ["lead"]}, "cc.0", "invalid-address"),
        ("send_email", {"bcc": ["a@acme.test, b@acme.test"]}, "bcc.0", "invalid-address"),
        ("send_email", {"bcc": ["<ops@acme.test"]}, "bcc.0", "invalid-address"),
        ("send_email", {"from": "rep"}, "from", "invalid-address"),
        ("send_email", {"from_": "ada@acme.test"}, "from_", "extra_forbidden"),
        ("send_email", {"reply_to": "Ada"}, "reply_to", "invalid-address"),
        ("send_email", {"subject": "Hi {{ first_name"}, "subject", "template-error"),
        ("send_email", {"class": "bulk"}, "class", "literal_error"),
        ("send_text", {"from": "212 555 0199"}, "from", "string_pattern_mismatch"),
        ("send_text", {"body": ""}, "body", "string_too_short"),
        ("notify", {"to": "lead"}, "to", "literal_error"),
        ("call_phone", {"mode": "test"}, "mode", "literal_error"),
        ("call_phone", {"voicemail": "skip"}, "voicemail", "literal_error"),
        ("call_phone", {"retry": {**CALL_AGAIN, "attempts": 0}}, "retry.attempts", "greater_than_equal"),
        ("call_phone", {"retry": {**CALL_AGAIN, "attempts": 21}}, "retry.attempts", "less_than_equal"),
        ("call_phone", {"retry": {**CALL_AGAIN, "attempts": True}}, "retry.attempts", "int_type"),
        ("call_phone", {"retry": {"attempts": 2}}, "retry.every", "missing"),
        ("call_phone", {"retry": {"every": "2 days"}}, "retry.attempts", "missing"),
        ("call_phone", {"retry": {**CALL_AGAIN, "on": []}}, "retry.on", "too_short"),
        ("call_phone", {"retry": {**CALL_AGAIN, "on": ["busy", "answered"]}}, "retry.on.1", "literal_error"),
        ("update_lead", {"set": {}}, "set", "too_short"),
        ("update_lead", {"set": {"id": "7"}}, "set.id", "invalid-field-name"),
        ("update_lead", {"set": {"created_at": None}}, "set.created_at", "invalid-field-name"),
        ("update_lead", {"set": {"event": 1}}, "set.event", "invalid-field-name"),
        ("update_lead", {"set": {"last_call.outcome": 1}}, "set.last_call.outcome", "invalid-field-name"),
        ("update_lead", {"set": {"": 1}}, "set.", "invalid-field-name"),
        ("update_lead", {"set": {" stage": 1}}, "set. stage", "invalid-field-name"),
        ("update_lead", {"set": {"x" * 101: 1}}, f"set.{'x' * 101}", "invalid-field-name"),
        ("update_lead", {"set": {"a\u200bb": 1}}, "set.a\u200bb", "invalid-field-name"),
        ("update_lead", {"set": {"stage": "{{ next"}}, "set.stage", "template-error"),
        ("enroll", {"workflow": "On_Boarding"}, "workflow", "invalid-id"),
        ("wait_for", {"event": ""}, "event", "string_too_short"),
        ("goto", {"step": ""}, "step", "string_too_short"),
        ("end", {"outcome": "Won it"}, "outcome", "string_pattern_mismatch"),
        ("end", {"outcome": "x" * 61}, "outcome", "string_too_long"),
    ],
)  # fmt: skip
def test_what_the_step_table_forbids_is_refused_where_it_stands(
    kind: str, settings: dict[str, Any], place: str, rule: str
) -> None:
    assert refused({"type": kind, **LEAST[kind], **settings}) == [(place, rule)]


@pytest.mark.parametrize("value", [{}, [1], {"a": 1}], ids=str)
def test_a_field_is_set_to_a_plain_value_or_a_list_of_text(value: object) -> None:
    found = refused({"type": "update_lead", "set": {"stage": value}})
    assert all(place.startswith("set.stage.") for place, _ in found)


@pytest.mark.parametrize("id", ["end", "", "-a", "_a", "a b", "a.b", "é", "{{ id }}"])
def test_an_id_is_plain_and_never_the_reserved_word(id: str) -> None:
    assert refused({"type": "end", "id": id}) == [("id", "invalid-id")]


@pytest.mark.parametrize(
    ("kind", "settings", "place"),
    [
        ("end", {"id": "hello\n"}, "id"), ("end", {"id": "end\n"}, "id"), ("end", {"outcome": "converted\n"}, "outcome"),
        ("enroll", {"workflow": "onboarding\n"}, "workflow"), ("send_text", {"from": "+12125550199\n"}, "from"),
        ("time_of_day", {"at": "09:30\n"}, "at"), ("time_of_day", {"days": ["mon\n"]}, "days"),
        ("wait", {"for": "1 day\n"}, "for"), ("update_lead", {"set": {"stage\n": 1}}, "set.stage\n"),
    ],
)  # fmt: skip
def test_a_line_break_at_the_end_is_no_part_of_an_id_a_time_or_a_name(
    kind: str, settings: dict[str, Any], place: str
) -> None:
    assert [at for at, _ in refused({"type": kind, **LEAST[kind], **settings})] == [place]


@pytest.mark.parametrize(
    ("settings", "place", "rule"),
    [
        ({"max_visits": 0}, "max_visits", "greater_than_equal"),
        ({"max_visits": 10_001}, "max_visits", "less_than_equal"),
        ({"max_visits": "3"}, "max_visits", "int_type"),
        ({"next": ""}, "next", "string_too_short"),
        ({"on": {"failed": ""}}, "on.failed", "string_too_short"),
        ({"only_if": {"field": "email", "op": "resembles"}}, "only_if.test.op", "unknown-operator"),
        ({"only_if": []}, "only_if.all.all", "too_short"),
        ({"colour": "red"}, "colour", "extra_forbidden"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", LEAST)
def test_a_wrong_common_setting_is_refused_in_every_step_type(
    kind: str, settings: dict[str, Any], place: str, rule: str
) -> None:
    assert refused({"type": kind, **LEAST[kind], **settings}) == [(place, rule)]


@pytest.mark.parametrize(
    ("step", "rule"),
    [({"type": "send_fax"}, "union_tag_invalid"), ({"type": 1}, "union_tag_invalid"), ({}, "union_tag_not_found")],
)
def test_a_step_has_one_of_the_known_types(step: dict[str, Any], rule: str) -> None:
    assert refused(step) == [("", rule)]


@pytest.mark.parametrize("kind", ["condition", "split"])
def test_the_steps_of_a_branch_are_checked_like_any_others(kind: str) -> None:
    inner = [{"name": "A", "steps": [{"type": "wait"}]}, {"name": "B"}]
    assert refused({"type": kind, "branches": inner}) == [("branches.0.steps.0.wait", "missing-key")]
