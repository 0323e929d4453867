"""Ctrl-C in long work: the first one asks, the second one stops."""

from __future__ import annotations

import signal

import pytest

from spara_cli.cli.interrupt import first_finishes
from tests.cli.conftest import ScratchProject


def test_the_first_interrupt_asks_and_the_second_stops() -> None:
    before = signal.getsignal(signal.SIGINT)
    with first_finishes() as interrupt:
        signal.raise_signal(signal.SIGTERM)
        assert interrupt()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_run_ends_with_130_and_the_next_one_goes_on(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spara_cli.runtime import tick

    project.write("playbooks/w.yaml", "workflow: w\nsteps:\n  - {id: text, type: send_text, body: hello}\n")
    project.ok("lead", "create", "--id", "L1", "phone_number=+12125550100")
    project.ok("workflow", "publish", "playbooks", "--yes")
    whole = tick.sweep

    def interrupted(*arguments: object) -> int:
        signal.raise_signal(signal.SIGINT)
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tick, "sweep", interrupted)
    stopped = project.run("run", "--json")
    assert stopped.code == 130
    assert "Traceback" not in stopped.err
    monkeypatch.undo()
    monkeypatch.chdir(project.root)
    kinds = [entry["kind"] for entry in project.ok("lead", "timeline", "L1", "--json").answer["entries"]]
    assert kinds == ["entered", "sent", "exited"]
