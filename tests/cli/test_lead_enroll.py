"""`spara lead enroll` and `remove` (SPEC T5, T8, T9, X3)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import ScratchProject

W = """
workflow: w
trigger: {where: [{field: stage, op: equals, value: never}]}
steps:
  - {id: pause, type: wait, for: 2 days}
  - {id: hello, type: send_email, subject: Hi, body: x}
"""


@pytest.fixture
def people(project: ScratchProject) -> ScratchProject:
    rows = "id,email\nL-1,ada@example.com\nL-2,bob@example.com\nL-3,twin@example.com\nL-4,twin@example.com\n"
    project.ok("lead", "import", "-", stdin=rows.encode())
    project.publish(W)
    return project


def test_by_hand_skips_the_trigger(people: ScratchProject) -> None:
    """T9."""
    finished = people.ok("lead", "enroll", "w", "L-1", "L-2", "L-1")
    assert finished.out == "w: 2 entered, 0 refused\n"
    assert "begin with the next turn" in finished.err
    people.turn()
    entries = people.ok("lead", "timeline", "L-1", "--json").answer["entries"]
    assert [entry["kind"] for entry in entries] == ["entered", "waiting"]
    assert entries[0]["detail"] == {"by": "hand"}


def test_by_hand_twice_is_refused(people: ScratchProject) -> None:
    """T5 holds whoever enters a lead; T9: refusals are grouped by reason; exit 1 when none entered."""
    people.ok("lead", "enroll", "w", "L-1")
    again = people.run("lead", "enroll", "w", "L-1", "--json")
    assert again.code == 1
    assert again.answer["entered"] == []
    (group,) = again.answer["refused"]
    assert (group["reason"], group["count"], group["rows"][0]["lead"]) == ("already_entered", 1, "L-1")
    mixed = people.ok("lead", "enroll", "w", "L-1", "L-2")
    assert "  already_entered: 1 row\n    L-1: it has been in this workflow" in mixed.out
    assert mixed.out.endswith("w: 1 entered, 1 refused\n")


def test_a_lead_that_left_is_still_refused(people: ScratchProject) -> None:
    """T5: at most once, also after it finished."""
    people.ok("lead", "enroll", "w", "L-1")
    people.ok("lead", "remove", "L-1", "w")
    assert people.run("lead", "enroll", "w", "L-1").code == 1


def test_a_file_names_leads_by_id_or_address(people: ScratchProject) -> None:
    """T9: rows that name nobody, or more than one, are refused by reason and the others enter."""
    text = "id,email\nL-1,\n,BOB@example.com\n,twin@example.com\nL-9,\n,who@example.com\n,nobody\n"
    answer = people.ok("lead", "enroll", "w", "--file", people.write("in.csv", text), "--json").answer
    assert answer["entered"] == ["L-1", "L-2"]
    refused = {group["reason"]: [row["line"] for row in group["rows"]] for group in answer["refused"]}
    assert refused == {"unknown_lead": [5, 6], "ambiguous_email": [4], "malformed_email": [7]}


def test_a_file_without_id_or_email_names_nobody(people: ScratchProject) -> None:
    finished = people.run("lead", "enroll", "w", "--file", "-", stdin=b"first_name\nAda\n")
    assert finished.code == 1
    assert "names no lead: neither id nor email" in finished.out


def test_numbers_are_validated_before_anybody_enters(people: ScratchProject) -> None:
    """T9: in the file, and of the lead itself, whose number a step may have set."""
    text = "id,phone_number\nL-1,+12125550100\nL-2,12\n"
    answer = people.ok("lead", "enroll", "w", "--file", people.write("in.csv", text), "--json").answer
    assert answer["entered"] == ["L-1"]
    assert [group["reason"] for group in answer["refused"]] == ["malformed_phone"]
    with people.world() as world, world.store.database.transaction():
        world.store.leads.patch([("L-2", {"phone_number": "call me"})], people.clock.now)
    alone = people.run("lead", "enroll", "w", "L-2", "--json")
    assert (alone.code, alone.answer["refused"][0]["reason"]) == (1, "malformed_phone")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["w"], "who is to enter?"),
        (["w", "L-1", "--file", "x.csv"], "who is to enter?"),
        (["w", "L-1", "L-99"], "there is no lead `L-99`"),
        (["w", "--file", "x.csv"], "there is no file `x.csv`"),
        (["v", "L-1"], "no workflow `v` was published"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line_and_nobody_enters(
    people: ScratchProject, words: list[str], message: str
) -> None:
    finished = people.run("lead", "enroll", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err.splitlines()[0]
    assert people.ok("lead", "list", "--workflow", "w").out == ""


def test_nobody_enters_an_unpublished_workflow(people: ScratchProject) -> None:
    people.unpublish("w")
    finished = people.run("lead", "enroll", "w", "L-1")
    assert (finished.code, finished.err.splitlines()[0]) == (2, "error: workflow `w` is unpublished; nobody enters")


def test_remove_takes_a_waiting_lead_out_at_once(people: ScratchProject) -> None:
    """X3: what was not handed over is not sent."""
    people.ok("lead", "enroll", "w", "L-1")
    people.turn()
    assert people.ok("lead", "remove", "L-1", "w").out == "L-1: removed from w\n"
    people.clock.forward(days=3)
    people.turn()
    entries = people.ok("lead", "timeline", "L-1", "--json").answer["entries"]
    assert [entry["kind"] for entry in entries] == ["entered", "waiting", "exited"]
    assert entries[-1]["reason"] == "removed"


def test_remove_from_all_names_what_the_lead_left(people: ScratchProject) -> None:
    """T8."""
    people.publish(W.replace("workflow: w", "workflow: v"))
    people.ok("lead", "enroll", "w", "L-1")
    people.ok("lead", "enroll", "v", "L-1")
    undecided = people.run("lead", "remove", "L-1")
    assert (undecided.code, undecided.err.splitlines()[0]) == (
        2,
        "error: out of which workflow? the lead is in `v`, `w`",
    )
    assert sorted(people.ok("lead", "remove", "L-1", "--all", "--json").answer["workflows"]) == ["v", "w"]


@pytest.mark.parametrize("words", [["L-1"], ["L-1", "w"], ["L-1", "--all"]])
def test_removing_a_lead_that_is_not_inside_answers_no(people: ScratchProject, words: list[str]) -> None:
    finished = people.run("lead", "remove", *words)
    assert (finished.code, finished.out) == (1, "")
    assert finished.err.startswith("L-1 is not in ")


@pytest.mark.parametrize("words", [["L-9", "w"], ["L-1", "v"], ["L-1", "w", "--all"]])
def test_removing_what_is_unknown_is_a_usage_error(people: ScratchProject, words: list[str]) -> None:
    assert people.run("lead", "remove", *words).code == 2
