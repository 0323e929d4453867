"""When output is coloured: the flag, then the environment, then the terminal."""

from __future__ import annotations

from io import StringIO

import pytest

from spara_cli.output.colour import ColourChoice, Style, paint, use_colour


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "env", "on_terminal", "in_pipe"),
    [
        ("auto", {}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": ""}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ("auto", {"TERM": "xterm-256color"}, True, False),
    ],
)
def test_colour_follows_the_flag_then_the_environment_then_the_terminal(
    choice: ColourChoice, env: dict[str, str], on_terminal: bool, in_pipe: bool
) -> None:
    assert use_colour(Terminal(), choice, env) is on_terminal
    assert use_colour(StringIO(), choice, env) is in_pipe


def test_a_closed_stream_is_no_terminal() -> None:
    stream = Terminal()
    stream.close()
    assert not use_colour(stream, "auto", {})


def test_paint_resets_after_the_text_and_leaves_nothing_as_nothing() -> None:
    assert paint("ok", Style.GREEN, colour=True) == "\x1b[32mok\x1b[0m"
    assert paint("ok", Style.GREEN, colour=False) == "ok"
    assert paint("", Style.GREEN, colour=True) == ""
