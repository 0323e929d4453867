"""`spara workflow publish|unpublish|cancel` and `spara run`, as a person uses them."""

from __future__ import annotations

import sqlite3

from tests.cli.conftest import ScratchProject

DRIP = """\
# yaml-language-server: $schema=../schemas/workflow.schema.json
workflow: drip
trigger: {where: [{field: email, op: is_defined}]}
steps:
  - {id: hello, type: send_email, subject: "Hi {{ first_name }}", body: "One thing."}
  - {id: pause, type: wait, for: 2 days}
  - {id: later, type: send_email, subject: "Still there?", body: "Two things."}
"""


def ready(project: ScratchProject) -> ScratchProject:
    project.write("playbooks/drip.yaml", DRIP)
    project.ok("lead", "create", "--id", "L1", "email=ada@example.com", "first_name=Ada")
    return project


def test_v5_run_dry_run_and_fast_forward_tell_one_story(project: ScratchProject) -> None:
    """V5: one interpreter; a dry run says what a run then does."""
    ready(project).ok("workflow", "publish", "playbooks", "--yes")
    dry = project.ok("run", "--dry-run", "--json").answer
    assert [message["subject"] for message in dry["would_send"]] == ["Hi Ada"]
    assert not (project.root / ".spara" / "outbox").exists()
    assert project.ok("lead", "timeline", "L1", "--json").answer["entries"] == []
    real = project.ok("run", "--json").answer
    assert {key: real[key] for key in ("advanced", "sent", "finished")} == {
        key: dry[key] for key in ("advanced", "sent", "finished")
    }
    ahead = project.ok("run", "--fast-forward", "30d", "--json").answer
    assert (ahead["sent"], ahead["finished"]) == (1, 1)
    kinds = [entry["kind"] for entry in project.ok("lead", "timeline", "L1", "--json").answer["entries"]]
    assert kinds == ["entered", "sent", "waiting", "sent", "exited"]
    assert len(list(project.root.glob(".spara/outbox/email/**/*.eml"))) == 2


def test_p5_warnings_do_not_stop_a_publish_and_errors_do(project: ScratchProject) -> None:
    """P5: the warnings are shown all the same."""
    ready(project)
    project.write("playbooks/drip.yaml", DRIP.replace("{id: pause, type", "{type"))
    finished = project.ok("workflow", "publish", "playbooks/drip.yaml", "--yes")
    assert "id-not-explicit" in finished.err
    project.write("playbooks/drip.yaml", DRIP.replace("2 days", "2 dyas"))
    refused = project.run("workflow", "publish", "playbooks/drip.yaml", "--yes")
    assert refused.code == 1
    assert "playbooks/drip.yaml:6:" in refused.err
    assert project.ok("workflow", "versions", "drip", "--json").answer["versions"][-1]["version"] == 1


def test_a_refused_publish_answers_in_json_with_the_findings(project: ScratchProject) -> None:
    ready(project).write("playbooks/drip.yaml", DRIP.replace("2 days", "2 dyas"))
    refused = project.run("workflow", "publish", "playbooks/drip.yaml", "--yes", "--json")
    assert (refused.code, refused.answer["ok"], refused.answer["errors"]) == (1, False, 1)
    assert [each["rule"] for each in refused.answer["files"][0]["diagnostics"]] == ["invalid-duration"]


def test_w1_publishing_without_an_account_zone_says_so_once(project: ScratchProject) -> None:
    """W1: with a file its line is named, without one none is made up."""
    ready(project)
    (project.root / "spara.yaml").unlink(missing_ok=True)
    alone = project.ok("workflow", "publish", "playbooks", "--yes").err
    assert alone.startswith("warning: no account zone is given")
    project.write("spara.yaml", "project: acme\n")
    told = project.ok("workflow", "publish", "playbooks", "--yes").err
    assert told.count("account-zone-missing") == 1
    assert told.startswith("spara.yaml:1:1: warning: no account zone")
    project.write("spara.yaml", "account: {zone: UTC}\n")
    assert project.ok("workflow", "publish", "playbooks", "--yes").err == ""


