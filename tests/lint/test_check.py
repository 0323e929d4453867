"""All rules over one file: mistakes hide no others, comments silence what they name, keys are the project's."""

from __future__ import annotations

import pytest

from spara_cli.diagnostics import Severity
from spara_cli.lint.check import check_playbook, duplicate_workflows
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source


def rules(text: str) -> list[str]:
    found = check_playbook(read_source("p.yaml", text.encode()))
    return [each.rule for each in found if each.rule != "missing-modeline"]


@pytest.mark.parametrize(
    "broken",
    [
        "{id: x, type: wiat}",
        "{id: x, type: wait, for: forever}",
        "{id: x, type: wait, for: 1 day, nxt: z}",
        "{id: x, type: wait, for: 1 day, only_if: {field: a, op: like}}",
        "{id: x, type: condition, branches: [{name: A, when: {field: a}}]}",
        "{id: x, type: condition, branches: [{name: A, steps: [{id: y, type: wait}]}]}",
        "{id: x, type: send_text}",
        "{id: [], type: wait, for: 1 day}",
        "wait",
    ],
)
def test_a_step_that_cannot_be_read_hides_no_mistake_elsewhere(broken: str) -> None:
    found = rules(f"workflow: trial\nsteps:\n  - {broken}\n  - {{id: z, type: goto, step: nowhere}}\n")
    assert found[-1] == "unknown-target"
    assert len(found) == 2


@pytest.mark.parametrize("head", ["trigger: {where: 5}", "settings: []", "name: 7", "trigger: {on: 1, where: []}"])
def test_a_head_that_cannot_be_read_hides_no_mistake_below(head: str) -> None:
    assert "unknown-target" in rules(f"workflow: trial\n{head}\nsteps:\n  - {{id: z, type: goto, step: nowhere}}\n")


def test_a_step_that_cannot_be_read_can_still_be_a_target() -> None:
    assert rules("workflow: trial\nsteps:\n  - {id: x, type: wiat}\n  - {id: z, type: goto, step: x}\n") == [
        "unknown-step-type"
    ]


def test_from_a_file_with_errors_nothing_is_concluded_that_needs_all_of_it() -> None:
    # The broken step may set the field, take time on the way round or lead to the last step.
    text = """workflow: trial
steps:
  - {id: x, type: wiat, set: {score: 1}}
  - {id: a, type: send_text, body: "{{ score }}"}
  - {id: b, type: goto, step: x}
  - {id: c, type: end}
"""
    assert rules(text) == ["unknown-step-type"]


SLIP = "  - {id: slip, type: send_text, body: %s}\n"
CODED = '  - {id: e, type: api, url: "https://a.test", extract: [{name: score, path: s}]}\n'
LOOP = "  - {id: a, type: send_text, body: Hi}\n  - {id: b, type: goto, step: a}\n"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        # Where the mistake cannot change where leads go or what is set, every rule looks on.
        (SLIP % "5" + '  - {id: u, type: send_text, body: "{{ frist_name }}"}\n', ["wrong-type", "unknown-field"]),
        (SLIP % "5" + "  - {id: g, type: end}\n  - {id: c, type: end}\n", ["wrong-type", "unreachable-step"]),
        (SLIP % "5" + LOOP, ["wrong-type", "loop-without-pause"]),
        (SLIP % "5" + '  - {id: u, type: send_text, body: "{{ score }}"}\n' + CODED,
         ["wrong-type", "value-before-it-exists"]),
        ("  - {id: s, type: send_text, text: Hi}\n  - {id: g, type: end}\n  - {id: c, type: end}\n",
         ["unknown-key", "unreachable-step"]),
        ("  - {id: x, type: wiat}\n" + LOOP, ["unknown-step-type", "loop-without-pause"]),
        ("  - {id: x, type: wiat}\n  - {id: u, type: send_text, body: '{{ frist_name }}'}\n",
         ["unknown-step-type", "unknown-field"]),
        # Where it may, nothing is concluded.
        ("  - {id: a, type: wait, for: soon}\n  - {id: b, type: goto, step: a}\n", ["invalid-duration"]),
        ("  - {id: g, type: goto, stpe: c}\n  - {id: b, type: end}\n  - {id: c, type: end}\n", ["unknown-key"]),
        ("  - {id: g, type: end, only_if: {field: id}}\n  - {id: c, type: end}\n", ["missing-key"]),
        ("  - {id: e, type: api, extract: [{name: score, path: s}]}\n"
         '  - {id: u, type: send_text, body: "{{ score }}"}\n' + CODED.replace("id: e", "id: f"), ["missing-key"]),
        ("  - {id: c, type: condition, branches: [{name: A, whne: {field: id, op: is_defined}}, {name: B}]}\n",
         ["unknown-key"]),
        ("  - {id: w, type: wait_for, evnt: x, timeout: 5}\n  - {id: u, type: send_text, body: '{{ event.page }}'}\n",
         ["unknown-key", "invalid-duration"]),
        ("  - {id: e, type: end, id: e}\n  - {id: c, type: send_text, body: Hi}\n", ["duplicate-key"]),
        ("  - {id: c, type: call_phone, agnt: ada}\n", ["unknown-key"]),
    ],
)  # fmt: skip
def test_v1_a_mistake_hides_another_only_where_it_may_explain_it(steps: str, found: list[str]) -> None:
    source = read_source("p.yaml", f"workflow: trial\nsteps:\n{steps}".encode())
    assert [each.rule for each in check_playbook(source, agents={}) if each.rule != "missing-modeline"] == found


