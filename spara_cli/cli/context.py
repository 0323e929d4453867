"""What every command shares: the global options, where to write, and how to ask.

Global options may stand anywhere on the line (`spara run -q`, `spara -q run`): `main` takes them out before
the command sees its own. Answers go to stdout through `Console.out`, everything else to stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import get_terminal_size

from spara_cli.errors import UsageError
from spara_cli.output.colour import ColourChoice, use_colour


@dataclass(slots=True)
class Options:
    """The global options of one invocation."""

    project: Path | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    progress: bool = True
    colour: ColourChoice = "auto"
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def colour_out(self) -> bool:
        """Whether stdout gets colours."""
        return use_colour(sys.stdout, self.colour, self.env)

    @property
    def colour_err(self) -> bool:
        """Whether stderr gets colours."""
        return use_colour(sys.stderr, self.colour, self.env)

    @property
    def width_out(self) -> int | None:
        """The columns of the terminal that stdout is; None when it is none."""
        return get_terminal_size().columns if sys.stdout.isatty() else None

    @property
    def width_err(self) -> int | None:
        """The columns of the terminal that stderr is; None when it is none."""
        return get_terminal_size().columns if sys.stderr.isatty() else None

    @property
    def shows_progress(self) -> bool:
        """Progress is for a person at a terminal."""
        return self.progress and not self.quiet and sys.stderr.isatty()


_FLAGS: Mapping[str, tuple[str, object]] = {
    "-q": ("quiet", True),
    "--quiet": ("quiet", True),
    "-v": ("verbose", True),
    "--verbose": ("verbose", True),
    "--debug": ("debug", True),
    "--no-color": ("colour", "never"),
    "--no-progress": ("progress", False),
}

OPTIONS = Options()
"""The options of this process, set once by `main` before a command runs."""


def take_options(arguments: Sequence[str]) -> list[str]:
    """Set `OPTIONS` from the global options in `arguments`; answers what is left for the command.

    Raises UsageError when an option that wants a value has none.
    """
    fresh, rest, waiting = Options(), [], list(arguments)
    while waiting:
        word = waiting.pop(0)
        name, _, value = word.partition("=")
        if word == "--":
            rest += [word, *waiting]
            break
        if word in _FLAGS:
            setattr(fresh, *_FLAGS[word])
        elif name in ("--project", "--color"):
            if not value:
                if not waiting:
                    raise UsageError(f"{name} wants a value")
                value = waiting.pop(0)
            _set_valued(fresh, name, value)
        else:
            rest.append(word)
    for name in Options.__slots__:
        setattr(OPTIONS, name, getattr(fresh, name))
    return rest


def _set_valued(options: Options, name: str, value: str) -> None:
    if name == "--project":
        options.project = Path(value)
        if not options.project.is_dir():
            raise UsageError(f"--project: there is no folder `{value}`")
    elif value in ("auto", "always", "never"):
        options.colour = value  # type: ignore[assignment]
    else:
        raise UsageError("--color is `auto`, `always` or `never`")


def out(text: str = "") -> None:
    """Write a line of the answer to stdout, exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def note(text: str) -> None:
    """Tell the person something on stderr, unless --quiet."""
    if not OPTIONS.quiet:
        sys.stderr.write(f"{text}\n")


def confirm(question: str, *, yes: bool, flag: str = "--yes") -> bool:
    """Ask before something that cannot be taken back.

    Raises UsageError (exit 2, naming the flag) when nobody is at a terminal to answer.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{question.rstrip('?')}: nobody is here to confirm it", hint=f"pass {flag} to go ahead")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")
