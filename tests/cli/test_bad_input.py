"""Bad input and a hostile machine, through the command line: one clear line or a located diagnostic, never a traceback.

The one thing to know: each table is read as "this input, that answer". Nothing here needs root or a real full disk:
a full and a read-only disk are what SQLite makes of a page limit and of `query_only`.
"""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spara_cli.store.sqlite import database as database_module
from tests.cli.conftest import Finished, ScratchProject

# A row of a table is a line, however long.
# fmt: off

HEAD = "# yaml-language-server: $schema=../schemas/workflow.schema.json\nworkflow: hello\n"
STEP = '  - {id: hi, type: send_text, body: "Hi"}\n'
GOOD = f"{HEAD}steps:\n{STEP}"

CRASHED = re.compile(r"Traceback|failed unexpectedly|Exception ignored")
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

READERS = (["validate"], ["test"], ["publish", "--yes"], ["preview"], ["graph"], ["show"])


def steps(text: str) -> str:
    return f"{HEAD}steps:\n{text}"


def trigger(where: str) -> str:
    return f"{HEAD}trigger: {{where: [{where}]}}\nsteps:\n{STEP}"


def checked(finished: Finished) -> Finished:
    """The same, once it is known that nothing crashed and that nothing steers the terminal."""
    told = finished.out + finished.err
    assert not CRASHED.search(told), told
    assert not STEERS.search(told), repr(told)
    return finished


# Playbooks

