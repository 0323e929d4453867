"""What is wrong with a command line is one line and a way out; help names arguments plainly (UX 57)."""

from __future__ import annotations

import pytest

from tests.cli.conftest import ScratchProject


@pytest.mark.parametrize(
    ("words", "message", "help_line"),
    [
        (["lead", "list", "--state", "hled"], "--state: `hled` is not one of its values", "did you mean `held`?"),
        (["workflow", "lsit"], "there is no command `spara workflow lsit`", "did you mean `spara workflow list`?"),
        (["lead", "list", "--workfl", "x"], "spara lead list has no option `--workfl`", "did you mean `--workflow`?"),
        (["workflow", "funnel"], "NAME is missing", "`spara workflow funnel --help` says how it is used"),
        (["run", "--max-turns", "0"], "--max-turns: should be 1 or more", "`spara run --help` says how it is used"),
        (["run", "extra"], "spara run has no use for `extra`", "`spara run --help` says how it is used"),
    ],
)
def test_a_mistyped_command_line_is_told_in_one_line(
    project: ScratchProject, words: list[str], message: str, help_line: str
) -> None:
    done = project.run(*words)
    assert (done.code, done.err) == (2, f"error: {message}\n  = help: {help_line}\n")


def test_help_is_short_too_and_says_no_types(project: ScratchProject) -> None:
    shown = project.ok("workflow", "preview", "-h").out
    assert shown.startswith("Usage: spara workflow preview [OPTIONS] PATH|NAME [STEP]\n")
    assert "<" not in shown
