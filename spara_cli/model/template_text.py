"""How a value becomes text, and how that text is kept from meaning anything in Markdown.

The one thing to know: escaping happens when a value is written, never before. Filters and comparisons see
the raw value; only what was written outside `{{ }}` and `{% %}` is the author's own Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGRAL_FLOAT_MAX = 1e15  # from here on a float no longer holds every integer
_NESTED_LISTS_MAX = 8


def text_of(value: object, depth: int = 0) -> str:
    """A value as a person reads it: nothing for a missing one, `true`/`false`, `3` for 3.0, lists with `, `.

    A datetime is ISO 8601 (in UTC with `Z` when it has a zone). A mapping has no text and prints nothing.
    Half a surrogate pair, which no mail or database can hold, becomes U+FFFD. Raises ValueError only for
    an integer longer than Python prints (4,300 digits).
    """
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _number_text(float(value))
    if isinstance(value, list | tuple):
        if depth > _NESTED_LISTS_MAX:
            return ""
        return ", ".join(text_of(item, depth + 1) for item in value)
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat()
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return ""


def _number_text(value: float) -> str:
    """Plain digits: no exponent, no `.0`, no binary tail such as 0.30000000000000004."""
    if not isfinite(value):
        return ""
    if abs(value) < _INTEGRAL_FLOAT_MAX and value == int(value):
        return str(int(value))
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_LINE_BREAKS = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MEANINGFUL = re.compile(
    r"""
      [\\*\[\]()|"'<>`]                              # emphasis, links, titles, tables, HTML, code
    | &(?=\#?[A-Za-z0-9]*(?:;|\Z))                   # an entity, perhaps finished by what follows
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])           # inside a word it means nothing
    | (?:\A|(?<=[\s#]))\#                            # a heading, or its closing sequence
    | !\Z                                            # before an author's `[link]` it would make an image
    | \A~ | (?<=~)~ | ~(?=~|\Z)                      # a fence, or struck out
    | \A[-+=.:]                                      # a list, an underline, `[a]` + `: url`
    | \A[0-9]+\.(?=\s|\Z)                                     # an ordered list
    """,
    re.VERBOSE,
)
# A backslash does not work inside code and `<...>`, where these could end what the author began.
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "`": "&#96;"}


def escape_markdown(text: str) -> str:
    """`text` so that CommonMark 0.31 shows it as it is, wherever in a line it lands (section 2.4).

    Line breaks and tabs become one space. It can make no link, image, heading, list, HTML or code; inside
    an author's `[x](…)` it stays one URL, or the link is no link.
    """
    if text.isalpha():
        return text
    folded = _LINE_BREAKS.sub(" ", text)
    escaped = _MEANINGFUL.sub(_escaped, folded)
    if escaped.startswith(" "):  # four of them would be a code block
        escaped = "&#32;" + escaped[1:]
    if escaped.endswith(" "):  # two of them would be a line break
        escaped = escaped[:-1] + "&#32;"
    return escaped


def _escaped(match: re.Match[str]) -> str:
    sign = match.group()
    return _ENTITIES.get(sign) or f"{sign[:-1]}\\{sign[-1]}"


class Value(str):
    """Text that came out of `{{ }}`: data, to be escaped where the author's text is not."""

    __slots__ = ()


class Captured(str):
    """What `{% capture %}` made: raw text to filters and comparisons, still literal and data when written."""

    parts: tuple[str, ...]

    def __new__(cls, parts: Iterable[str]) -> Captured:
        """The raw text of `parts`, which are kept beside it."""
        kept = tuple(parts)
        made = super().__new__(cls, "".join(kept))
        made.parts = kept
        return made


def markdown_of(parts: Iterable[str]) -> str:
    """Literal text as it is and every `Value` escaped, joined.

    An author's backslash in front of a value would undo the first escape, so there it is doubled and
    prints itself.
    """
    out: list[str] = []
    open_backslash = False
    for part in parts:
        if not part:
            continue
        if isinstance(part, Value):
            if open_backslash:
                out.append("\\")
            out.append(escape_markdown(part))
            open_backslash = False
            continue
        out.append(part)
        before = part.rstrip("\\")
        odd = (len(part) - len(before)) % 2 == 1
        open_backslash = odd if before else open_backslash ^ odd
    return "".join(out)


def value_parts(value: Any) -> tuple[str, ...]:
    """What writing `value` puts into the output: one `Value`, or a captured block's parts."""
    return value.parts if isinstance(value, Captured) else (Value(text_of(value)),)