PLAYBOOKS: dict[str, tuple[str | bytes, str]] = {
    # what the file is                  # where the first error is, and which
    "empty": ("", "1:1 empty-file"),
    "a list": ("- a\n", "1:1 not-a-mapping"),
    "tabs": (GOOD.replace("  - ", "\t- "), "4:1 yaml-syntax"),
    "UTF-16": (GOOD.encode("utf-16"), "1:1 not-utf8"),
    "latin-1": (GOOD.replace("Hi", "Zoë").encode("latin-1"), "4:40 not-utf8"),
    "binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "1:1 not-utf8"),
    "escape": (GOOD.replace("Hi", "\x1b[2J"), "4:38 binary-file"),
    "C1 control": (GOOD.replace("Hi", "\x9b2J"), "4:38 binary-file"),
    "2 MiB": (GOOD + "# " + "x" * (2 << 20), "1:1 file-too-large"),
    "10,000 block levels": ("- " * 10_000 + "x\n", "1:101 too-deep"),
    "10,000 flow levels": (steps("  - " + "[" * 10_000 + "]" * 10_000 + "\n"), "4:53 too-deep"),
    "10,000 brackets never closed": ("[" * 10_000, "1:51 too-deep"),
    "51 levels": (trigger("{not: " * 47 + "{field: first_name, op: is_defined}" + "}" * 47), "3:301 too-deep"),
    "billion laughs": (steps("  - &a {id: a, type: end}\n" + "".join(f"  - &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))), "4:5 anchor-not-allowed"),
    "merge key": (steps("  - {<<: {id: hi}, type: send_text, body: x}\n"), "4:6 merge-key-not-allowed"),
    "python object": (steps("  - !!python/object/apply:os.system {id: hi, type: send_text, body: x}\n"), "4:5 tag-not-allowed"),
    "duplicate key": (GOOD + "workflow: other\n", "5:1 duplicate-key"),
    "half a surrogate": (GOOD.replace("Hi", "\\ud800"), "4:38 yaml-syntax"),
    "emoji key": (GOOD + "🎉: 1\n", "5:1 unknown-key"),
    "escape in a key": (GOOD + '"\\e[2J": 1\n', "5:1 unknown-key"),
    "escape in an id": (GOOD.replace("id: hi", 'id: "a\\e[2Jb"'), "4:10 invalid-id"),
    "id twice": (steps(STEP + STEP), "5:10 duplicate-step-id"),
    "no steps": (HEAD, "2:1 missing-key"),
    "1,001 steps": (steps("".join(STEP.replace("hi", f"s{n}") for n in range(1001))), "4:3 too-many-steps"),
    "unknown step type": (GOOD.replace("send_text", "sned_text"), "4:20 unknown-step-type"),
    "escape in a type": (GOOD.replace("send_text", '"\\e[2J"'), "4:20 unknown-step-type"),
    "unknown operator": (trigger("{field: num_employees, op: greater_then, value: 3}"), "3:46 unknown-operator"),
    "integer of 5,000 digits": (trigger("{field: num_employees, op: equals, value: " + "9" * 5000 + "}"), "3:61 number-out-of-range"),
    "unquoted time": (steps("  - {id: t, type: time_of_day, at: 10:30}\n" + STEP), "4:36 unquoted-time"),
    "wait of 31 days": (steps("  - {id: w, type: wait, for: 31 days}\n"), "4:30 wait-out-of-range"),
    "wait of nothing": (steps("  - {id: w, type: wait, for: 0 days}\n"), "4:30 wait-out-of-range"),
    "goto nowhere": (steps(STEP + "  - {id: g, type: goto, step: nowhere}\n"), "5:31 unknown-target"),
    "loop without a wait": (steps(STEP + "  - {id: g, type: goto, step: hi}\n"), "5:31 loop-without-pause"),
    "template of 6,000 tags": (steps('  - {id: d, type: send_text, body: "' + "{% if a %}" * 3000 + "{% endif %}" * 3000 + '"}\n'), "4:36 template-error"),
}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_v1_a_bad_playbook_is_one_located_diagnostic_whatever_reads_it(project: ScratchProject, name: str) -> None:
    content, expected = PLAYBOOKS[name]
    place, rule = expected.split()
    file = project.write("p.yaml", content)
    lines = checked(project.run("workflow", "validate", file, "--format", "concise")).out.splitlines()
    errors = [line for line in lines if ": error: " in line]
    assert len(errors) == 1 or name == "billion laughs"
    assert errors[0].startswith(f"p.yaml:{place}: error: "), errors
    assert errors[0].endswith(f"[{rule}]")
    for command, *more in READERS:
        finished = checked(project.run("workflow", command, file, *more))
        assert finished.code == 1, (command, finished)
        assert errors[0] in finished.out + finished.err, command
    assert project.ok("workflow", "list").out == ""


ACCEPTED: dict[str, str | bytes] = {
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "CRLF": GOOD.replace("\n", "\r\n"),
    "1 MiB": GOOD + "# " + "x" * ((1 << 20) - len(GOOD) - 3) + "\n",
    "50 levels": trigger("{not: " * 46 + "{field: first_name, op: is_defined}" + "}" * 46),
    "right-to-left in a name": GOOD.replace("steps:", 'name: "a\u202egnp.exe"\nsteps:'),
    "escapes in names and texts": GOOD.replace("steps:", 'name: "\\e[31m\\x07\\u009b"\ndescription: "\\e]0;t\\x07"\nsteps:').replace('"Hi"', '"\\e[2J\\u202e{{ first_name }}"'),
    "escapes in branches": steps('  - {id: c, name: "\\e[2J", type: condition, branches: [{name: "\\e[2J", when: [{field: company_name, op: equals, value: "\\e[2J"}]}, {name: "\\u202eB"}]}\n' + STEP),
    "a loop of a thousand million turns": GOOD.replace('"Hi"', '"{% for i in (1..1000000000) %}x{% endfor %}"'),
    "a text that doubles 25 times": GOOD.replace('"Hi"', '"{% assign x = \'aaaaaaaa\' %}' + "{% assign x = x | append: x %}" * 25 + '{{ x }}"'),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_playbook_is_taken_and_shown_without_steering_the_terminal(project: ScratchProject, name: str) -> None:
    file = project.write("p.yaml", ACCEPTED[name])
    for command, *more in READERS:
        assert checked(project.run("workflow", command, file, *more)).code == 0, command


@pytest.mark.parametrize("name", ["new\nline.yaml", "esc\x1b[31m.yaml", "🎉.yaml", "-dash.yaml", "rtl\u202e.yaml", "[bold].yaml"])
def test_a_file_s_name_is_shown_on_one_line(project: ScratchProject, name: str) -> None:
    project.write(name, GOOD.replace("send_text", "sned_text"))
    for command, *more in READERS:
        finished = checked(project.run("workflow", command, f"./{name}", *more))
        assert finished.code == 1
        assert ".yaml:4:20: error: unknown step type" in (finished.out + finished.err).splitlines()[0]


UNREADABLE = {
    "folder.yaml": "no playbook found in folder.yaml",
    "fifo.yaml": "fifo.yaml is not a regular file",
    "self.yaml": "self.yaml cannot be read: ",
    "dangling.yaml": "there is no file or folder `dangling.yaml`",
    "/dev/zero": "/dev/zero is not a regular file",
    f"{'x' * 300}.yaml": "cannot be read: ",
}


@pytest.mark.parametrize("path", UNREADABLE)
def test_what_nobody_can_read_not_even_root_is_one_line_and_exit_2(project: ScratchProject, path: str) -> None:
    (project.root / "folder.yaml").mkdir()
    os.mkfifo(project.root / "fifo.yaml")
    (project.root / "self.yaml").symlink_to("self.yaml")
    (project.root / "dangling.yaml").symlink_to("gone.yaml")
    for command, *more in READERS:
        finished = checked(project.run("workflow", command, path, *more))
        assert (finished.code, finished.out) == (2, ""), command
        assert UNREADABLE[path] in finished.err.splitlines()[0]


# Lead files

ROWS = "id,email,first_name\nL-1,a@x.test,Ada\nL-2,b@x.test,Bob\n"
TOP = "id,email,first_name\n"

LEAD_FILES: dict[str, tuple[str, str | bytes, int, int, str]] = {
    # what the file is: its name, its content, the exit code, how many leads there are then, what is said
    "header only": ("l.csv", "id,email", 1, 0, "no rows were found"),
    "no header": ("l.csv", "L-1,a@x.test\n", 2, 0, "line 1 looks like a lead, not like a header"),
    "ragged": ("l.csv", ROWS + "L-3,c@x.test\nL-4,d@x.test,D,d\n,,\n", 0, 2, "ragged_row: 2 rows"),
    "latin-1 in the last row": ("l.csv", ROWS.encode() + "L-3,c@x.test,Zoë\n".encode("latin-1"), 2, 0, "line 4: byte 0xEB is not UTF-8"),
    "UTF-16": ("l.csv", ROWS.encode("utf-16"), 2, 0, "the file is UTF-16"),
    "NUL": ("l.csv", ROWS + "L-3,c@x.test,A\0\n", 2, 0, "line 4: a NUL byte"),
    "gzip": ("l.csv", gzip.compress(ROWS.encode()), 2, 0, "the file is compressed with gzip"),
    "quote never closed": ("l.csv", TOP + 'L-1,a@x.test,"Ada\nL-2,b@x.test,Bob\n', 1, 0, "line 2: a quote (\") is opened and never closed; lines 2 to 3"),
    "text after a quote": ("l.csv", ROWS + 'L-3,c@x.test,"Eve" x\n', 0, 2, "line 4: text follows a closing quote"),
    "10 MB cell": ("l.csv", TOP + "L-0,z@x.test," + "x" * (10 << 20) + ROWS.removeprefix(TOP[:-1]), 0, 2, "line 2: longer than 1,048,576 characters"),
    "1,000 columns": ("l.csv", "id," + ",".join(f"c{n}" for n in range(999)) + "\nL-1" + ",x" * 999 + "\n", 0, 1, "1 created"),
    "1,001 columns": ("l.csv", "id," + ",".join(f"c{n}" for n in range(1000)) + "\nL-1" + ",x" * 1000 + "\n", 2, 0, "1,001 columns; 1,000 are allowed"),
    "CR": ("l.csv", ROWS.replace("\n", "\r"), 0, 2, "2 created"),
    "semicolons": ("l.csv", ROWS.replace(",", ";"), 0, 2, "2 created"),
    "tabs": ("l.csv", ROWS.replace(",", "\t"), 0, 2, "2 created"),
    "column twice": ("l.csv", "id,email,email\nL-1,a@x.test,b@x.test\n", 2, 0, "line 1, column 3: `email` is the name of column 2 already"),
    "blank column": ("l.csv", "id,,email\nL-1,x,a@x.test\n", 2, 0, "line 1, column 2: the column has no name"),
    "escape in a column": ("l.csv", "id,a\x1b[2J\nL-1,x\n", 2, 0, "line 1, column 2: the name `a\\x1b[2J`"),
    "escape in cells": ("l.csv", ROWS + "\x1b[2J,c@x.test,C\nL-4,\x1b[2J,D\n", 0, 2, "the text \"\\x1b[2J\""),
    "JSON with commas after": ("l.jsonl", '{"id": "L-1"},\n{"id": "L-2"}\n', 0, 1, "line 1: not JSON"),
    "JSON of 100,000 levels": ("l.jsonl", '{"id": "L-1", "a": ' + "[" * 100_000 + "]" * 100_000 + "}\n", 1, 0, "nested too deep"),
    "JSON NaN": ("l.jsonl", '{"id": "L-1", "a": NaN}\n{"id": "L-2", "a": 1e999}\n', 1, 0, "NaN is no number"),
}


@pytest.mark.parametrize("name", LEAD_FILES)
def test_l5_a_bad_lead_file_is_told_and_the_good_rows_go_in(project: ScratchProject, name: str) -> None:
    file, content, code, leads, message = LEAD_FILES[name]
    finished = checked(project.run("lead", "import", project.write(file, content)))
    assert finished.code == code, finished
    assert message in finished.out + finished.err
    if code == 2:
        assert finished.out == ""
        assert finished.err.startswith("error: ")
    assert project.ok("lead", "list", "--json").answer["total"] == leads


# Databases and disks


def with_leads(project: ScratchProject, count: int = 20) -> Path:
    """A project with leads and a published workflow; its database, closed and whole."""
    rows = "".join(f"L-{number},p{number}@x.test,+1212555{number:04d}\n" for number in range(count))
    project.ok("lead", "import", project.write("l.csv", f"id,email,phone_number\n{rows}"))
    project.ok("workflow", "publish", project.write("p.yaml", GOOD), "--yes")
    return project.root / ".spara" / "spara.db"


def replaced(path: Path, statement: str) -> None:
    """Make it a database that this statement leaves behind."""
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()


DAMAGES: list[tuple[str, Callable[[Path], object]]] = [
    ("is not a database", lambda path: path.write_bytes(b"this is no database " * 500)),
    ("is damaged", lambda path: os.truncate(path, path.stat().st_size // 2)),
    ("cannot be opened", lambda path: (path.unlink(), path.mkdir())),
    ("some other program", lambda path: replaced(path, "CREATE TABLE bookmarks (url TEXT)")),
    ("newer spara", lambda path: replaced(path, "PRAGMA user_version = 99")),
]
STORE_COMMANDS = (["status"], ["lead", "list"], ["lead", "import", "l.csv"], ["workflow", "publish", "p2.yaml", "--yes"], ["workflow", "show", "hello"], ["run"], ["run", "--dry-run"])


@pytest.mark.parametrize(("message", "spoil"), DAMAGES)
def test_a_database_that_is_no_use_is_one_line_and_left_alone(project: ScratchProject, message: str, spoil: Callable[[Path], object]) -> None:
    path = with_leads(project)
    project.write("p2.yaml", GOOD.replace('"Hi"', '"Ho"'))
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    for words in STORE_COMMANDS:
        finished = checked(project.run(*words))
        assert (finished.code, finished.out) == (3, ""), words
        assert message in finished.err.splitlines()[0]
    assert checked(project.run("workflow", "validate", "p.yaml")).code == 0
    assert before is None or path.read_bytes() == before


def opened_with(monkeypatch: pytest.MonkeyPatch, pragma: str) -> None:
    """Let every connection to the store live with a pragma from now on."""
    connect = sqlite3.connect

    def limited(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        if str(arguments[0]).endswith("spara.db"):
            connection.execute(pragma)
        return connection

    monkeypatch.setattr(sqlite3, "connect", limited)


@pytest.mark.parametrize(("how", "message"), [("BEGIN IMMEDIATE", "is locked by another program"), ("PRAGMA query_only = ON", "read-only")])
def test_a_locked_or_read_only_database_can_be_looked_at(project: ScratchProject, monkeypatch: pytest.MonkeyPatch, how: str, message: str) -> None:
    holder = sqlite3.connect(with_leads(project), isolation_level=None)
    holder.execute(how)
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    with monkeypatch.context() as spoiled:
        if how.startswith("PRAGMA"):
            opened_with(spoiled, how)
        for words in (["lead", "create", "email=z@x.test"], ["run"]):
            finished = checked(project.run(*words))
            assert (finished.code, message in finished.err) == (3, True), finished
        for words in (["status"], ["lead", "get", "L-1"], ["workflow", "funnel", "hello"]):
            assert checked(project.run(*words)).code == 0
    holder.close()
    assert project.ok("run", "--json").answer["sent"] == 20


@pytest.mark.parametrize("spare_pages", [0, 4, 8])
def test_a_full_disk_loses_nothing_and_sends_nothing_twice(project: ScratchProject, monkeypatch: pytest.MonkeyPatch, spare_pages: int) -> None:
    pages = with_leads(project, 100).stat().st_size // 4096 + spare_pages
    more = project.write("more.csv", "id,note\n" + "".join(f"M-{number},{'x' * 200}\n" for number in range(1_000)))
    with monkeypatch.context() as full:
        opened_with(full, f"PRAGMA max_page_count = {pages}")
        for words in (["lead", "import", more], ["run"], ["run"]):
            finished = checked(project.run(*words))
            assert (finished.code, "the disk is full" in finished.err) == (3, True), words
    assert project.ok("lead", "import", more, "--json").answer["refused"] == []
    assert project.ok("lead", "list", "--json").answer["total"] == 1_100
    project.ok("run")
    sent = Counter(file.name.split(".")[0] for file in (project.root / ".spara" / "outbox" / "text").rglob("*.json"))
    assert (len(sent), set(sent.values())) == (100, {1})
    assert project.ok("run", "--json").answer["sent"] == 0


# Settings and environment

SETTINGS: dict[str, tuple[str | bytes, str]] = {
    "broken": ("project: [a\n", "spara.yaml:1:10: error: this `[` is never closed [yaml-syntax]"),
    "UTF-16": ("project: a\n".encode("utf-16"), "spara.yaml:1:1: error: the file is UTF-16, not UTF-8 [not-utf8]"),
    "unknown key": ("projcet: a\n", "spara.yaml:1:1: error: unknown key `projcet` [unknown-key]"),
    "bad zone": ("account: {zone: Mars/Base}\n", "spara.yaml:1:17: error: 'Mars/Base' is not a time zone"),
    "escape as a zone": ('account: {zone: "\\e[2J"}\n', "spara.yaml:1:17: error: '\\x1b[2J' is not a time zone"),
    "bad day": ('windows: {email: {mno: ["08:00-18:00"]}}\n', "spara.yaml:1:24: error: 'mno' is not a day"),
    "bad hours": ('windows: {email: {mon: ["25:00-26:00"]}}\n', "spara.yaml:1:25: error: in the range '25:00-26:00'"),
    "live": ("mode: live\n", "error: mode: live (spara.yaml:1): live sending is not in this release"),
    "PostgreSQL": ("store: postgresql://u:hunter2@h/db\n", "error: store (spara.yaml:1): PostgreSQL comes in a later release"),
    "bad secret": ('channels: {email: {kind: smtp, host: h, password: "${nope:x}", from: "a@b.test"}}\n', "[invalid-reference]"),
    "type of a standard field": ("fields: {num_employees: {type: string}}\n", "spara.yaml:1:32: error: the standard field `num_employees` is of type integer"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_bad_settings_stop_every_command_with_their_place(project: ScratchProject, name: str) -> None:
    content, message = SETTINGS[name]
    project.write("spara.yaml", content)
    project.write("p.yaml", GOOD)
    for words in (["status"], ["config"], ["run"], ["workflow", "publish", "p.yaml", "--yes"]):
        finished = checked(project.run(*words))
        assert finished.code == 2, words
        assert message in finished.err.splitlines()[0]
        assert "hunter2" not in finished.err
    assert not (project.root / ".spara").exists()


NONSENSE = [
    ("SPARA_MODE", "nonsense", "SPARA_MODE: `nonsense` is not a value of `mode`"),
    ("SPARA_STORE", "postgresql://h/db", "store (SPARA_STORE): PostgreSQL comes in a later release"),
    ("SPARA_ACCOUNT_ZONE", "Mars", "SPARA_ACCOUNT_ZONE: 'Mars' is not a time zone"),
    ("SPARA_ON_UNKNOWN", "maybe", "SPARA_ON_UNKNOWN: `maybe` is not a value of `on_unknown`"),
]


@pytest.mark.parametrize(("variable", "value", "message"), NONSENSE)
def test_nonsense_in_the_environment_is_named(project: ScratchProject, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str) -> None:
    monkeypatch.setenv(variable, value)
    finished = checked(project.run("status"))
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith(f"error: {message}")


def test_a_terminal_of_twenty_columns_that_knows_only_ascii_is_enough(project: ScratchProject) -> None:
    project.write("p.yaml", GOOD.replace("Hi", "🎉 Zoë").replace("steps:", "name: Zoë 🎉\nsteps:"))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii", "COLUMNS": "20"}
    env.pop("HOME", None)
    done = subprocess.run([sys.executable, "-c", "from spara_cli.cli.main import main; main()", "workflow", "show", "p.yaml"], capture_output=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Zo\\xeb \\U0001f389" in done.stdout
