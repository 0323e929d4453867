"""`spara lead update` (SPEC L2, L4, X2)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import ScratchProject

WAITING = """
workflow: w
trigger: {where: [{field: stage, op: equals, value: new}]}
settings: {goal: {where: [{field: stage, op: equals, value: won}], outcome: converted}}
steps:
  - {id: pause, type: wait, for: 2 days}
"""


@pytest.fixture
def ada(project: ScratchProject) -> ScratchProject:
    project.ok("lead", "create", "--id", "L-1", "first_name=Ada", "stage=new", "num_employees=80", "country=GB")
    return project


def test_what_changed_is_told_before_and_after(ada: ScratchProject) -> None:
    finished = ada.ok("lead", "update", "L-1", "num_employees=120", "first_name=Ada", "--unset", "country")
    assert finished.table == [["country", "GB", ""], ["num_employees", "80", "120"]]


def test_the_json_answer_is_the_lead_and_the_names_of_what_changed(ada: ScratchProject) -> None:
    answer = ada.ok("lead", "update", "L-1", "stage=won", "--json").answer
    assert answer["changed"] == ["stage"]
    assert answer["lead"]["fields"]["stage"] == "won"
    assert answer["acted"] is True


def test_an_update_that_changes_nothing_says_so(ada: ScratchProject) -> None:
    finished = ada.ok("lead", "update", "L-1", "stage=new")
    assert (finished.out, finished.err) == ("", "nothing changed\n")


def test_a_national_number_belongs_to_the_country_the_lead_has(ada: ScratchProject) -> None:
    ada.ok("lead", "update", "L-1", "phone_number=020 7946 0018")
    fields = ada.ok("lead", "get", "L-1", "--json").answer["lead"]["fields"]
    assert (fields["phone_number"], fields["country"]) == ("+442079460018", "GB")


def test_json_data_types_a_new_field_and_null_clears_nothing(ada: ScratchProject) -> None:
    """L4."""
    data = '{"meeting_booked": true, "first_name": null}'
    answer = ada.ok("lead", "update", "L-1", "--json-data", data, "--json").answer
    assert answer["changed"] == ["meeting_booked"]
    assert answer["lead"]["fields"]["meeting_booked"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["L-1"], "nothing to change"),
        (["L-1", "first_name="], "is blank, which changes nothing"),
        (["L-1", "stage=a", "--unset", "stage"], "both set and unset"),
        (["L-1", "--unset", "created_at"], "system field"),
        (["L-1", "num_employees=many"], "wants an integer"),
        (["L-2", "stage=a"], "there is no lead `L-2`"),
        (["\udcff", "stage=a"], "the lead's id is not UTF-8"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(ada: ScratchProject, words: list[str], message: str) -> None:
    finished = ada.run("lead", "update", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err.splitlines()[0]


def test_a_goal_is_reached_at_once_while_the_lead_waits(ada: ScratchProject) -> None:
    """X2, X3."""
    ada.publish(WAITING)
    ada.turn()
    ada.ok("lead", "update", "L-1", "stage=won")
    last = ada.ok("lead", "timeline", "L-1", "--json").answer["entries"][-1]
    assert (last["kind"], last["reason"]) == ("exited", "converted")


def test_a_goal_is_reached_at_once_while_the_workflow_is_unpublished(ada: ScratchProject) -> None:
    """X3."""
    ada.publish(WAITING)
    ada.turn()
    ada.unpublish("w")
    ada.ok("lead", "update", "L-1", "stage=won")
    last = ada.ok("lead", "timeline", "L-1", "--json").answer["entries"][-1]
    assert (last["kind"], last["reason"]) == ("exited", "converted")


def test_an_import_reaches_goals_at_once(ada: ScratchProject) -> None:
    """X2."""
    ada.publish(WAITING)
    ada.turn()
    ada.ok("lead", "import", "-", stdin=b"id,stage\nL-1,won\n")
    assert ada.ok("lead", "list", "--workflow", "w").out == ""
