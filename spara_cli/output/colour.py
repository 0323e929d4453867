"""Whether and how to colour. The one thing to know: everything must read as well without colour.

Only the eight ANSI colours are used, because people have chosen theirs: green for well, red for errors,
yellow for warnings, cyan for hints and paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import IO, Literal

ColourChoice = Literal["auto", "always", "never"]


class Style(StrEnum):
    """The ANSI sequence (ECMA-48 SGR) that begins a style."""

    RED = "\x1b[31m"
    GREEN = "\x1b[32m"
    YELLOW = "\x1b[33m"
    CYAN = "\x1b[36m"
    BOLD = "\x1b[1m"
    BOLD_RED = "\x1b[1;31m"
    BOLD_YELLOW = "\x1b[1;33m"
    BOLD_CYAN = "\x1b[1;36m"


_PLAIN = "\x1b[0m"


def use_colour(stream: IO[str], choice: ColourChoice, env: Mapping[str, str]) -> bool:
    """Whether to colour what is written to `stream`.

    The flag decides; then NO_COLOR (no-color.org: set and not empty), FORCE_COLOR (not empty, not `0`),
    TERM=dumb, and last whether the stream is a terminal.
    """
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if env.get("TERM") == "dumb" or stream.closed:
        return False
    return stream.isatty()


def paint(text: str, style: Style, *, colour: bool) -> str:
    """`text` in a style, or as it is without colour; nothing stays nothing."""
    return f"{style}{text}{_PLAIN}" if colour and text else text
