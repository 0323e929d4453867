"""Which settings count, and where each comes from."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spara_cli.errors import EXIT_USAGE, ConfigError
from spara_cli.model.lead import STANDARD_FIELDS, FieldType
from spara_cli.settings.load import Settings, SettingsInvalid, load_settings, rules_of
from spara_cli.settings.model import Project
from spara_cli.settings.origins import variables

ZONE = "account: {zone: Europe/Berlin}\n"


def _project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spara.yaml").write_text(text, encoding="utf-8")
    return folder


def _load(start: Path, *, project: Path | None = None, env: dict[str, str] | None = None, **more: Any) -> Settings:
    return load_settings(start, project=project, env=env or {}, **more)


def test_without_a_file_everything_is_default_and_the_zone_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = _load(tmp_path)
    assert (settings.root, settings.file, settings.project) == (tmp_path, None, Project())
    assert settings.state == tmp_path / ".spara"
    assert settings.database == tmp_path / ".spara" / "spara.db"
    assert settings.store == f"sqlite:///{tmp_path}/.spara/spara.db"
    assert settings.rules.zone.key == "America/New_York"
    assert settings.rules.notify is None
    assert settings.call_outcome == "no_answer"
    assert set(settings.origins.values()) == {"default"}
    assert [each.rule for each in settings.warnings] == ["account-zone-missing"]  # W1
    assert list(tmp_path.iterdir()) == [tmp_path / ".git"]


def test_the_nearest_file_upward_counts_and_files_are_not_merged(tmp_path: Path) -> None:
    _project(tmp_path, f"{ZONE}project: outer\n")
    inner = _project(tmp_path / "a", "project: inner\n")
    (inner / "b" / "c").mkdir(parents=True)
    settings = _load(inner / "b" / "c")
    assert settings.file == inner / "spara.yaml"
    assert settings.root == inner
    assert settings.project.project == "inner"
    assert settings.origins["account.zone"] == "default"


@pytest.mark.parametrize("git_is_a_file", [True, False])
def test_the_git_root_is_the_last_folder_looked_at(tmp_path: Path, git_is_a_file: bool) -> None:
    _project(tmp_path, ZONE)
    repository = tmp_path / "repository"
    (repository / "deep").mkdir(parents=True)
    if git_is_a_file:  # as in a work tree
        (repository / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    else:
        (repository / ".git").mkdir()
    assert _load(repository / "deep").file is None
    _project(repository, ZONE)
    assert _load(repository / "deep").root == repository


def test_project_names_the_folder_and_nothing_above_it_counts(tmp_path: Path) -> None:
    _project(tmp_path, ZONE)
    bare = tmp_path / "bare"
    bare.mkdir()
    settings = _load(tmp_path, project=bare)
    assert (settings.file, settings.root) == (None, bare)
    assert _load(bare, project=tmp_path).file == tmp_path / "spara.yaml"


def test_flag_beats_overlay_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    start = _project(tmp_path, "\naccount:\n  name: file\n  zone: Europe/Berlin\n")
    layers: list[tuple[dict[str, Any], str, str]] = [
        ({}, "file", "spara.yaml:3"),
        ({"env": {"SPARA_ACCOUNT_NAME": "variable"}}, "variable", "SPARA_ACCOUNT_NAME"),
        ({"overlay": {"account": {"name": "overlay"}}}, "overlay", "overlay"),
        ({"flags": {"account.name": "flag"}}, "flag", "flag"),
    ]
    given: dict[str, Any] = {}
    for more, name, origin in layers:
        given |= more
        settings = _load(start, **given)
        assert (settings.project.account.name, settings.origins["account.name"]) == (name, origin)
        assert settings.origins["account.zone"] == "spara.yaml:4"
        assert settings.origins["account.region"] == "default"
    assert _load(start, flags={"account.name": None}).project.account.name == "file"
    assert _load(start, env={"SPARA_ACCOUNT_NAME": ""}).project.account.name == "file"


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("SPARA_LIMITS_MAX_ATTEMPTS", "7", "limits.max_attempts"),
        ("SPARA_LIMITS_CALLS_PER_SECOND", "0.5", "limits.calls_per_second"),
        ("SPARA_RETENTION_MESSAGES", "30 days", "retention.messages"),
        ("SPARA_ACCOUNT_NAME", "007", "account.name"),
        ("SPARA_TEST_RECIPIENT_EMAIL", "me@acme.test", "test_recipient.email"),
    ],
)
def test_a_variable_is_read_as_its_key_wants_it(tmp_path: Path, name: str, text: str, key: str) -> None:
    _project(tmp_path, "test_recipient: null\n")
    settings = _load(tmp_path, env={name: text})
    assert settings.origins[key] == name
    assert {leaf.key: str(leaf.value) for leaf in settings.values()}[key] == text


def test_every_variable_names_a_key() -> None:
    assert {"SPARA_STORE", "SPARA_MODE", "SPARA_ACCOUNT_ZONE", "SPARA_ON_UNKNOWN"} <= set(variables())
    assert "SPARA_HOME" not in variables()
    assert "SPARA_PROJECT" not in variables()


def test_a_zone_from_a_variable_is_a_zone_given(tmp_path: Path) -> None:
    settings = _load(_project(tmp_path, "project: x\n"), env={"SPARA_ACCOUNT_ZONE": "Asia/Tokyo"})
    assert settings.rules.zone.key == "Asia/Tokyo"
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"env": {"SPARA_MODE": "lvie"}}, "SPARA_MODE: `lvie` is not a value"),
        ({"env": {"SPARA_ACCOUNT_ZONE": "Mars"}}, "SPARA_ACCOUNT_ZONE: 'Mars' is not a time zone"),
        ({"env": {"SPARA_LIMITS_MAX_ATTEMPTS": "many"}}, "SPARA_LIMITS_MAX_ATTEMPTS: expected a whole number"),
        ({"flags": {"mode": 3}}, "the flag for `mode`"),
        ({"flags": {"mood": "x"}}, "unknown key `mood`"),
        ({"overlay": {"windows": {"email": {"mon": 3}}}}, "windows.email"),
        ({"overlay": {"windows": {"email": {"mon": [], "holidays": "XX"}}}}, "windows.email.holidays"),
        ({"overlay": {"account": {"region": "XX"}}}, "account.region"),
        ({"overlay": {"acount": {}}}, "acount: unknown key"),
    ],
)
def test_a_bad_value_from_outside_the_file_names_where_it_came_from(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(_project(tmp_path, ZONE), **given)
    assert message in caught.value.message
    assert not isinstance(caught.value, SettingsInvalid)


def test_a_bad_file_is_raised_with_everything_wrong_in_it(tmp_path: Path) -> None:
    start = _project(tmp_path, "mood: x\naccount: {zone: y}\n") / "below"
    start.mkdir()
    with pytest.raises(SettingsInvalid) as caught:
        _load(start)
    error = caught.value
    assert error.exit_code == EXIT_USAGE
    assert [each.rule for each in error.diagnostics] == ["unknown-zone", "unknown-key"]
    assert error.message == "../spara.yaml:1:1: unknown key `mood` [unknown-key] (and 1 more)"
    assert error.source.text.startswith("mood")
    assert error.hint == "did you mean `mode`?"


def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    _project(tmp_path, ZONE)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match=r"^spara.yaml cannot be read: Permission denied$"):
        _load(tmp_path)


@pytest.mark.parametrize("mode", ["test", "live"])
def test_this_release_sends_to_nobody(tmp_path: Path, mode: str) -> None:
    start = _project(tmp_path, f"mode: {mode}\n")
    with pytest.raises(ConfigError) as caught:
        _load(start)
    assert caught.value.message == (
        f"mode: {mode} (spara.yaml:1): live sending is not in this release; use mode: outbox"
    )
    assert _load(start, flags={"mode": "outbox"}).project.mode == "outbox"


@pytest.mark.parametrize(
    ("store", "database"),
    [
        ("sqlite:///data/x.db", "data/x.db"),
        ("sqlite:///./x.db", "x.db"),
        ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
    ],
)
def test_a_relative_database_counts_from_the_file(tmp_path: Path, store: str, database: str) -> None:
    start = _project(tmp_path, f"store: {store}\n") / "below"
    start.mkdir()
    settings = _load(start)
    assert settings.database == tmp_path / database
    assert settings.store == store


@pytest.mark.parametrize(
    ("store", "reason"),
    [
        ("postgresql://ada:hunter2@db/spara", "PostgreSQL comes in a later release"),
        ("mysql://ada:hunter2@db", "write sqlite:///"),
        ("spara.db", "write sqlite:///"),
        ("sqlite:///", "write sqlite:///"),
        ("sqlite://x.db", "write sqlite:///"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:///x.db?mode=ro", "no `\\?`"),
    ],
)
def test_a_store_that_is_no_database_is_refused_without_its_address(tmp_path: Path, store: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        _load(_project(tmp_path, ZONE), env={"SPARA_STORE": store})
    assert "SPARA_STORE" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_the_state_folder_moves_with_its_variable_and_the_default_database_with_it(tmp_path: Path) -> None:
    settings = _load(_project(tmp_path, ZONE), env={"SPARA_HOME": "state"})
    assert settings.state == tmp_path / "state"
    assert settings.database == tmp_path / "state" / "spara.db"
    assert settings.origins["state"] == "SPARA_HOME"
    absolute = _load(tmp_path, env={"SPARA_HOME": str(tmp_path / "elsewhere")})
    assert absolute.state == tmp_path / "elsewhere"


def test_the_rules_are_those_of_the_file(tmp_path: Path) -> None:
    text = """\
