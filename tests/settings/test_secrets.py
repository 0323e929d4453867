"""Secrets are resolved when used, and never shown."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

import pytest

from spara_cli.errors import ConfigError
from spara_cli.settings.secrets import (
    SECRET_BYTES_MAX,
    Reference,
    Secret,
    masked,
    redact,
    reference_problem,
    references_in,
    resolve,
)

ENV = {"TOKEN": "hunter2", "EMPTY": "", "NESTED": "${env:TOKEN}", "PATH": "/usr/bin:/bin"}


def _python(code: str) -> str:
    """A reference to what a Python program prints; the code must do without braces."""
    return f"${{cmd:'{sys.executable}' -c \"{code}\"}}"


def test_a_secret_shows_nowhere() -> None:
    secret = Secret("hunter2")
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r}", "%s" % secret, str([secret])]  # noqa: UP031
    assert all("hunter2" not in each for each in shown)
    assert str(secret) == "***"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("other")
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_written_to_disk(take: object) -> None:
    assert callable(take)
    with pytest.raises(TypeError, match="not written"):
        take(Secret("hunter2"))


def test_references_are_found_in_order_and_other_text_is_left_alone() -> None:
    text = "a ${env:A} ${file:./b c} ${keyring:x/y/z} ${cmd:pass show q} $HOME ${X} $${env:B}"
    assert [str(each) for each in references_in(text)] == [
        "${env:A}", "${file:./b c}", "${keyring:x/y/z}", "${cmd:pass show q}", "${env:B}"
    ]  # fmt: skip
    assert references_in("${env:A}") == (Reference("env", "A"),)


@pytest.mark.parametrize(
    "text",
    ["${hunter2}", "${evn:A}", "${env:}", "${env: }", "${env:A-B}", "${env:1}", "${keyring:x}", "${keyring:/x}",
     "${keyring:x/}", "${cmd:a 'b}", "${}", "${file:}"],
)  # fmt: skip
def test_what_looks_like_a_reference_and_is_none_is_told_without_repeating_it(text: str) -> None:
    problem = reference_problem(f"${{env:FINE}} {text}")
    assert problem is not None
    assert "hunter2" not in problem
    assert references_in(text) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hunter2", "***"),
        ("", ""),
        ("${env:A}", "${env:A}"),
        ("hunter2${env:A}", "***${env:A}"),
        ("${env:A}hunter2${file:b}x", "${env:A}***${file:b}***"),
        ("${hunter2}", "***"),
    ],
)
def test_a_masked_text_shows_references_and_nothing_else(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "secrets", "redacted"),
    [
        ("key=hunter2!", ["hunter2"], "key=***!"),
        ("hunter2hunter", ["hunter", "hunter2"], "******"),
        ("nothing", [""], "nothing"),
        ("a.b", [Secret("a.b")], "***"),
    ],
)
def test_redacting_replaces_every_secret_the_longest_first(
    text: str, secrets: list[str | Secret], redacted: str
) -> None:
    assert redact(text, secrets) == redacted


def test_references_are_resolved_and_what_comes_out_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"s3cret\r\n")
    assert resolve("Bearer ${env:TOKEN}", ENV, tmp_path) == "Bearer hunter2"
    assert resolve("${file:key}|${env:NESTED}|$x ${y}", ENV, tmp_path) == "s3cret|${env:TOKEN}|$x ${y}"
    assert resolve(_python("print('from a command')"), ENV, tmp_path) == "from a command"


def test_a_command_runs_in_the_projects_folder_with_the_given_variables_and_no_shell(tmp_path: Path) -> None:
    script = tmp_path / "say.py"
    script.write_text("import os, sys; print(os.getcwd(), os.environ['TOKEN'], sys.argv[1:])", encoding="utf-8")
    said = resolve(f"${{cmd:'{sys.executable}' say.py $TOKEN '; echo no'}}", ENV, tmp_path)
    assert said == f"{tmp_path.resolve()} hunter2 ['$TOKEN', '; echo no']"


def test_the_keyring_is_asked_by_service_and_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ring = SimpleNamespace(get_password=lambda service, name: {"a/b:c": "hunter2"}.get(f"{service}:{name}"))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert resolve("${keyring:a/b/c}", {}, tmp_path) == "hunter2"
    with pytest.raises(ConfigError, match="no such entry"):
        resolve("${keyring:a/d}", {}, tmp_path)


def test_without_the_keyring_package_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        resolve("${keyring:a/b}", {}, tmp_path)
    assert caught.value.hint == "pip install keyring"


def test_a_keyring_that_fails_says_so_without_what_it_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(_service: str, _name: str) -> str:
        raise RuntimeError("hunter2")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=refuse))
    with pytest.raises(ConfigError, match="RuntimeError") as caught:
        resolve("${keyring:a/b}", {}, tmp_path)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("${env:NOT_THERE}", "not set"),
        ("${env:EMPTY}", "empty"),
        ("${file:nowhere}", "no such file"),
        ("${file:.}", "no such file"),
        ("${file:empty}", "empty"),
        ("${file:huge}", "more than 65,536 bytes"),
        ("${file:latin-1}", "not UTF-8"),
        ("${file:zero}", "zero byte"),
        ("${file:a\x00b}", "no such file|cannot be read"),
        ("${cmd:no-such-program-here}", "cannot be started"),
        (_python("print('hunter2'); raise SystemExit(3)"), "status 3"),
        (_python("pass"), "empty"),
        (_python("print('x' * 10**7)"), "more than 65,536 bytes"),
    ],
)
def test_what_cannot_be_resolved_names_the_reference_and_never_a_value(
    reference: str, reason: str, tmp_path: Path
) -> None:
    files = {"empty": b"\n", "huge": b"x" * (SECRET_BYTES_MAX + 1), "latin-1": b"hunter2\xe9", "zero": b"a\x00b"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as caught:
        resolve(f"${{env:TOKEN}} {reference}", ENV, tmp_path)
    assert reference in caught.value.message
    assert "hunter2" not in caught.value.message.replace(reference, "")


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import signal; signal.pause()'])"
    with pytest.raises(ConfigError, match="more than"):
        resolve(_python(code), ENV, tmp_path, command_seconds_max=0.3)
