"""Secrets: references such as `${env:NAME}` that are resolved when used, never stored, never printed.

The one thing to know: a message here names the reference, never what it stands for. Nothing is cached: what a
vault or a variable says at the moment of use is what counts.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal, NoReturn, SupportsIndex

from spara_cli.errors import ConfigError

SECRET_BYTES_MAX = 64 * 1024
COMMAND_SECONDS_MAX = 10.0
MASK = "***"

Kind = Literal["env", "file", "keyring", "cmd"]
KINDS: tuple[Kind, ...] = ("env", "file", "keyring", "cmd")

_BRACED = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Secret:
    """A value that shows as `***` wherever it is printed, logged or formatted; `reveal` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a secret is not written to disk")


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${kind:name}` in a text."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"${{{self.kind}:{self.name}}}"


def references_in(text: str) -> tuple[Reference, ...]:
    """The well-formed references in `text`, in order; any other `${…}` is plain text."""
    found = (_reference(match[1]) for match in _BRACED.finditer(text))
    return tuple(each for each in found if isinstance(each, Reference))


def reference_problem(text: str) -> str | None:
    """What is wrong with the first `${…}` in `text` that is no reference, as one sentence, or None."""
    for match in _BRACED.finditer(text):
        found = _reference(match[1])
        if isinstance(found, str):
            return found
    return None


def _reference(inside: str) -> Reference | str:
    """The reference that `${inside}` is, or why it is none. The inside is not repeated: it may be the secret."""
    kind, colon, name = inside.partition(":")
    if not colon or kind not in KINDS:
        return "a secret's reference is `${env:NAME}`, `${file:PATH}`, `${keyring:service/name}` or `${cmd:…}`"
    if not name.strip():
        return f"`${{{kind}:}}` does not say which"
    if kind == "env" and not _VARIABLE.fullmatch(name):
        return "the name in `${env:NAME}` is letters, digits and `_`, and begins with no digit"
    if kind == "keyring" and not all(name.rpartition("/")):
        return "the system's keyring is asked as `${keyring:service/name}`"
    if kind == "cmd":
        try:
            shlex.split(name)
        except ValueError:
            return "the command in `${cmd:…}` has a quote that is never closed"
    return Reference(kind, name)


def masked(text: str) -> str:
    """`text` for people: its references as written, everything between them as `***`."""
    parts, end = [], 0
    for match in _BRACED.finditer(text):
        if isinstance(_reference(match[1]), Reference):
            parts += [MASK if match.start() > end else "", match[0]]
            end = match.end()
    return "".join([*parts, MASK if end < len(text) else ""])


def redact(text: str, secrets: Iterable[str | Secret]) -> str:
    """`text` with every occurrence of every secret as `***`; a secret that holds another goes first."""
    values = {each.reveal() if isinstance(each, Secret) else each for each in secrets}
    for value in sorted(values - {""}, key=lambda each: (-len(each), each)):
        text = text.replace(value, MASK)
    return text


def resolve(text: str, env: Mapping[str, str], root: Path, *, command_seconds_max: float = COMMAND_SECONDS_MAX) -> str:
    """`text` with each reference replaced by what it stands for now; what comes out is not read again.

    A file's path counts from `root`, which is also where a command runs, without a shell and with `env`; line
    breaks at the end of either are dropped. Raises ConfigError naming the reference, never a value.
    """

    def value_of(match: re.Match[str]) -> str:
        reference = _reference(match[1])
        if isinstance(reference, str):
            return match[0]
        match reference.kind:
            case "env":
                value = env.get(reference.name, "")
            case "file":
                value = _from_file(reference, root)
            case "keyring":
                value = _from_keyring(reference)
            case "cmd":
                value = _from_command(reference, env, root, command_seconds_max)
        if not value:
            _fail(reference, "the variable is not set, or empty" if reference.kind == "env" else "it is empty")
        return value

    return _BRACED.sub(value_of, text)


def _fail(reference: Reference, reason: str, hint: str | None = None) -> NoReturn:
    # `from None`: what the library said may repeat the value, and would be in a debugging traceback.
    raise ConfigError(f"the secret {reference} cannot be had: {reason}", hint=hint) from None


def _from_file(reference: Reference, root: Path) -> str:
    try:
        path = root / Path(reference.name).expanduser()
        if not path.is_file():
            _fail(reference, "there is no such file")
        with path.open("rb") as file:
            content = file.read(SECRET_BYTES_MAX + 1)
    except (OSError, RuntimeError, ValueError) as error:  # no right to read it; no home; a zero byte in the path
        reason = error.strerror if isinstance(error, OSError) else None
        _fail(reference, f"the file cannot be read ({reason or 'the path is not valid'})")
    return _as_text(reference, content)


def _from_keyring(reference: Reference) -> str:
    service, _, name = reference.name.rpartition("/")
    try:
        keyring = import_module("keyring")
    except ImportError:
        _fail(reference, "the package `keyring` is not installed", "pip install keyring")
    try:
        value = keyring.get_password(service, name)
    except Exception as error:  # noqa: BLE001 - every backend of the library raises its own
        _fail(reference, f"the keyring refused ({type(error).__name__})")
    if value is None:
        _fail(reference, "the keyring has no such entry")
    return str(value)


def _from_command(reference: Reference, env: Mapping[str, str], root: Path, seconds_max: float) -> str:
    try:
        process = subprocess.Popen(
            shlex.split(reference.name),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env=dict(env),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        _fail(reference, f"the command cannot be started ({reason or 'it is not valid'})")
    too_slow = threading.Event()

    def stop() -> None:
        if process.returncode is None:  # once it is waited for, its id may be another's
            too_slow.set()
            _kill(process)

    timer = threading.Timer(seconds_max, stop)
    timer.start()
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        with process.stdout as stdout:
            content = stdout.read(SECRET_BYTES_MAX + 1)
        if len(content) > SECRET_BYTES_MAX:
            _kill(process)
        status = process.wait()
    finally:
        timer.cancel()
        if process.returncode is None:  # interrupted while reading
            _kill(process)
            process.wait()
    if too_slow.is_set():
        _fail(reference, f"the command took more than {seconds_max:g} seconds")
    if len(content) <= SECRET_BYTES_MAX and status != 0:
        _fail(reference, f"the command ended with status {status}")
    return _as_text(reference, content)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the command with whatever it started, which else could hold the pipe open."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        return  # nothing of it is left; macOS says "not permitted" of a group of zombies


def _as_text(reference: Reference, content: bytes) -> str:
    if len(content) > SECRET_BYTES_MAX:
        _fail(reference, f"it has more than {SECRET_BYTES_MAX:,} bytes")
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        _fail(reference, "it is not UTF-8 text")
    if "\x00" in text:
        _fail(reference, "it holds a zero byte")
    return text
