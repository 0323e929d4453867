"""`spara lead create` (SPEC L1–L3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import ScratchProject


def lead(project: ScratchProject, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = project.ok("lead", "create", "--json", *words).answer["lead"]
    return found


def test_the_answer_is_the_id(project: ScratchProject) -> None:
    identity = project.ok("lead", "create", "email=ada@example.com").out.strip()
    assert identity.startswith("lead_")
    assert project.ok("lead", "create", "--id", "L-1").out == "L-1\n"


def test_values_take_the_types_of_their_fields(project: ScratchProject) -> None:
    """L2; a declared type counts, text is for the rest."""
    project.write("spara.yaml", "account: {zone: America/New_York}\nfields: {booked: {type: boolean}}\n")
    words = ("num_employees=80", "tags=a; b", "booked=yes", "zip=01234")
    assert lead(project, *words)["fields"] == {"num_employees": 80, "tags": ["a", "b"], "booked": True, "zip": "01234"}


def test_json_data_keeps_the_types_of_json_and_leaves_null_out(project: ScratchProject) -> None:
    made = lead(project, "first_name=Ada", "--json-data", '{"score": 1.5, "vip": true, "job_title": null}')
    assert made["fields"] == {"first_name": "Ada", "score": 1.5, "vip": True}


def test_json_data_comes_from_standard_input_too(project: ScratchProject) -> None:
    finished = project.ok("lead", "create", "--json", "--json-data", "-", stdin='{"first_name": "Zoë"}'.encode())
    assert finished.answer["lead"]["fields"] == {"first_name": "Zoë"}


def test_address_and_number_are_checked_as_on_import(project: ScratchProject) -> None:
    """L5: a national number belongs to the lead's own country."""
    made = lead(project, "phone_number=020 7946 0018", "country=GB", "email= ada@example.com ")
    assert made["fields"] == {"phone_number": "+442079460018", "country": "GB", "email": "ada@example.com"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["first_name"], "is not FIELD=VALUE"),
        (["first_name=a", "first_name=b"], "given twice"),
        (["num_employees=many"], "`num_employees` wants an integer"),
        (["email=nobody"], "is not an email address"),
        (["phone_number=12"], "is not a phone number to dial"),
        (["id=L-1"], "system field"),
        (["created_at=2026-01-01"], "system field"),
        (["event.x=1"], "is reserved"),
        (["=x"], "is blank"),
        (["Email=a@example.com"], "is it meant to be `email`?"),
        (["--id", " "], "--id is blank"),
        (["--id", "x" * 201], "at most 200 characters"),
        (["--id", "a\nb"], "control character"),
        (["--json-data", "{"], "not JSON"),
        (["--json-data", "[1]"], "an object is wanted"),
        (["--json-data", '{"a": NaN}'], "NaN is no number"),
        (["--json-data", '{"a": 1, "a": 2}'], "is there twice"),
        (["--json-data", '{"a": {"b": 1}}'], "no nested values"),
        (["--json-data", '{"num_employees": "80"}'], "`num_employees` wants an integer"),
        (["--json-data", '{"a": "\\ud800"}'], "surrogate"),
        (["--json-data", "[" * 100_000], "nested too deep"),
        (["--json-data", '{"first_name": "a"}', "first_name=b"], "given twice"),
        (["first_name=\udcff"], "first_name"),
    ],
)
def test_what_cannot_be_a_lead_is_one_clear_line(project: ScratchProject, words: list[str], message: str) -> None:
    finished = project.run("lead", "create", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err.splitlines()[0]
    assert project.ok("lead", "list", "--json").answer["total"] == 0


def test_an_id_that_is_taken_is_refused(project: ScratchProject) -> None:
    """L3."""
    project.ok("lead", "create", "--id", "L-1", "first_name=Ada")
    finished = project.run("lead", "create", "--id", "L-1")
    assert (finished.code, finished.err.splitlines()[0]) == (2, "error: there is a lead `L-1` already")


def test_a_new_field_that_looks_like_a_slip_is_taken_with_a_note(project: ScratchProject) -> None:
    finished = project.ok("lead", "create", "frist_name=Ada")
    assert finished.err == "note: `frist_name` is a new field; did you mean `first_name`?\n"


def test_a_new_field_that_looks_like_no_text_is_taken_with_a_note(project: ScratchProject) -> None:
    """L2: its type is for ever, so say it at once."""
    assert "is a new field and holds text" in project.ok("lead", "create", "meeting_booked=true").err


def test_a_trigger_on_lead_created_acts_at_once(project: ScratchProject) -> None:
    """T7."""
    project.publish("workflow: w\ntrigger: {on: lead_created}\nsteps:\n  - {id: pause, type: wait, for: 2 days}\n")
    project.ok("lead", "create", "--id", "L-1")
    assert project.ok("lead", "list", "--workflow", "w").table[0][0] == "L-1"
