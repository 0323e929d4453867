"""What PyYAML is shown of a text, and the events it answers with: `stand_ins`, `events`.

The one thing to know: PyYAML reads YAML 1.1, and has two parsers. U+0085, U+2028 and U+2029, line breaks in
1.1 only, and U+FEFF, which the two count differently, are hidden behind stand-ins; whoever takes the events
puts the real characters back. A stand-in is one character for one, so every index is right in both texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import yaml
from yaml.error import Mark
from yaml.events import Event

from spara_cli.playbook.scalars import BAD_ESCAPE

HAS_LIBYAML: Final = hasattr(yaml, "CSafeLoader")

_ONLY_TEXT_IN_1_2: Final = "\x85\u2028\u2029\ufeff"


def stand_ins(text: str) -> dict[int, str]:
    """For each such character in `text` another one, of those private to applications, that is not in it.

    A table for `str.translate`, from the real character's code point to the stand-in.
    """
    used = set(text)
    free = (chr(code) for code in range(0xE000, 0x110000) if chr(code) not in used)
    return {ord(char): next(free) for char in _ONLY_TEXT_IN_1_2 if char in used}


def events(text: str, *, libyaml: bool) -> Iterator[Event]:
    """The parser's events for `text`, which holds stand-ins already; `libyaml` asks for the C parser.

    Raises yaml.YAMLError at what cannot be read, and for an escape beyond Unicode too, which the pure parser
    meets with an error of Python's own.
    """
    loader: Any = yaml.CSafeLoader if libyaml and HAS_LIBYAML else yaml.SafeLoader
    try:
        yield from yaml.parse(text, Loader=loader)
    except (ValueError, OverflowError) as error:
        raise yaml.YAMLError(BAD_ESCAPE) from error


def start_of(event: Event) -> int:
    """The index in the text at which `event` begins."""
    return cast(Mark, event.start_mark).index


def end_of(event: Event) -> int:
    """The index in the text right behind `event`."""
    return cast(Mark, event.end_mark).index
