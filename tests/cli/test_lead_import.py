"""`spara lead import` as people and scripts meet it (SPEC L2, L4, L5)."""

from __future__ import annotations

import gc
import io
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from spara_cli.runtime.lead_changes import ROWS_KEPT_MAX
from tests.cli.conftest import ScratchProject

GOOD = "id,email,first_name,num_employees\nL-1,ada@example.com,Ada,80\nL-2,bob@example.com,Bob,\n"


def fields(project: ScratchProject, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = project.ok("lead", "get", identity, "--json").answer["lead"]["fields"]
    return found


def test_good_rows_become_leads_with_typed_fields(project: ScratchProject) -> None:
    finished = project.ok("lead", "import", project.write("leads.csv", GOOD))
    assert finished.out == "2 created, 0 updated, 0 unchanged, 0 refused\n"
    assert fields(project, "L-1") == {"email": "ada@example.com", "first_name": "Ada", "num_employees": 80}


def test_the_json_answer_has_the_keys_of_the_contract(project: ScratchProject) -> None:
    text = GOOD + "L-3,nobody,,\nL-4,eve@example.com,Eve,many\nL-5,zoe,,\n"
    answer = project.run("lead", "import", project.write("leads.csv", text), "--json").answer
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (2, 0, 0)
    emails, types = answer["refused"]
    assert (emails["reason"], emails["count"]) == ("malformed_email", 2)
    assert [(row["line"], row["column"]) for row in emails["rows"]] == [(4, "email"), (6, "email")]
    assert (types["reason"], types["rows"][0]["column"]) == ("wrong_type", "num_employees")
    assert "wants an integer" in types["rows"][0]["message"]


def test_refused_rows_are_told_by_reason_with_line_and_column(project: ScratchProject) -> None:
    finished = project.ok("lead", "import", project.write("leads.csv", GOOD + "L-3,nobody,,\n"))
    assert "  malformed_email: 1 row\n    line 4, email: the text" in finished.out
    assert finished.out.endswith("2 created, 0 updated, 0 unchanged, 1 refused\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("utf16.csv", GOOD.encode("utf-16"), "the file is UTF-16"),
        ("latin.csv", "id,first_name\nL-1,Zoë\n".encode("latin-1"), "line 2: byte 0xEB is not UTF-8"),
        ("sheet.csv", b"PK\x03\x04rest", "Excel workbook"),
        ("noheader.csv", b"L-1,ada@example.com\nL-2,bob@example.com\n", "header"),
        ("playbook.yaml", b"# yaml-language-server: $schema=x\nworkflow: demo\n", "cannot name a column"),
        ("lead.json", b'{\n  "id": "L-1"\n}\n', "an object over several lines"),
        ("array.jsonl", b'[{"id": "L-1"}]', "JSON array"),
    ],
)
def test_a_file_that_is_no_use_as_a_whole_is_one_clear_line(
    project: ScratchProject, name: str, content: bytes, message: str
) -> None:
    finished = project.run("lead", "import", project.write(name, content))
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith("error: ")
    assert message in finished.err
    assert "Traceback" not in finished.err


def test_a_missing_file_and_a_folder_are_usage_errors(project: ScratchProject) -> None:
    project.write("leads.csv", GOOD)
    missing = project.run("lead", "import", "lead.csv")
    assert (missing.code, missing.err) == (
        2,
        "error: there is no file `lead.csv`\n  = help: did you mean `leads.csv`?\n",
    )
    folder = project.run("lead", "import", ".")
    assert (folder.code, folder.err.splitlines()[0]) == (
        2,
        "error: . is a folder; a CSV or JSON Lines file is wanted",
    )


def test_a_ragged_row_is_refused_and_the_others_go_in(project: ScratchProject) -> None:
    finished = project.ok("lead", "import", project.write("leads.csv", GOOD + "L-3,c@example.com\n"), "--json")
    assert finished.answer["created"] == 2
    assert finished.answer["refused"][0]["reason"] == "ragged_row"


def test_a_header_alone_brings_nothing_and_says_so(project: ScratchProject) -> None:
    finished = project.run("lead", "import", project.write("leads.csv", "id,email\n"))
    assert finished.code == 1
    assert finished.out.endswith("no rows were found\n")


def test_exit_codes_are_those_of_l5(project: ScratchProject) -> None:
    mixed = project.write("mixed.csv", GOOD + "L-3,nobody,,\n")
    bad = project.write("bad.csv", "id,email\nL-9,nobody\n")
    assert project.run("lead", "import", bad).code == 1
    nothing = project.run("lead", "import", mixed, "--all-or-nothing")
    assert nothing.code == 1
    assert "nothing went in" in nothing.out
    assert project.run("lead", "list").out == ""
    assert project.run("lead", "import", mixed, "--strict").code == 1
    assert len(project.ok("lead", "list").table) == 2
    assert project.run("lead", "import", mixed).code == 0