account: {zone: Europe/Berlin, region: DE, name: Acme, address: Hauptstr. 1}
windows: {email: {mon-fri: ["08:00-18:00"]}, call: {mon-sun: ["10:00-18:00"], zone: lead, holidays: DE-BY}}
channels: {call: {outcome: answered}, notify: {sales: {kind: outbox}}}
agents: {a: {phone_number: "+12125550199"}, b: {published: false}}
limits: {max_attempts: 3}
on_unknown: hold
fields: {score: {type: integer}, pages: {type: list}, note: {}, email: {pii: true}}
"""
    settings = _load(_project(tmp_path, text))
    rules = settings.rules
    assert (rules.zone.key, rules.region, rules.account_name, rules.account_address) == (
        "Europe/Berlin", "DE", "Acme", "Hauptstr. 1"
    )  # fmt: skip
    assert set(rules.windows) == {"email", "call"}
    assert rules.windows["call"].zone == "lead"
    assert (rules.agents["a"].phone_number, rules.agents["b"].published) == ("+12125550199", False)
    assert (rules.max_attempts, rules.on_unknown, rules.notify, rules.problems) == (3, "hold", None, {})
    assert dict(rules.field_types) == {
        **STANDARD_FIELDS, "score": FieldType.INTEGER, "pages": FieldType.LIST, "note": FieldType.STRING
    }  # fmt: skip
    assert settings.call_outcome == "answered"
    epiphany = date(2026, 1, 6)  # a holiday in Bavaria, not in all of Germany
    assert rules.holiday_test("call")(epiphany)
    assert not rules.holiday_test("call")(date(2026, 1, 7))
    assert not rules.holiday_test("email")(epiphany)


def test_outside_outbox_mode_the_notify_channels_are_those_declared() -> None:
    project = Project.model_validate_json('{"mode": "live", "channels": {"notify": {"sales": {"kind": "outbox"}}}}')
    assert rules_of(project).notify == frozenset({"sales"})


def test_holidays_are_those_of_the_calendar_with_days_in_lieu() -> None:
    project = Project.model_validate_json('{"windows": {"text": {"mon": ["08:00-09:00"], "holidays": "US"}}}')
    is_holiday = rules_of(project).holiday_test("text")
    assert is_holiday(date(2026, 7, 3))  # the Fourth is a Saturday
    assert not is_holiday(date(2026, 7, 6))
