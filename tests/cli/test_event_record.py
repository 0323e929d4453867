"""`spara event record`: inbound events by hand (SPEC D5, X1–X3, T7)."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import ScratchProject

W = """
workflow: w
trigger: {where: [{field: first_name, op: is_defined}]}
steps:
  - {id: hello, type: send_email, subject: Hi, body: x}
  - id: visit
    type: wait_for
    event: page_visited
    match: [{field: event.path, op: equals, value: /demo}]
    timeout: 10 days
  - {id: bye, type: send_email, subject: Bye, body: x}
"""


@pytest.fixture
def ada(project: ScratchProject) -> ScratchProject:
    project.ok("lead", "create", "--id", "L-1", "email=ada@example.com", "first_name=Ada")
    project.publish(W)
    project.turn()
    return project


def kinds(project: ScratchProject) -> list[str]:
    return [entry["kind"] for entry in project.ok("lead", "timeline", "L-1", "--json").answer["entries"]]


@pytest.mark.parametrize("name", ["email_reply", "unsubscribe", "stop", "bounce"])
def test_an_exit_applies_at_once_while_the_lead_waits(ada: ScratchProject, name: str) -> None:
    """X1, X2, X3: and what came of it is the answer."""
    rows = ada.ok("event", "record", name, "--lead", "L-1").table
    assert [row[1] for row in rows] == ["event", "exited"]
    assert kinds(ada)[-1] == "exited"


def test_an_exit_applies_at_once_while_the_lead_is_held(project: ScratchProject) -> None:
    """X3: outside the window of its channel."""
    windows = 'windows: {email: {mon: ["10:00-11:00"]}}\n'
    project.write("spara.yaml", "account: {zone: America/New_York}\n" + windows)
    project.ok("lead", "create", "--id", "L-1", "email=ada@example.com", "first_name=Ada")
    project.publish(W)
    project.turn()
    (row,) = project.ok("lead", "list", "--state", "held").table
    assert row[0] == "L-1"
    project.ok("event", "record", "unsubscribe", "--lead", "L-1")
    project.clock.forward(days=30)
    project.turn()
    assert kinds(project) == ["entered", "held", "event", "exited"]


def test_an_exit_applies_at_once_while_the_workflow_is_unpublished(ada: ScratchProject) -> None:
    """X3."""
    ada.unpublish("w")
    ada.ok("event", "record", "unsubscribe", "--lead", "L-1")
    assert kinds(ada)[-1] == "exited"


def test_a_reply_on_a_channel_never_used_ends_nothing(ada: ScratchProject) -> None:
    """X1."""
    finished = ada.ok("event", "record", "text_reply", "--lead", "L-1")
    assert (finished.out, "acts on it" in finished.err) == ("", True)


def test_the_event_a_step_waits_for_lets_the_lead_go_on(ada: ScratchProject) -> None:
    data = json.dumps({"path": "/demo"})
    answer = ada.ok("event", "record", "page_visited", "--lead", "L-1", "--data", data, "--json").answer
    assert (answer["recorded"], answer["acted"]) == (True, True)
    assert [entry["kind"] for entry in answer["entries"]] == ["event", "sent", "exited"]


def test_an_id_that_comes_twice_is_recorded_once_and_says_so(ada: ScratchProject) -> None:
    """D5."""
    words = ("event", "record", "page_visited", "--lead", "L-1", "--id", "e-1")
    assert ada.ok(*words, "--json").answer["recorded"] is True
    before = kinds(ada)
    again = ada.ok(*words)
    assert again.err == "an event with this id was recorded before; it counts once\n"
    assert ada.ok(*words, "--json").answer["recorded"] is False
    assert kinds(ada) == before


def test_an_address_says_whose_event_it_is(ada: ScratchProject) -> None:
    ada.ok("event", "record", "unsubscribe", "--email", "ADA@example.com")
    assert kinds(ada)[-1] == "exited"


def test_an_address_of_several_leads_wants_the_id(ada: ScratchProject) -> None:
    ada.ok("lead", "create", "--id", "L-2", "email=Ada@example.com")
    finished = ada.run("event", "record", "unsubscribe", "--email", "ada@example.com")
    assert (finished.code, finished.err.splitlines()[0]) == (2, "error: 2 leads have this address: `L-1`, `L-2`")


def test_an_event_trigger_lets_the_lead_in(ada: ScratchProject) -> None:
    """T7."""
    ada.publish("workflow: v\ntrigger: {on: demo_booked}\nsteps:\n  - {id: pause, type: wait, for: 1 day}\n")
    rows = ada.ok("event", "record", "demo_booked", "--lead", "L-1").table
    assert ["entered", "v", "", "by event (demo_booked)"] in [row[1:] for row in rows]


def test_while_another_process_is_at_work_the_event_is_left_to_it(ada: ScratchProject) -> None:
    with ada.world() as world:
        world.store.lease.take(ada.clock.now)
        with world.store.database.transaction() as connection:
            connection.execute("UPDATE daemons SET host = 'elsewhere', pid = 7")
        finished = ada.ok("event", "record", "unsubscribe", "--lead", "L-1", "--json")
    assert (finished.answer["recorded"], finished.answer["acted"]) == (True, False)
    assert finished.err == "note: process 7 on elsewhere is at work on this store and will act on it\n"
    ada.clock.forward(minutes=5)
    ada.turn()
    assert kinds(ada)[-1] == "exited"


def test_a_name_nearly_right_is_recorded_with_a_note(ada: ScratchProject) -> None:
    assert "did you mean `email_reply`?" in ada.ok("event", "record", "email_repyl", "--lead", "L-1").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x"], "whose event is it?"),
        (["x", "--lead", "L-1", "--email", "a@example.com"], "whose event is it?"),
        (["x", "--lead", "L-9"], "there is no lead `L-9`"),
        (["x", "--email", "who@example.com"], "no lead has the address `who@example.com`"),
        (["two words", "--lead", "L-1"], "cannot be an event's name"),
        (["x", "--lead", "L-1", "--data", "{"], "--data: not JSON"),
        (["x", "--lead", "L-1", "--data", "[]"], "--data: an object is wanted"),
        (["x", "--lead", "L-1", "--data", '{"a": Infinity}'], "Infinity is no number"),
        (["x", "--lead", "L-1", "--data", json.dumps({"a": "x" * 70_000})], "more than 64 KiB"),
        (["x", "--lead", "L-1", "--id", ""], "--id wants 1 to 200 characters"),
        (["x", "--lead", "L-1", "--id", "\udcff"], "--id is not UTF-8"),
        (["x", "--lead", "L-1", "--at", "tomorrow"], "--at: 'tomorrow' is not a date"),
        (["x", "--lead", "L-1", "--at", "2027-01-01"], "--at is in the future"),
    ],
)
def test_what_cannot_be_recorded_is_one_clear_line(ada: ScratchProject, words: list[str], message: str) -> None:
    finished = ada.run("event", "record", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err.splitlines()[0]


def test_data_comes_from_standard_input_too(ada: ScratchProject) -> None:
    words = ("event", "record", "page_visited", "--lead", "L-1", "--data", "-", "--json")
    answer = ada.ok(*words, stdin=b'{"path": "/demo"}').answer
    assert answer["entries"][0]["detail"] == {"event": "page_visited", "path": "/demo"}