def test_one_bad_playbook_keeps_all_of_them_back(project: ScratchProject) -> None:
    ready(project).write("playbooks/other.yaml", "workflow: other\nsteps: []\n")
    assert project.run("workflow", "publish", "playbooks", "--yes").code == 1
    assert project.run("workflow", "versions", "drip").code == 2


def test_tests_named_by_a_glob_are_passed_over(project: ScratchProject) -> None:
    ready(project).write("playbooks/drip.test.yaml", "workflow: drip\ntests: []\n")
    published = project.ok("workflow", "publish", "playbooks/drip.test.yaml", "playbooks/drip.yaml", "--yes")
    assert published.out == "drip: published, version 1\n"
    assert project.run("workflow", "publish", "playbooks/drip.test.yaml", "--yes").code == 2


def test_publishing_asks_first_and_without_a_terminal_names_the_flag(project: ScratchProject) -> None:
    refused = ready(project).run("workflow", "publish", "playbooks")
    assert (refused.code, "--yes" in refused.err) == (2, True)


def test_p1_unchanged_then_resumed_then_cancelled(project: ScratchProject) -> None:
    ready(project).ok("workflow", "publish", "playbooks", "--yes")
    project.ok("run")
    assert project.ok("workflow", "publish", "playbooks", "--yes").out == "drip: unchanged, version 1, 1 inside\n"
    assert project.ok("workflow", "unpublish", "drip", "--yes").out == "drip: unpublished, 1 leads frozen\n"
    assert project.ok("workflow", "publish", "playbooks", "--yes").out == "drip: resumed, version 1, 1 inside\n"
    assert project.ok("workflow", "cancel", "drip", "--yes", "--json").answer["leads"] == 1
    assert project.run("workflow", "publish", "playbooks", "--yes").code == 2


def test_a_second_run_on_one_store_is_turned_away(project: ScratchProject) -> None:
    ready(project).ok("workflow", "publish", "playbooks", "--yes")
    with sqlite3.connect(project.root / ".spara" / "spara.db") as connection:
        far = 10**17
        connection.execute(
            "UPDATE daemons SET pid = 1, host = 'another.example', token = token + 1, expires_at = ?", (far,)
        )
    refused = project.run("run")
    assert (refused.code, "process 1 on another.example" in refused.err) == (2, True)


def test_what_cannot_be_asked_of_run_is_a_usage_error(project: ScratchProject) -> None:
    for words in (["--fast-forward", "soon"], ["--watch", "--dry-run"], ["--max-turns", "0"], ["--nonsense"]):
        assert project.run("run", *words).code == 2, words


def test_a_database_that_is_none_ends_with_three_and_one_line(project: ScratchProject) -> None:
    project.write(".spara/spara.db", b"no database " * 100)
    failed = project.run("run")
    assert (failed.code, failed.err.count("\n"), "Traceback" in failed.err) == (3, 2, False)


def test_w2_a_window_of_the_project_holds_until_it_opens(project: ScratchProject) -> None:
    """W2: windows in the account's zone; 09:00 on a Monday is before ten."""
    zone = "account: {zone: America/New_York}\n"
    project.write("spara.yaml", zone + 'windows: {email: {mon-fri: ["10:00-18:00"]}}\n')
    ready(project).ok("workflow", "publish", "playbooks", "--yes")
    assert project.ok("run", "--json").answer["held"] == 1
    held = project.ok("lead", "timeline", "L1", "--json").answer["entries"][-1]
    assert (held["kind"], held["until"]) == ("held", "2026-03-02T15:00:00Z")
    project.clock.forward(hours=1)
    assert project.ok("run", "--json").answer["sent"] == 1


def test_a_second_fast_forward_goes_on_where_the_first_came_to(project: ScratchProject) -> None:
    ready(project).ok("workflow", "publish", "playbooks", "--yes")
    project.ok("run", "--fast-forward", "1d")
    assert project.ok("run", "--fast-forward", "1d", "--json").answer["finished"] == 1
    project.ok("event", "record", "page_visited", "--lead", "L1")
    entries = project.ok("lead", "timeline", "L1", "--json").answer["entries"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
