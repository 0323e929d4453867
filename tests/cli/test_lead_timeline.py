"""`spara lead timeline`: entries as FORMATS has them, and what comes next."""

from __future__ import annotations

import pytest

from spara_cli.model.entry_dict import ENTRY_KEYS
from tests.cli.conftest import ScratchProject

W = """
workflow: w
trigger: {where: [{field: first_name, op: is_defined}]}
steps:
  - {id: hello, type: send_email, subject: "Hi {{ first_name }}", body: x}
  - {id: pause, type: wait, for: 2 days}
  - {id: bye, type: send_email, subject: Bye, body: x}
"""


@pytest.fixture
def ada(project: ScratchProject) -> ScratchProject:
    project.ok("lead", "create", "--id", "L-1", "email=ada@example.com", "first_name=Ada")
    project.publish(W)
    project.turn()
    return project


def test_entries_and_what_is_next_have_the_keys_of_the_contract(ada: ScratchProject) -> None:
    answer = ada.ok("lead", "timeline", "L-1", "--json").answer
    assert answer["lead"] == "L-1"
    assert [entry["kind"] for entry in answer["entries"]] == ["entered", "sent", "waiting"]
    sent = answer["entries"][1]
    assert tuple(sent) == ENTRY_KEYS
    assert (sent["at"], sent["step"], sent["detail"]["subject"]) == ("2026-03-02T14:00:00Z", "hello", "Hi Ada")
    assert answer["next"] == [{"workflow": "w", "step": "pause", "at": "2026-03-04T14:00:00Z", "why": "waiting"}]


def test_a_pipe_gets_one_line_an_entry_in_the_accounts_zone(ada: ScratchProject) -> None:
    assert ada.ok("lead", "timeline", "L-1").table == [
        ["2026-03-02T09:00:00-05:00", "entered", "w", "", "by trigger"],
        ["2026-03-02T09:00:00-05:00", "sent", "w", "hello", '"Hi Ada" to ada@example.com'],
        ["2026-03-02T09:00:00-05:00", "waiting", "w", "pause", "until Wed 2026-03-04 09:00 EST"],
        ["2026-03-04T09:00:00-05:00", "next", "w", "pause", "waiting"],
    ]


def test_nothing_is_next_by_itself_while_the_workflow_is_unpublished(ada: ScratchProject) -> None:
    """P3."""
    ada.unpublish("w")
    (move,) = ada.ok("lead", "timeline", "L-1", "--json").answer["next"]
    assert (move["at"], move["why"]) == (None, "unpublished (waiting)")


def test_a_timeline_can_be_narrowed_to_one_workflow(ada: ScratchProject) -> None:
    ada.publish(W.replace("workflow: w", "workflow: second"))
    ada.turn()
    entries = ada.ok("lead", "timeline", "L-1", "--workflow", "second", "--json").answer["entries"]
    assert {entry["workflow"] for entry in entries} == {"second"}


def test_a_lead_nothing_has_happened_to_says_so(ada: ScratchProject) -> None:
    ada.ok("lead", "create", "--id", "L-2")
    finished = ada.ok("lead", "timeline", "L-2")
    assert (finished.out, finished.err) == ("", "nothing has happened to L-2 yet\n")
    assert ada.ok("lead", "timeline", "L-2", "--json").answer["entries"] == []


@pytest.mark.parametrize("words", [["L-9"], ["L-1", "--workflow", "x"]])
def test_an_unknown_lead_or_workflow_is_a_usage_error(ada: ScratchProject, words: list[str]) -> None:
    finished = ada.run("lead", "timeline", *words)
    assert (finished.code, finished.out) == (2, "")
