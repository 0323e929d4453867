"""`spara config`: every value, its origin, and no secret."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from spara_cli.cli import config as command
from spara_cli.cli.context import OPTIONS, Options
from spara_cli.settings.model import Project
from spara_cli.settings.origins import leaves

FILE = """\
account: {zone: Europe/Berlin, name: "[red]Acme\\e[31m"}
channels:
  email: {kind: smtp, host: smtp.acme.test, from: a@acme.test, username: ada, password: hunter2}
  text: {kind: twilio, account_sid: AC1, auth_token: "${env:TWILIO_TOKEN}", from: "12345"}
"""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "spara.yaml").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    fresh = Options(env={"SPARA_ON_UNKNOWN": "hold", "TWILIO_TOKEN": "s3cret"})
    for name in Options.__slots__:
        monkeypatch.setattr(OPTIONS, name, getattr(fresh, name))
    return tmp_path


@pytest.mark.usefixtures("project")
def test_piped_it_is_a_line_for_each_value_parted_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.config(json=False) == 0
    out, err = capsys.readouterr()
    rows = {key: (value, origin) for key, value, origin in (line.split("\t") for line in out.splitlines())}
    assert rows["account.zone"] == ("Europe/Berlin", "spara.yaml:1")
    assert rows["account.name"] == ("[red]Acme\\x1b[31m", "spara.yaml:1")
    assert rows["on_unknown"] == ("hold", "SPARA_ON_UNKNOWN")
    assert rows["limits.calls_per_second"] == ("5", "default")
    assert rows["channels.email.port"] == ("587", "default")
    assert rows["channels.email.password"] == ("***", "spara.yaml:3")
    assert rows["channels.text.auth_token"] == ("${env:TWILIO_TOKEN}", "spara.yaml:4")
    assert rows["agents"] == ("{}", "default")
    assert {leaf.key for leaf in leaves(Project()) if not leaf.key.startswith("channels.")} <= set(rows)
    assert "hunter2" not in out + err
    assert "s3cret" not in out + err
    assert err.startswith("spara.yaml:3:") and err.endswith("[hardcoded-secret]\n")


def test_as_json_it_is_one_object_with_values_of_their_types(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.config(json=True) == 0
    out, _ = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["format_version"], answer["command"], answer["ok"]) == ("1.0", "config", True)
    assert (answer["root"], answer["file"]) == (str(project), str(project / "spara.yaml"))
    values = {each["key"]: (each["value"], each["from"]) for each in answer["settings"]}
    assert values["limits.max_attempts"] == (5, "default")
    assert values["account.public_url"] == (None, "default")
    assert values["state"] == (str(project / ".spara"), "default")
    assert values["channels.email.password"] == ("***", "spara.yaml:3")
    assert "hunter2" not in out


@pytest.mark.usefixtures("project")
def test_on_a_terminal_it_is_a_table_that_reads_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", terminal := _Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(OPTIONS, "colour", "never")
    assert command.config(json=False) == 0
    lines = terminal.getvalue().splitlines()
    assert lines[0].split() == ["SETTING", "VALUE", "FROM"]
    assert any(line.split() == ["account.name", "[red]Acme\\x1b[31m", "spara.yaml:1"] for line in lines)
    assert "\x1b" not in terminal.getvalue()


def test_a_bad_file_is_shown_as_validate_shows_it_and_exits_2(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "spara.yaml").write_text("acount: {}\n", encoding="utf-8")
    assert command.config(json=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:4] == [
        "spara.yaml:1:1: error: unknown key `acount` [unknown-key]",
        "  |",
        "1 | acount: {}",
        "  | ^^^^^^",
    ]


@pytest.mark.usefixtures("project")
def test_quiet_leaves_the_warnings_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(OPTIONS, "quiet", True)
    assert command.config(json=False) == 0
    assert capsys.readouterr().err == ""
