"""`spara demo` goes the whole way on its own and leaves a project with emails to read."""

from __future__ import annotations

import os
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from spara_cli.cli import demo
from tests.cli.conftest import ScratchProject

LOOP = (
    "spara workflow validate",
    "spara workflow test",
    "spara lead import leads.csv",
    "spara workflow publish playbooks --yes",
    "spara run --fast-forward 30d",
    "spara workflow funnel inbound-demo",
)


@pytest.mark.slow
def test_it_shows_every_command_and_ends_with_a_timeline_and_emails(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARA_HOME", str(project.root / "not-mine"))
    monkeypatch.setenv("SPARA_MODE", "live")
    finished = project.ok("demo", "--keep", "tour")

    typed = [line.removeprefix("$ ") for line in finished.out.splitlines() if line.startswith("$ ")]
    tour = project.root / "tour"
    assert typed[:-1] == [f"spara init {tour}", f"cd {tour}", *LOOP]
    assert typed[-1].startswith("spara lead timeline L-")
    timeline = finished.out.partition(typed[-1])[2]
    assert all(word in timeline for word in ("entered", "sent", "called", "no_answer", "completed"))

    emails = sorted((tour / ".spara/outbox/email").rglob("*.eml"))
    assert len(emails) > 100
    first = next(Path(line.partition(": ")[2]) for line in timeline.splitlines() if line.startswith("the first email"))
    mail = message_from_bytes(first.read_bytes(), policy=default)
    assert mail["Subject"] == "A short demo, with your own numbers"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "1 Main St, Springfield" in body.get_content()

    assert Path.cwd() == project.root
    assert os.environ["SPARA_MODE"] == "live"
    assert not (project.root / "not-mine").exists()
    assert not (project.root / ".spara").exists()


@pytest.mark.slow
def test_as_json_it_holds_what_every_command_answered_and_can_be_removed(project: ScratchProject) -> None:
    answer = project.ok("demo", "--json", "--clean").answer
    steps = {step["command"]: step["answer"] for step in answer["steps"]}
    assert [step["code"] for step in answer["steps"]] == [0] * (len(LOOP) + 2)
    funnel = steps["spara workflow funnel inbound-demo"]
    assert funnel["entered"] > 100
    assert funnel["finished"]["completed"] > 0
    assert steps["spara workflow test"]["failed"] == 0
    assert {"email", "text", "call"} <= answer["messages"].keys()
    entries = steps[f"spara lead timeline {answer['lead']}"]["entries"]
    assert {"sent", "called", "exited"} <= {entry["kind"] for entry in entries}
    assert not Path(answer["project"]).exists()


def test_it_makes_its_project_in_an_empty_folder_only(project: ScratchProject) -> None:
    project.write("tour/mine.txt", "mine")
    finished = project.run("demo", "--keep", "tour")
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith("error: --keep: tour is not empty\n")


def test_a_file_is_no_place_for_it(project: ScratchProject) -> None:
    project.write("tour", "mine")
    finished = project.run("demo", "--keep", "tour")
    assert finished.code == 2
    assert finished.err.startswith("error: --keep: tour cannot be used:")


def test_keep_and_clean_contradict_each_other(project: ScratchProject) -> None:
    assert project.run("demo", "--keep", "tour", "--clean").code == 2
    assert not (project.root / "tour").exists()


def test_a_command_that_fails_stops_it_with_the_same_code(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_LOOP", (("workflow", "funnel", "nobody-published"), ("run",)))
    finished = project.run("demo", "--keep", "tour")
    assert finished.code == 2
    assert "$ spara run" not in finished.out
    assert finished.err.endswith(f"the demo stopped here; its project is {project.root / 'tour'}\n")
    removed = project.run("demo", "--clean", "--json")
    assert removed.code == 2
    assert [step["code"] for step in removed.answer["steps"]] == [0, 2]
    assert not Path(removed.answer["project"]).exists()
