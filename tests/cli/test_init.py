"""`spara init` makes a project that works at once, and overwrites nothing."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from spara_cli.cli.init import project_name
from spara_cli.cli.scaffold import with_value
from tests.cli.conftest import ScratchProject

ANYBODY = hasattr(os, "geteuid") and os.geteuid() != 0


def files_below(root: Path) -> set[str]:
    return {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()}


def test_the_first_five_commands_work(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.ok("init", "x")
    monkeypatch.chdir(project.root / "x")
    project.ok("lead", "import", "leads.csv")
    project.ok("workflow", "publish", *sorted(str(file) for file in Path("playbooks").glob("*.yaml")), "--yes")
    sent = project.ok("run", "--json").answer["sent"]
    funnel = project.ok("workflow", "funnel", "inbound-demo", "--json").answer
    assert sent > 100
    assert funnel["entered"] > 100, "a good part of the leads"
    assert funnel["entered"] == funnel["inside"] + sum(funnel["finished"].values())
    assert list(Path(".spara/outbox/email").rglob("*.eml"))


def test_what_it_makes_checks_out(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    made = set(project.ok("init", "x", "--json").answer["created"])
    assert made == files_below(project.root / "x")
    assert {".gitignore", ".vscode/settings.json", ".github/workflows/playbooks.yml", "leads.csv", "spara.yaml"} < made
    monkeypatch.chdir(project.root / "x")
    assert project.ok("workflow", "validate", "--strict").out.endswith(" 0 errors, 0 warnings\n")
    project.ok("workflow", "test")


def test_every_schema_a_file_names_is_there(project: ScratchProject) -> None:
    project.ok("init", "x")
    for file in (project.root / "x").rglob("*.yaml"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        schema = file.parent / first.rpartition("$schema=")[2]
        assert json.loads(schema.read_text(encoding="utf-8"))["$schema"].startswith("http://json-schema.org/draft-07")
    settings = json.loads((project.root / "x/.vscode/settings.json").read_text(encoding="utf-8"))
    assert all((project.root / "x" / schema).is_file() for schema in settings["yaml.schemas"])


def test_the_project_is_named_after_its_folder(project: ScratchProject) -> None:
    project.ok("init", "Blue Harbor 2")
    assert "\nproject: blue-harbor-2\n" in (project.root / "Blue Harbor 2/spara.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("acme", "acme"), ("Ünï_code!", "n-code"), ("株式会社", "my-project"), ("a" * 200, "a" * 60), ("2026", "2026")],
)
def test_a_project_name_is_plain(folder: str, name: str, tmp_path: Path) -> None:
    assert project_name(tmp_path / folder) == name


@pytest.mark.parametrize(("value", "written"), [("acme", "acme"), ("2026", '"2026"'), ("null", '"null"')])
def test_a_value_that_yaml_would_read_as_something_else_is_quoted(value: str, written: str) -> None:
    assert with_value("# top\nproject: x # why\n", "project", value) == f"# top\nproject: {written} # why\n"


def test_next_to_it_says_what_comes_next(project: ScratchProject) -> None:
    finished = project.ok("init", "my project")
    assert "  cd 'my project'\n  spara workflow validate\n" in finished.err
    assert finished.out.splitlines()[-1] == "created  spara.yaml"
    assert project.ok("init", "other", "-q").err == ""


def test_twice_is_refused(project: ScratchProject) -> None:
    project.ok("init", "x")
    again = project.run("init", "x")
    assert (again.code, again.out) == (2, "")
    assert again.err.startswith("error: x is a project already: it has a spara.yaml\n")


def test_a_spara_yaml_that_is_a_broken_link_is_a_project_too(project: ScratchProject) -> None:
    (project.root / "x").mkdir()
    (project.root / "x/spara.yaml").symlink_to("nowhere")
    assert project.run("init", "x").code == 2
    assert not (project.root / "nowhere").exists()


def test_what_is_there_is_left_and_named(project: ScratchProject) -> None:
    project.write("x/.gitignore", "mine\n")
    project.write("x/playbooks/inbound-demo.yaml", "mine\n")
    (project.root / "x/leads.csv").symlink_to("elsewhere.csv")
    answer = project.ok("init", "x", "--json").answer
    assert answer["left"] == [".gitignore", "playbooks/inbound-demo.yaml", "leads.csv"]
    assert (project.root / "x/.gitignore").read_text(encoding="utf-8") == "mine\n"
    assert (project.root / "x/playbooks/inbound-demo.yaml").read_text(encoding="utf-8") == "mine\n"
    assert not (project.root / "x/elsewhere.csv").exists()


def test_left_files_are_said_to_be_there(project: ScratchProject) -> None:
    project.write("x/.gitignore", "mine\n")
    assert "left     .gitignore (it was there)\n" in project.ok("init", "x").out


def test_a_folder_that_is_a_link_is_not_followed(project: ScratchProject) -> None:
    (project.root / "elsewhere").mkdir()
    (project.root / "x").mkdir()
    (project.root / "x/playbooks").symlink_to(project.root / "elsewhere", target_is_directory=True)
    finished = project.run("init", "x")
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith("error: x/playbooks is a symbolic link")
    assert files_below(project.root / "x") == files_below(project.root / "elsewhere") == set()


@pytest.mark.parametrize("path", ["x", "x/playbooks"])
def test_a_file_in_the_way_is_one_clear_line(path: str, project: ScratchProject) -> None:
    project.write(path, "not a folder")
    finished = project.run("init", "x")
    assert finished.code == 2
    assert finished.err.count("\n") == 1
    assert finished.err.startswith("error: x/")


@pytest.mark.skipif(not ANYBODY, reason="root may write anywhere")
def test_a_read_only_folder_is_one_clear_line(project: ScratchProject) -> None:
    (project.root / "x").mkdir(mode=0o555)
    finished = project.run("init", "x")
    assert (finished.code, finished.out) == (2, "")
    assert finished.err == "error: x/.gitignore cannot be made: Permission denied\n"


class Refusing:
    """A disk on which the nth new file cannot be written."""

    def __init__(self, number: int, error: OSError) -> None:
        self.left, self.error = number, error
        self.open = Path.open

    def __call__(self, path: Path, mode: str = "r", *more: Any, **others: Any) -> Any:
        if mode != "xb":
            return self.open(path, mode, *more, **others)
        self.left -= 1
        stream = self.open(path, mode)
        if self.left:
            return stream
        stream.close()
        return Torn(self.error)


class Torn:
    """A stream that takes nothing."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    def __enter__(self) -> Torn:
        return self

    def __exit__(self, *_about: object) -> None:
        return None

    def write(self, _content: bytes) -> int:
        raise self.error


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, 2), (errno.EROFS, 2), (errno.ENOSPC, 3)], ids=["denied", "read-only", "full"]
)
def test_an_init_that_failed_half_way_can_be_run_again(
    number: int, code: int, project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(5, OSError(number, os.strerror(number)))
    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", lambda path, *words, **named: refusing(path, *words, **named))
        failed = project.run("init", "x")
    assert (failed.code, failed.out) == (code, "")
    assert failed.err == f"error: x/schemas/workflow-test.schema.json cannot be made: {os.strerror(number)}\n"
    assert len(files_below(project.root / "x")) == 4, "half a file is not left behind"
    assert len(project.ok("init", "x", "--json").answer["left"]) == 4


def test_without_a_folder_it_is_the_current_one(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "here").mkdir()
    monkeypatch.chdir(project.root / "here")
    assert "cd " not in project.ok("init").err
    assert (project.root / "here/spara.yaml").is_file()