def test_all_or_nothing_takes_everything_when_all_is_well(project: ScratchProject) -> None:
    finished = project.ok("lead", "import", project.write("leads.csv", GOOD), "--all-or-nothing")
    assert finished.out.startswith("2 created")
    assert len(project.ok("lead", "list").table) == 2


def test_importing_again_matches_by_id_then_by_email(project: ScratchProject) -> None:
    """L5; also when the address is written in other letters (L3)."""
    project.ok("lead", "import", project.write("leads.csv", GOOD))
    again = project.ok("lead", "import", "leads.csv", "--json").answer
    assert (again["created"], again["unchanged"]) == (0, 2)
    text = "email,first_name\nADA@example.com,Augusta\n"
    by_email = project.ok("lead", "import", project.write("more.csv", text), "--json").answer
    assert (by_email["created"], by_email["updated"]) == (0, 1)
    assert fields(project, "L-1")["first_name"] == "Augusta"


def test_an_email_that_several_leads_have_is_ambiguous(project: ScratchProject) -> None:
    """L5: refused, unless the row gives an id."""
    twins = "id,email\nL-1,ada@example.com\nL-2,ada@example.com\n"
    project.ok("lead", "import", project.write("twins.csv", twins))
    text = "id,email,first_name\n,ada@example.com,Ada\nL-2,ada@example.com,Augusta\n"
    answer = project.ok("lead", "import", project.write("more.csv", text), "--json").answer
    assert answer["updated"] == 1
    (group,) = answer["refused"]
    assert (group["reason"], group["rows"][0]["line"]) == ("ambiguous_email", 2)
    assert fields(project, "L-2")["first_name"] == "Augusta"


@pytest.mark.parametrize(("match", "created"), [("email", 0), ("id", 1), ("none", 1)])
def test_match_says_how_a_row_without_id_finds_its_lead(project: ScratchProject, match: str, created: int) -> None:
    project.ok("lead", "import", project.write("leads.csv", GOOD))
    more = project.write("more.csv", "email,first_name\nada@example.com,Augusta\n")
    assert project.ok("lead", "import", more, "--match", match, "--json").answer["created"] == created


def test_match_none_never_writes_over_a_lead(project: ScratchProject) -> None:
    """L3: ids are unique; a row that may match nothing, but has a known id, is refused."""
    project.ok("lead", "import", project.write("leads.csv", GOOD))
    finished = project.run("lead", "import", project.write("more.csv", "id,job_title\nL-1,CTO\n"), "--match", "none")
    assert finished.code == 1
    assert "id_exists: 1 row" in finished.out
    assert fields(project, "L-1")["first_name"] == "Ada"


def test_rows_of_one_file_find_each_other_by_an_address_that_just_changed(project: ScratchProject) -> None:
    project.ok("lead", "import", project.write("leads.csv", GOOD))
    text = "id,email,job_title\nL-1,new@example.com,CTO\n,new@example.com,CEO\n,ada@example.com,VP\n"
    answer = project.ok("lead", "import", project.write("more.csv", text), "--json").answer
    assert (answer["created"], answer["updated"]) == (1, 2)
    assert fields(project, "L-1")["job_title"] == "CEO"


def test_a_null_never_overwrites_unless_allowed(project: ScratchProject) -> None:
    """L4."""
    project.ok("lead", "import", project.write("leads.csv", GOOD))
    blank = project.write("blank.csv", "id,first_name\nL-1,\n")
    project.run("lead", "import", blank)
    assert fields(project, "L-1")["first_name"] == "Ada"
    project.ok("lead", "import", blank, "--allow-null")
    assert "first_name" not in fields(project, "L-1")


def test_json_lines_keep_the_types_of_json_and_refuse_another(project: ScratchProject) -> None:
    """L2: a field's type never changes once set, also by a later file."""
    rows = '{"id": "L-1", "score": 5, "vip": true, "tags": ["a"]}\n{"id": "L-2", "score": "high"}\n'
    answer = project.ok("lead", "import", project.write("leads.jsonl", rows), "--json").answer
    assert fields(project, "L-1") == {"score": 5, "vip": True, "tags": ["a"]}
    assert answer["refused"][0]["rows"][0]["line"] == 2
    later = project.run("lead", "import", project.write("later.csv", "id,score\nL-3,high\n"), "--json").answer
    assert later["refused"][0]["reason"] == "wrong_type"


def test_standard_input_is_csv_unless_said_otherwise(project: ScratchProject) -> None:
    assert project.ok("lead", "import", "-", stdin=GOOD.encode()).out.startswith("2 created")
    line = b'{"id": "L-3", "first_name": "Eve"}\n'
    assert project.ok("lead", "import", "-", "--format", "jsonl", stdin=line).out.startswith("1 created")


