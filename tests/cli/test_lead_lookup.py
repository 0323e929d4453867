"""`spara lead get`, `search` and `list` (SPEC L1–L3, A1)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import ScratchProject

WAITING = """
workflow: w
trigger: {where: [{field: first_name, op: is_defined}]}
steps:
  - {id: pause, type: wait, for: 2 days}
"""


@pytest.fixture
def people(project: ScratchProject) -> ScratchProject:
    project.ok("lead", "create", "--id", "L-1", "email=Ada@example.com", "first_name=Ada", "company_name=ÉCOLE & Co")
    project.clock.forward(days=1)
    project.ok("lead", "create", "--id", "L-2", "email=ada@EXAMPLE.com", "job_title=Head of\nschool")
    return project


def ids(project: ScratchProject, *words: str) -> list[str]:
    return [lead["id"] for lead in project.ok("lead", *words, "--json").answer["leads"]]


def test_get_shows_every_field_with_its_type_and_where_the_lead_stands(people: ScratchProject) -> None:
    people.publish(WAITING)
    people.turn()
    rows = people.ok("lead", "get", "L-1").table
    assert ["first_name", "string", "Ada"] in rows
    assert ["created_at", "datetime", "2026-03-02T09:00:00-05:00"] in rows
    assert rows[-1][:4] == ["w", "pause", "waiting", "2026-03-05T09:00:00-05:00"]


def test_get_as_data_has_fields_types_and_workflows(people: ScratchProject) -> None:
    people.publish(WAITING)
    people.turn()
    people.unpublish("w")
    answer = people.ok("lead", "get", "L-1", "--json").answer
    assert answer["lead"]["created_at"] == "2026-03-02T14:00:00Z"
    assert answer["types"] == {"company_name": "string", "email": "string", "first_name": "string"}
    (inside,) = answer["workflows"]
    assert (inside["step"], inside["state"], inside["due_at"]) == ("pause", "waiting", "2026-03-05T14:00:00Z")
    assert inside["unpublished"] is True
    assert people.ok("lead", "get", "L-2", "--json").answer["workflows"] == []


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("L-3", "did you mean"),
        ("ada@example.com", "an id is wanted; that address has `L-1`, `L-2`"),
        ("something-else", "`spara lead search TEXT` finds leads"),
    ],
)
def test_an_unknown_id_is_a_usage_error_with_a_way_on(people: ScratchProject, word: str, hint: str) -> None:
    finished = people.run("lead", "get", word)
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith(f"error: there is no lead `{word}`\n  = help: ")
    assert hint in finished.err


def test_an_address_finds_every_lead_that_has_it_whatever_the_case(people: ScratchProject) -> None:
    """L3."""
    assert ids(people, "search", "ADA@example.com") == ["L-1", "L-2"]
    assert ids(people, "search", "--email", "ada@example.com") == ["L-1", "L-2"]
    assert ids(people, "search", "da@example.com") == []


def test_text_is_found_in_values_whatever_the_case_and_never_in_field_names(people: ScratchProject) -> None:
    assert ids(people, "search", "école") == ["L-1"]
    assert ids(people, "search", "SCHOOL") == ["L-2"]
    assert ids(people, "search", "L-2") == ["L-2"]
    assert ids(people, "search", "company_name") == []
    assert ids(people, "search", '"') == []


def test_a_period_includes_both_ends_to_the_second(people: ScratchProject) -> None:
    """A1: inclusive, one-second resolution; a date as the end takes in its day."""
    assert ids(people, "search", "--start", "2026-03-02T14:00:00Z", "--end", "2026-03-02T14:00:00Z") == ["L-1"]
    assert ids(people, "search", "--start", "2026-03-02T14:00:01Z") == ["L-2"]
    assert ids(people, "search", "--end", "2026-03-03") == ["L-1", "L-2"]
    assert ids(people, "search", "--end", "2026-03-02") == ["L-1"]


def test_a_search_says_when_there_is_more_or_nothing(people: ScratchProject) -> None:
    finished = people.ok("lead", "search", "ada@example.com", "--limit", "1")
    assert (len(finished.table), finished.err) == (1, "there are more than 1; --limit shows more\n")
    assert people.ok("lead", "search", "nobody").err == "none found\n"
    assert people.ok("lead", "search", "ada@example.com", "--limit", "1", "--json").answer["more"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "what is to be found?"),
        (["--email"], "what is to be found?"),
        (["--start", "yesterday"], "--start: 'yesterday' is not a date"),
        (["\udcff"], "the text is not UTF-8"),
    ],
)
def test_a_search_for_nothing_is_a_usage_error(people: ScratchProject, words: list[str], message: str) -> None:
    finished = people.run("lead", "search", *words)
    assert finished.code == 2
    assert message in finished.err


def test_a_piped_list_is_one_line_a_lead_without_headings(people: ScratchProject) -> None:
    """UX 26: what would break the line is escaped."""
    rows = people.ok("lead", "list").table
    assert rows[0] == ["L-1", "Ada@example.com", "Ada", "ÉCOLE & Co", "2026-03-02T09:00:00-05:00"]
    assert len(rows) == 2


def test_a_list_says_how_many_there_are(people: ScratchProject) -> None:
    finished = people.ok("lead", "list", "--limit", "1")
    assert (len(finished.table), finished.err) == (1, "1 of 2 leads; --limit shows more\n")


def test_a_list_of_a_workflow_shows_who_is_inside_and_in_which_state(people: ScratchProject) -> None:
    people.publish(WAITING)
    people.turn()
    (row,) = people.ok("lead", "list", "--workflow", "w").table
    assert row[0] == "L-1"
    assert row[5:8] == ["w", "pause", "waiting"]
    assert ids(people, "list", "--state", "waiting") == ["L-1"]
    assert people.ok("lead", "list", "--workflow", "w", "--state", "held").err == "nobody is there\n"
    answer = people.ok("lead", "list", "--workflow", "w", "--json").answer
    assert answer["leads"][0]["enrollment"]["state"] == "waiting"


def test_an_unknown_workflow_or_state_is_a_usage_error(people: ScratchProject) -> None:
    people.publish(WAITING.replace("workflow: w", "workflow: inbound-demo"))
    unknown = people.run("lead", "list", "--workflow", "inbound-dmo")
    assert (unknown.code, unknown.err.splitlines()[-1]) == (2, "  = help: did you mean `inbound-demo`?")
    assert people.run("lead", "list", "--state", "asleep").code == 2
