"""`spara workflow validate` as a person or a script meets it: what it prints, where, and its exit code (V1)."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from spara_cli.cli.main import run
from spara_cli.playbook.scalars import BYTES_MAX

GOOD = """# yaml-language-server: $schema=../schemas/workflow.schema.json
workflow: hello
steps:
  - {id: hello, type: send_text, body: "Hi {{ first_name }}"}
"""
WARNED = GOOD.replace("first_name", "nick")
BAD = GOOD.replace("send_text", "sned_text")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one, and the top of its git checkout."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SPARA_")]:
        monkeypatch.delenv(name)
    return tmp_path


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def validate(*arguments: str) -> int:
    return run(["workflow", "validate", *arguments])


# Answers


def test_a_clean_run_says_so_and_exits_0(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD)
    assert validate("a.yaml") == 0
    assert capsys.readouterr() == ("1 file, 0 errors, 0 warnings\n", "")


def test_v1_all_problems_of_all_files_come_in_one_run_in_order(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "playbooks" / "b.yaml", BAD)
    write(project / "playbooks" / "a.yaml", BAD.replace("workflow: hello", "workflow: other\nnmae: x"))
    assert validate("--format", "concise") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        "playbooks/a.yaml:3:1:", "playbooks/a.yaml:5:23:", "playbooks/b.yaml:4:23:",
    ]  # fmt: skip
    assert all(" error: " in line and line.endswith("]") for line in lines)


def test_warnings_fail_only_under_strict(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", WARNED)
    assert validate("a.yaml") == 0
    assert validate("a.yaml", "--strict") == 1
    assert capsys.readouterr().out.count("1 file, 0 errors, 1 warning\n") == 2


def test_what_is_only_worth_knowing_never_fails(project: Path) -> None:
    write(project / "a.yaml", GOOD.partition("\n")[2])
    assert validate("a.yaml", "--strict") == 0


def test_json_names_every_file_and_counts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD)
    write(project / "b.yaml", BAD.replace("workflow: hello", "workflow: other"))
    assert validate("a.yaml", "b.yaml", "--format", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["command"], answer["ok"], answer["errors"], answer["warnings"]) == ("workflow validate", False, 1, 0)
    assert [(file["path"], len(file["diagnostics"])) for file in answer["files"]] == [("a.yaml", 0), ("b.yaml", 1)]
    assert answer["files"][1]["diagnostics"][0]["help"] == "did you mean `send_text`?"


def test_concise_prints_nothing_when_all_is_well(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD)
    assert validate("a.yaml", "--format", "concise") == 0
    assert capsys.readouterr().out == ""


def test_output_leaves_stdout_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", BAD)
    assert validate("a.yaml", "--output", "report.txt") == 1
    assert capsys.readouterr() == ("", "1 file, 1 error, 0 warnings\n")
    assert "[unknown-step-type]" in (project / "report.txt").read_text(encoding="utf-8")
    assert validate("a.yaml", "--output", "no/such/folder.txt") == 2


@pytest.mark.parametrize("format", ["sarif", "github", "junit", "yaml"])
def test_a_format_that_is_not_there_is_a_usage_error_naming_those_that_are(
    format: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate("--format", format) == 2
    assert "text, concise, json" in capsys.readouterr().err


# Which files


def test_a_folder_is_searched_for_playbooks_and_their_tests_but_not_where_it_is_hidden(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "playbooks" / "deep" / "a.yml", GOOD)
    write(project / "playbooks" / "a.test.yaml", "workflow: hello\ntests: [{name: one, expcet: []}]\n")
    write(project / "playbooks" / ".hidden" / "b.yaml", BAD)
    write(project / "playbooks" / "a.sim.yaml", BAD)
    write(project / "playbooks" / "notes.md", BAD)
    assert validate() == 1
    out = capsys.readouterr().out
    assert "playbooks/a.test.yaml:2:21: error: unknown key `expcet`" in out
    assert out.endswith("2 files, 1 error, 0 warnings\n")


def test_nothing_found_is_exit_2_and_names_the_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "empty").mkdir()
    assert validate("empty") == 2
    assert capsys.readouterr().err.startswith("error: no playbook found in empty\n")
    assert validate() == 2


def test_a_path_that_is_not_there_is_exit_2_and_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate("nowhere.yaml") == 2
    assert capsys.readouterr().err == "error: there is no file or folder `nowhere.yaml`\n"


def test_a_file_given_twice_is_checked_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD)
    (project / "link.yaml").symlink_to("a.yaml")
    assert validate("a.yaml", ".", "link.yaml") == 0
    assert capsys.readouterr().out.startswith("1 file,")


def test_a_loop_of_symbolic_links_ends(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "playbooks" / "a.yaml", GOOD)
    (project / "playbooks" / "again").symlink_to(".", target_is_directory=True)
    (project / "playbooks" / "self.yaml").symlink_to("self.yaml")
    assert validate("playbooks") == 0
    assert capsys.readouterr().out.startswith("1 file,")
    assert validate("playbooks/self.yaml") == 2


def test_a_pipe_is_refused_and_never_opened(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(project / "pipe.yaml")
    assert validate("pipe.yaml") == 2
    assert "not a regular file" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_clear_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD).chmod(0)
    assert validate("a.yaml") == 2
    assert capsys.readouterr().err == "error: a.yaml cannot be read: Permission denied\n"


def test_standard_input_is_a_file_too(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(BAD.encode())))
    assert validate("-", "--stdin-filename", "draft.yaml", "--format", "concise") == 1
    assert capsys.readouterr().out.startswith("draft.yaml:4:23: error: ")
    assert validate("-", "-") == 2


def test_two_playbooks_of_one_key_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", GOOD)
    write(project / "b.yaml", GOOD)
    assert validate("a.yaml", "b.yaml", "--format", "concise") == 1
    assert capsys.readouterr().out.startswith("b.yaml:2:11: error: the workflow `hello` is in a.yaml:2 already")


# The project


def test_fields_of_spara_yaml_are_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "spara.yaml", "account: {zone: UTC}\nfields: {nick: {type: string}}\n")
    write(project / "playbooks" / "a.yaml", WARNED)
    assert validate("playbooks/a.yaml", "--strict") == 0
    assert capsys.readouterr().out.startswith("1 file,")
    assert validate() == 0
    assert capsys.readouterr().out.startswith("2 files,")


def test_a_bad_spara_yaml_is_told_even_when_only_a_playbook_was_asked_about(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "spara.yaml", "feilds: {}\n")
    write(project / "playbooks" / "a.yaml", GOOD)
    assert validate("playbooks/a.yaml") == 1
    assert "spara.yaml:1:1: error: unknown key `feilds`" in capsys.readouterr().out


def test_agents_and_channels_that_spara_yaml_does_not_declare_are_warned_of(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "spara.yaml", 'account: {zone: UTC}\nagents: {ada: {phone_number: "+12125550199"}}\n')
    steps = "  - {id: c, type: call_phone, agent: adda}\n  - {id: n, type: notify, channel: ops, body: Hi}\n"
    write(project / "playbooks" / "a.yaml", GOOD + steps)
    assert validate("playbooks/a.yaml", "--format", "concise") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["[agent-missing]", "[channel-missing]"]


def test_w1_an_account_without_a_zone_is_warned_of_where_spara_yaml_is_among_the_files(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "playbooks" / "a.yaml", GOOD)
    assert validate("--strict") == 0  # there is no file to point at
    write(project / "spara.yaml", "project: acme\naccount: {name: Acme}\n")
    assert validate("playbooks/a.yaml", "--strict") == 0
    capsys.readouterr()
    assert validate("--strict", "--format", "concise") == 1
    assert capsys.readouterr().out.startswith("spara.yaml:2:1: warning: no account zone is given")
    write(project / "spara.yaml", "account: {zone: UTC}\n")
    assert validate("--strict") == 0


def test_json_is_short_for_the_format(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "a.yaml", BAD)
    assert validate("a.yaml", "--json") == 1
    short = capsys.readouterr().out
    assert validate("a.yaml", "--format", "json") == 1
    assert short == capsys.readouterr().out


def test_every_spara_yaml_in_a_folder_is_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "one" / "spara.yaml", "mode: outbox\n")
    write(project / "two" / "spara.yaml", "mdoe: outbox\n")
    assert validate(".") == 1
    assert "two/spara.yaml:1:1: error: unknown key `mdoe`" in capsys.readouterr().out


def test_the_project_that_is_named_has_the_playbooks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "there" / "spara.yaml", "account: {zone: UTC}\nfields: {nick: {type: string}}\n")
    write(project / "there" / "playbooks" / "a.yaml", WARNED)
    assert run(["--project", "there", "workflow", "validate", "--strict"]) == 0
    assert capsys.readouterr().out.startswith("2 files,")


# Hostile and odd files: each one located line or one clear one, never a traceback


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"", "empty-file", 1),
        (b"- a\n- b\n", "not-a-mapping", 1),
        (b"workflow: a\nsteps:\n\t- {id: a}\n", "yaml-syntax", 3),
        (GOOD.encode("utf-16"), "not-utf8", 1),
        (GOOD.replace("Hi", "Zoë").encode("latin-1"), "not-utf8", 4),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "binary-file", 1),
        (b"# " + b"x" * (2 * 1024 * 1024), "file-too-large", 1),
        (b"[" * 10_000, "too-deep", 1),
        (b"a:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 1_000)), "too-deep", 51),
        (b"a: &a [x]\n" + b"".join(b"b%d: [*a, *a]\n" % n for n in range(30)), "alias-not-allowed", 2),
        (b"workflow: a\nworkflow: b\nsteps: [{id: a, type: end}]\n", "duplicate-key", 2),
        (b"workflow: a\nsteps: [{id: a, type: wait, for: 31 days}]\n", "wait-out-of-range", 2),
        (b"workflow: a\nsteps: [{id: a, type: wait, for: 0 minutes}]\n", "wait-out-of-range", 2),
        (b"workflow: a\nsteps: [{id: a, type: time_of_day, at: 10:30}]\n", "unquoted-time", 2),
        (b"workflow: a\nsteps: [{id: a, type: goto, step: nowhere}]\n", "unknown-target", 2),
        (b"workflow: a\nsteps: [{id: a, type: goto, step: a}]\n", "loop-without-pause", 2),
        (b"workflow: a\nsteps:\n" + b"  - {type: end}\n" * 1_001, "too-many-steps", 3),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_bad_file_is_one_located_error(
    content: bytes, rule: str, line: int, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "a.yaml", content)
    assert validate("a.yaml", "--format", "concise") == 1
    lines = [each for each in capsys.readouterr().out.splitlines() if f"[{rule}]" in each]
    assert lines and lines[0].startswith(f"a.yaml:{line}:")


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()], ids=["bom", "crlf"]
)
def test_a_byte_order_mark_and_crlf_are_fine(content: bytes, project: Path) -> None:
    write(project / "a.yaml", content)
    assert validate("a.yaml", "--strict") == 0


def test_of_a_huge_file_only_the_limit_is_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / "a.yaml").open("wb") as stream:
        stream.truncate(50 * BYTES_MAX)
    assert validate("a.yaml") == 1
    assert "[file-too-large]" in capsys.readouterr().out


def test_the_largest_playbook_with_a_mistake_in_every_step_is_told_about(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = "".join(f"  - {{id: s{n}, type: wait, for: 1 day, nxt: a}}\n" for n in range(20_000))
    write(project / "a.yaml", f"workflow: a\nsteps:\n{steps}")
    assert validate("a.yaml", "--format", "concise") == 1
    assert "[too-many-problems]" in capsys.readouterr().out