def test_phone_numbers_are_normalised_or_refused_with_the_reason(project: ScratchProject) -> None:
    text = "id,phone_number\nL-1,(212) 555-0100\nL-2,12\n"
    finished = project.ok("lead", "import", project.write("leads.csv", text))
    assert fields(project, "L-1")["phone_number"] == "+12125550100"
    assert "[too_short]" in finished.out


def test_foreign_text_in_a_report_cannot_steer_the_terminal(project: ScratchProject) -> None:
    finished = project.run("lead", "import", project.write("leads.csv", "id,email\nL-1,\x1b[2Jx\n"))
    assert "\x1b" not in finished.out + finished.err
    assert "\\x1b[2Jx" in finished.out


@pytest.mark.slow
def test_a_large_file_is_listed_up_to_a_limit_and_counted_exactly(project: ScratchProject) -> None:
    """5 MB; rows are kept up to a limit for each reason, so that memory stays flat."""
    padding = "x" * 120
    lines = [f"{'nobody' if n % 5 == 0 else f'p{n}@example.com'},{padding}" for n in range(40_000)]
    content = "email,note\n" + "\n".join(lines) + "\n"
    assert len(content) > 5_000_000
    answer = project.ok("lead", "import", project.write("big.csv", content), "--json").answer
    (group,) = answer["refused"]
    assert (answer["created"], group["count"], len(group["rows"])) == (32_000, 8_000, ROWS_KEPT_MAX)


class Interrupted(io.BytesIO):
    """A file at which Ctrl-C is pressed once, when its last third is read the second time."""

    passes = 0
    pressed = False

    def seek(self, offset: int, whence: int = 0) -> int:
        self.passes += 1
        return super().seek(offset, whence)

    def read1(self, size: int | None = -1) -> bytes:
        if self.passes and not self.pressed and self.tell() > len(self.getvalue()) * 2 // 3:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)
        return super().read1(-1 if size is None else size)


def test_ctrl_c_keeps_what_is_committed_and_says_how_far_it_came(project: ScratchProject) -> None:
    content = "id,email\n" + "".join(f"L-{n},p{n}@example.com\n" for n in range(5_000))
    finished = project.run("lead", "import", "-", "--json", stdin=Interrupted(content.encode()))
    assert finished.code == 130
    answer = finished.answer
    assert answer["interrupted"] is True
    assert 0 < answer["created"] < 5_000
    assert f"interrupted: the rows up to line {answer['created'] + 1} were dealt with" in finished.err
    assert project.ok("lead", "list", "--json", "--limit", "1").answer["total"] == answer["created"]
    rest = project.ok("lead", "import", "-", "--json", stdin=content.encode()).answer
    assert (rest["created"], rest["unchanged"]) == (5_000 - answer["created"], answer["created"])


def test_ctrl_c_leaves_nothing_of_all_or_nothing(project: ScratchProject) -> None:
    content = "id,email\n" + "".join(f"L-{n},p{n}@example.com\n" for n in range(5_000))
    finished = project.run("lead", "import", "-", "--all-or-nothing", stdin=Interrupted(content.encode()))
    assert finished.code == 130
    assert project.ok("lead", "list", "--json").answer["total"] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("slips.csv", "emial,naem,first_name\nada@example.com,Ada,Ada\n"),
        ("slips.jsonl", '{"emial": "ada@example.com", "naem": "Ada", "first_name": "Ada"}\n'),
    ],
)
def test_a_name_near_a_known_field_and_the_new_fields_are_noted_once(
    project: ScratchProject, name: str, content: str
) -> None:
    finished = project.ok("lead", "import", project.write(name, content))
    assert finished.err == "note: `emial` is a new field; did you mean `email`?\nnote: new fields: `emial`, `naem`\n"
    assert project.ok("lead", "import", name, "--json").err == ""


def test_only_what_the_import_made_is_called_new(project: ScratchProject) -> None:
    """An empty column makes no field; one that is near a column of the same file is no slip."""
    text = "id,email,email2,empty,plan\nL-1,ada@example.com,a@example.com,,pro\nL-2,nobody,,,pro\n"
    leads = project.write("leads.csv", text)
    assert project.run("lead", "import", leads, "--all-or-nothing").err == ""
    assert project.ok("lead", "import", leads).err == "note: new fields: `email2`, `plan`\n"
    more = project.write("more.csv", "id,seats\nL-1,80\n")
    assert project.ok("lead", "import", more).err == "note: new field: `seats`\n"
    assert project.ok("--quiet", "lead", "import", project.write("emial.csv", "emial\na@example.com\n")).err == ""


def test_ctrl_c_leaves_no_complaint_of_the_interpreter(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is let go of by the rows before it is closed."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    content = "id,email\n" + "".join(f"L-{n},p{n}@example.com\n" for n in range(2_000))
    stream = Interrupted(content.encode())
    before: Any = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *mode, **how: stream if path.name == "leads.csv" else before(path, *mode, **how)
    )
    assert project.run("lead", "import", "leads.csv").code == 130
    assert stream.closed
    gc.collect()
    assert ignored == []
