"""What the tests of the command line share: a scratch project, and `run` as a person would call it.

The one thing to know: `project.run("lead", "get", "L-1")` goes through `spara_cli.cli.main.run`, so that what a
test sees is what a person sees: exit code, stdout, stderr. The clock is set with `project.clock`.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from spara_cli.cli.main import run as run_command
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.runtime.clock import WallClock
from spara_cli.runtime.publishing import Author, InFlight, publish, unpublish
from spara_cli.runtime.tick import run_until_idle
from spara_cli.runtime.world import World

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 09:00 in New York."""


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The answer of `--json`; checks the envelope that all of them share."""
        found: dict[str, Any] = json.loads(self.out)
        assert found["format_version"] == "1.0"
        assert found["ok"] is (self.code == 0)
        return found

    @property
    def table(self) -> list[list[str]]:
        """The rows of a piped table."""
        return [line.split("\t") for line in self.out.splitlines()]


@dataclass
class VirtualWall:
    """The wall clock of a test: it stands still."""

    now: datetime = START

    def forward(self, **by: float) -> None:
        """Let time pass: `forward(days=2)`."""
        self.now += timedelta(**by)


@dataclass
class ScratchProject:
    """A project in an empty folder, which is also the working folder."""

    root: Path
    clock: VirtualWall
    _run: Callable[..., Finished] = field(repr=False)

    def run(self, *words: str, stdin: bytes | BinaryIO | None = None) -> Finished:
        """Run one command line."""
        return self._run(words, stdin)

    def ok(self, *words: str, stdin: bytes | BinaryIO | None = None) -> Finished:
        """Run one that has to succeed."""
        finished = self.run(*words, stdin=stdin)
        assert finished.code == 0, finished
        return finished

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file below the project; its name."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return name

    @contextmanager
    def world(self) -> Iterator[World]:
        """The project's world, for what has no command in the test at hand."""
        from spara_cli.cli.wiring import open_world

        with open_world() as world:
            yield world

    def publish(self, text: str) -> None:
        """Publish a workflow from its YAML."""
        parsed = parse_workflow(read_source("playbook.yaml", text.encode("utf-8")))
        assert parsed.workflow is not None, parsed.diagnostics
        with self.world() as world:
            publish(world, parsed.workflow, InFlight(), Author(), self.clock.now)

    def unpublish(self, key: str) -> None:
        """Unpublish a workflow."""
        with self.world() as world:
            unpublish(world, key, self.clock.now)

    def turn(self) -> None:
        """Let leads in and carry everyone as far as they may go now."""
        with self.world() as world:
            run_until_idle(world)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> ScratchProject:
    """A scratch project with the account in New York and a clock that stands at `START`."""
    for name in [name for name in os.environ if name.startswith("SPARA_")]:
        monkeypatch.delenv(name)
    (tmp_path / "spara.yaml").write_text("project: acme\naccount: {zone: America/New_York}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    clock = VirtualWall()
    monkeypatch.setattr(WallClock, "now", lambda _self: clock.now)

    def run(words: tuple[str, ...], stdin: bytes | BinaryIO | None) -> Finished:
        stream: Any = io.BytesIO(stdin or b"") if stdin is None or isinstance(stdin, bytes) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream, encoding="utf-8"))
        capsys.readouterr()
        code = run_command(list(words))
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    return ScratchProject(tmp_path, clock, run)
