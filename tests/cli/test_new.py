"""`spara new` copies an example under a key of its own, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from spara_cli.cli.scaffold import examples
from tests.cli.conftest import ScratchProject


@pytest.mark.parametrize("template", examples())
def test_only_the_key_changes_and_the_copy_passes_its_tests(template: str, project: ScratchProject) -> None:
    project.ok("new", "spring-campaign", "--from", template)
    for suffix in (".yaml", ".test.yaml"):
        copy = (project.root / f"playbooks/spring-campaign{suffix}").read_text(encoding="utf-8")
        example = examples()[template]
        original = example.playbook if suffix == ".yaml" else example.test
        assert copy == original.replace(f"\nworkflow: {template}\n", "\nworkflow: spring-campaign\n")
        assert copy != original
    project.ok("workflow", "test", "playbooks")


def test_without_a_template_it_is_the_fullest_one(project: ScratchProject) -> None:
    answer = project.ok("new", "mine", "--json").answer
    assert answer["template"] == "inbound-demo"
    assert answer["workflow"] == "mine"
    assert answer["created"] == ["playbooks/mine.yaml", "playbooks/mine.test.yaml"]


def test_it_goes_into_the_project_from_anywhere_below(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "playbooks/drafts").mkdir(parents=True)
    monkeypatch.chdir(project.root / "playbooks/drafts")
    assert project.ok("new", "mine").out == "created  ../mine.yaml\ncreated  ../mine.test.yaml\n"
    assert (project.root / "playbooks/mine.yaml").is_file()


def test_a_key_of_digits_is_quoted_so_that_it_stays_text(project: ScratchProject) -> None:
    project.ok("new", "2026", "--from", "product-news")
    assert '\nworkflow: "2026"\n' in (project.root / "playbooks/2026.yaml").read_text(encoding="utf-8")
    project.ok("workflow", "test", "playbooks")


@pytest.mark.parametrize("there", ["playbooks/mine.yaml", "playbooks/mine.test.yaml"])
def test_what_is_there_is_not_overwritten(there: str, project: ScratchProject) -> None:
    project.write(there, "mine\n")
    finished = project.run("new", "mine")
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith(f"error: {there} is there already\n")
    assert [file.name for file in (project.root / "playbooks").iterdir()] == [Path(there).name]
    assert (project.root / there).read_text(encoding="utf-8") == "mine\n"


def test_an_unknown_template_gets_the_nearest_name(project: ScratchProject) -> None:
    finished = project.run("new", "mine", "--from", "product-new")
    assert finished.code == 2
    assert finished.err == "error: there is no example `product-new`\n  = help: did you mean `product-news`?\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Spring Campaign", "`spring-campaign` would do"),
        ("spring_campaign", "`spring-campaign` would do"),
        ("../spring", "`spring` would do"),
        ("spring\n", "`spring` would do"),
        ("-", "such as `spring-campaign`"),
        ("", "spara new NAME"),
    ],
)
def test_a_name_is_kebab_case(name: str, hint: str, project: ScratchProject) -> None:
    finished = project.run("new", "--", name)
    assert finished.code == 2
    assert hint in finished.err
    assert not (project.root / "playbooks").exists()


def test_a_name_has_a_length(project: ScratchProject) -> None:
    assert "at most 100 characters" in project.run("new", "a" * 101).err


def test_the_list_has_every_example_with_what_it_is_for(project: ScratchProject) -> None:
    rows = project.ok("new", "--list").table
    assert [row[0] for row in rows] == sorted(examples())
    assert all(len(row) == 2 and row[1].endswith(".") for row in rows)
    listed = project.ok("new", "--list", "--json").answer["templates"]
    assert {each["template"] for each in listed} == set(examples())
