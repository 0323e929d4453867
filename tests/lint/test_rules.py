"""Every rule's page is true: its Bad block is found, its Good block is clean; and what the pages cannot show."""

from __future__ import annotations

import re
import sys

import pytest

from spara_cli.diagnostics import Diagnostic
from spara_cli.lint import RULES, Rule
from spara_cli.lint.check import check_playbook
from spara_cli.lint.reading_rules import READING_RULES
from spara_cli.model.lead import FieldType
from spara_cli.model.rules import Agent
from spara_cli.playbook.source import read_source

KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)*")
EVERYONE = "field: id, op: is_defined"
NEIGHBOURS = frozenset({"onboarding"})
AGENTS = {
    "ada": Agent("ada", "+12125550199"),
    "inbound-sdr": Agent("inbound-sdr", "+12125550198"),
    "draft": Agent("draft", "+12125550197", published=False),
    "mute": Agent("mute"),
}
CHANNELS = frozenset({"sales"})


def check(text: str, declared: dict[str, FieldType] | None = None) -> list[Diagnostic]:
    return check_playbook(read_source("p.yaml", text.encode()), declared, NEIGHBOURS, agents=AGENTS, notify=CHANNELS)


def rules(steps: str, head: str = "") -> list[str]:
    found = check(f"workflow: trial\n{head}\nsteps:\n{steps}")
    return [each.rule for each in found if each.rule not in ("missing-modeline", "id-not-explicit")]


def page(rule: Rule) -> str:
    return sys.modules[type(rule).__module__].__doc__ or ""