def test_a_head_with_a_mistake_hides_no_warning_below() -> None:
    text = "workflow: trial\nsettings: {goal: 5}\nsteps: [{id: g, type: end}, {id: c, type: end}]\n"
    assert rules(text) == ["wrong-type", "unreachable-step"]


# Comments


def test_a_comment_silences_its_own_line_or_the_next_with_content() -> None:
    body = '{id: a, type: send_text, body: "{{ nick }}"}'
    comment = "# spara: ignore[unknown-field] from the CRM"
    assert rules(f"workflow: trial\nsteps:\n  - {body}\n") == ["unknown-field"]
    assert rules(f"workflow: trial\nsteps:\n  - {body} {comment}\n") == []
    assert rules(f"workflow: trial\nsteps:\n  {comment}\n\n  # more\n  - {body}\n") == []
    assert rules(f"workflow: trial\nsteps:\n  - {body}\n  {comment}\n") == ["unknown-field", "unused-ignore"]


def test_text_that_looks_like_a_comment_is_none() -> None:
    text = 'workflow: trial\nsteps:\n  - {id: a, type: send_text, body: "{{ nick }} # spara: ignore[unknown-field]"}\n'
    assert rules(text) == ["unknown-field"]
    block = "workflow: trial\nsteps:\n  - id: a\n    type: send_text\n    body: |\n      {{ nick }}\n"
    assert rules(f"{block}      # spara: ignore[unknown-field]\n") == ["unknown-field"]


def test_what_could_not_run_cannot_be_ignored() -> None:
    text = "workflow: trial\nsteps:\n  - {id: a, type: goto, step: b} # spara: ignore[unknown-target]\n"
    assert rules(text) == ["unknown-target"]


def test_an_ignored_name_that_is_no_rule_is_told_with_the_nearest() -> None:
    text = "workflow: trial\nsteps:\n  - {id: a, type: wait, for: 1 day} # spara: ignore[unknown-feild]\n"
    found = check_playbook(read_source("p.yaml", text.encode()))
    assert [each.help for each in found if each.rule == "unused-ignore"] == ["did you mean `unknown-field`?"]


# Between files


def test_a_second_workflow_of_one_key_points_at_the_first() -> None:
    text = b"name: x\nworkflow: trial\nsteps: [{id: a, type: wiat}]\n"
    parsed = [parse_workflow(read_source(path, text)) for path in ("a.yaml", "b.yaml")]
    (found,) = duplicate_workflows(parsed)
    assert (found.path, found.rule, found.severity) == ("b.yaml", "duplicate-workflow", Severity.ERROR)
    assert "a.yaml:2" in found.message