def blocks(rule: Rule) -> dict[str, list[str]]:
    """The YAML blocks of a page by their heading."""
    found = {}
    for section in re.split(r"^## ", page(rule), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        found[title] = re.findall(r"^```yaml\n(.*?)^```", body, flags=re.DOTALL | re.MULTILINE)
    return found


each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@each_rule
def test_a_page_has_its_headings_in_order(rule: Rule) -> None:
    titles = list(blocks(rule))
    assert titles[:4] == ["What it finds", "Why it matters", "Bad", "Good"]
    assert set(titles[4:]) <= {"Fix safety"}
    assert page(rule).splitlines()[0].endswith(".")


@each_rule
def test_the_bad_block_is_found_and_the_good_one_is_clean(rule: Rule) -> None:
    found = blocks(rule)
    assert found["Bad"] and found["Good"]
    for text in found["Bad"]:
        assert rule.name in [each.rule for each in check(text)]
    for text in found["Good"]:
        assert [each.rule for each in check(text) if each.rule != "missing-modeline"] == []
        assert rule.name not in [each.rule for each in check(text)]


@each_rule
def test_a_finding_has_the_severity_of_its_rule(rule: Rule) -> None:
    for text in blocks(rule)["Bad"]:
        assert {each.severity for each in check(text) if each.rule == rule.name} == {rule.severity}


@each_rule
def test_a_rule_is_named_for_its_file(rule: Rule) -> None:
    assert KEBAB.fullmatch(rule.name)
    assert type(rule).__module__ == f"spara_cli.lint.{rule.name.replace('-', '_')}"


def test_no_two_rules_have_one_name() -> None:
    names = [*(rule.name for rule in RULES), *READING_RULES]
    assert len(set(names)) == len(names)


@each_rule
def test_a_fix_mends_its_finding(rule: Rule) -> None:
    for text in blocks(rule)["Bad"]:
        for found in check(text):
            if found.rule == rule.name and found.fix is not None:
                lines = text.split("\n")
                number, start = found.fix.span.start.line - 1, found.fix.span.start.column - 1
                line, end = lines[number], found.fix.span.end.column - 1
                lines[number] = line[:start] + found.fix.replacement + line[end:]
                assert rule.name not in [each.rule for each in check("\n".join(lines))]


# What the pages do not show


def test_s8_a_loop_that_takes_time_or_has_a_bound_of_its_own_is_no_error() -> None:
    loop = "  - {id: a, type: send_text, body: Hi%s}\n%s  - {id: b, type: goto, step: a}\n"
    assert rules(loop % ("", "")) == ["loop-without-pause"]
    assert rules(loop % (", max_visits: 3", "")) == []
    for pause in ("wait, for: 1 day", 'time_of_day, at: "09:30"', "wait_for, event: x"):
        assert rules(loop % ("", f"  - {{id: p, type: {pause}}}\n")) == []


def test_s8_a_loop_that_a_branch_leaves_around_its_pause_is_an_error() -> None:
    steps = f"""
  - {{id: a, type: send_text, body: Hi}}
  - id: c
    type: condition
    branches:
      - {{name: X, when: {{{EVERYONE}}}, steps: [{{id: p, type: wait, for: 1 day}}]}}
      - {{name: Y}}
  - {{id: b, type: goto, step: a}}
"""
    assert rules(steps) == ["loop-without-pause"]


def test_s10_a_value_used_before_the_step_that_extracts_it_is_an_error() -> None:
    extract = '  - {id: e, type: api, url: "https://a.test", extract: [{name: score, path: s}]}\n'
    use = '  - {id: u, type: send_text, body: "{{ score }}"}\n'
    assert rules(extract + use) == []
    assert rules(use + extract) == ["value-before-it-exists"]
    wait_and_again = "  - {id: w, type: wait, for: 1 day}\n  - {id: g, type: goto, step: u}\n"
    assert rules(use + extract + wait_and_again) == []  # the second time round it is there
    guarded = '  - {id: u, type: send_text, body: "{% if score %}{{ score }}{% endif %}"}\n'
    assert rules(guarded + extract) == []


def test_s10_declared_and_standard_fields_may_come_with_the_lead() -> None:
    text = (
        "workflow: trial\nsteps:\n"
        '  - {id: u, type: send_text, body: "{{ score }} {{ stage }}"}\n'
        '  - {id: e, type: api, url: "https://a.test", extract: [{name: score, path: s}, {name: stage, path: t}]}\n'
    )
    assert [each.rule for each in check(text, {"score": FieldType.STRING})] == ["missing-modeline"]


def test_s12_last_call_is_there_after_a_call_only() -> None:
    use = "  - {id: u, type: end, only_if: {field: last_call.outcome, op: equals, value: busy}}\n"
    call = "  - {id: c, type: call_phone, agent: ada}\n"
    assert rules(call + use) == []
    assert rules(use + call) == ["value-before-it-exists"]
    goal = "settings: {goal: {where: {field: last_call.outcome, op: equals, value: answered}}}"
    assert rules(call, goal) == []


def test_t2_an_operator_must_fit_its_field() -> None:
    step = "  - {id: a, type: wait, for: 1 day}\n"
    assert rules(step, "trigger: {where: {field: tags, op: starts_with, value: a}}") == ["operator-misfit"]
    assert rules(step, "trigger: {where: {field: tags, op: contains, value: a}}") == []
    declared = {"seats": FieldType.NUMBER}
    text = f"workflow: trial\ntrigger: {{where: {{field: seats, op: is_true}}}}\nsteps:\n{step}"
    assert "operator-misfit" in [each.rule for each in check(text, declared)]


def test_t7_event_keys_need_an_event() -> None:
    use = '  - {id: u, type: send_text, body: "{{ event.page }}"}\n'
    assert rules(use) == ["unknown-field"]
    assert rules(use, "trigger: {on: page_visited}") == []
    assert rules("  - {id: w, type: wait_for, event: page_visited}\n" + use) == []


def test_a_field_that_the_trigger_reads_and_only_a_step_sets_is_unknown_there() -> None:
    step = "  - {id: a, type: update_lead, set: {nick: x}}\n"
    assert rules(step, "trigger: {where: {not: {field: nick, op: equals, value: x}}}") == ["unknown-field"]
    assert rules(step, "settings: {goal: {where: {field: nick, op: equals, value: x}}}") == []


@pytest.mark.parametrize(
    ("agent", "message", "way_out"),
    [
        ("inbound-srd", "there is no agent `inbound-srd` in spara.yaml", "did you mean `inbound-sdr`?"),
        ("draft", "the agent `draft` is not published", "set `published: true` for it in spara.yaml"),
        ("mute", "the agent `mute` has no number to call from", "give it a `phone_number` in spara.yaml"),
    ],
)
def test_s3_an_agent_that_would_block_is_told_with_what_it_lacks(agent: str, message: str, way_out: str) -> None:
    found = check(f"workflow: trial\nsteps:\n  - {{id: c, type: call_phone, agent: {agent}}}\n")
    assert [(each.message, each.help) for each in found if each.rule == "agent-missing"] == [(message, way_out)]


def test_agents_and_channels_are_missing_only_when_there_is_a_project_to_declare_them() -> None:
    steps = "  - {id: c, type: call_phone, agent: eve}\n  - {id: n, type: notify, channel: ops, body: Hi}\n"
    source = read_source("p.yaml", f"workflow: trial\nsteps:\n{steps}".encode())
    assert [each.rule for each in check_playbook(source)] == ["missing-modeline"]
    found = {each.rule: each.help for each in check_playbook(source, agents={}, notify=frozenset())}
    assert found["agent-missing"] == "declare it under `agents` in spara.yaml"
    assert found["channel-missing"] == "declare it under `channels: {notify: …}` in spara.yaml"


def test_a_workflow_is_unknown_only_when_the_others_are_known() -> None:
    text = "workflow: trial\nsteps:\n  - {id: a, type: enroll, workflow: elsewhere}\n"
    source = read_source("p.yaml", text.encode())
    assert "enroll-unknown-workflow" not in [each.rule for each in check_playbook(source)]
    assert "enroll-unknown-workflow" in [each.rule for each in check_playbook(source, {}, NEIGHBOURS)]
