"""A first, linear look at a template's source: where its tags are, whether they close, which are allowed.

It runs before python-liquid (0.25 s to import) and decides whether that is needed at all. It also keeps
python-liquid's lexer, whose patterns are quadratic in what is left open, away from hostile source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spara_cli.diagnostics import Position, did_you_mean

SOURCE_MAX = 65_536
"""Characters of a source that has tags; a limit on what one render can cost."""
TAG_MAX = 2_000
"""Characters from `{{` to `}}`, or from `{%` to `%}`."""
NESTING_MAX = 30

_BLOCK_TAGS = ("if", "unless", "case", "for", "capture", "comment", "raw", "doc")
_LONE_TAGS = ("assign", "echo", "break", "continue", "#")
_INNER_TAGS = ("else", "elsif", "when")
_TAGS = (*_BLOCK_TAGS, *_LONE_TAGS, *_INNER_TAGS, *(f"end{name}" for name in _BLOCK_TAGS))
_REFUSED_TAGS = {
    "include": "a template reads no other file",
    "render": "a template reads no other file",
    "cycle": "write an `if` instead",
    "increment": "use `assign` and the filter `plus`",
    "decrement": "use `assign` and the filter `minus`",
    "ifchanged": "write an `if` instead",
    "tablerow": "write a Markdown list instead",
    "liquid": "write each tag in its own `{% %}`",
}

_OPENING = re.compile(r"\{\{|\{%")
_TAG_NAME = re.compile(r"\{%-?\s*(#|\w*)")
_VERBATIM = re.compile(r"\{%-?\s*(raw|doc)\s*-?%\}")
_VERBATIM_END = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "doc")}
# Names that python-liquid reads in its own way; everything else in this shape is a plain path.
_BARE_PATH = re.compile(
    r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"""(?:\s*\|\s*default\s*:\s*(?:"([^"{}]*)"|'([^'{}]*)'))?\s*\}\}"""
)
_SPECIAL_WORDS = frozenset(
    (
        *("true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not", "in", "offset"),
        *("limit", "reversed", "cols", "continue", "with", "for", "as", "if", "else", "required"),
        *("size", "first", "last"),
    )
)
_SURROGATE = re.compile("[\ud800-\udfff]")


_START = Position(1, 1)


class TemplateError(ValueError):
    """A template that cannot be read or rendered. `line` and `column` are 1-based, within its source."""

    def __init__(self, message: str, position: Position = _START) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    @property
    def line(self) -> int:
        """The 1-based line of the source."""
        return self.position.line

    @property
    def column(self) -> int:
        """The 1-based column, in code points."""
        return self.position.column


def position_of(source: str, offset: int) -> Position:
    """The place `offset` code points into `source`; beyond its ends, the nearest end."""
    offset = min(max(offset, 0), len(source))
    return Position(source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class BarePath:
    """An output that is a dotted name and at most a default text: `{{ first_name | default: "there" }}`."""

    keys: tuple[str, ...]
    offset: int
    default: str | None = None


def has_tags(source: str) -> bool:
    """Whether there is anything to render at all."""
    return "{{" in source or "{%" in source


def bare_parts(source: str) -> tuple[str | BarePath, ...] | None:
    """The source as literals and bare paths, or None when it holds a tag, a filter or anything else."""
    parts: list[str | BarePath] = []
    end = 0
    for opening in _OPENING.finditer(source):
        if opening.start() < end:
            continue
        match = _BARE_PATH.match(source, opening.start())
        if match is None:
            return None
        keys = tuple(match.group(1).split("."))
        if _SPECIAL_WORDS.intersection(keys):
            return None
        if match.start() > end:
            parts.append(source[end : match.start()])
        default = match.group(2) if match.group(2) is not None else match.group(3)
        parts.append(BarePath(keys, match.start(1), default))
        end = match.end()
    if end < len(source):
        parts.append(source[end:])
    return tuple(parts)


def check_tags(source: str) -> None:
    """Raise TemplateError for a source that is too large, holds a tag we refuse, or leaves something open."""
    if len(source) > SOURCE_MAX:
        raise TemplateError(f"a template with tags has at most {SOURCE_MAX:,} characters")
    broken = _SURROGATE.search(source)
    if broken is not None:
        raise TemplateError("half a surrogate pair is no character", position_of(source, broken.start()))
    blocks: list[tuple[str, int]] = []
    for name, offset in _tags(source):
        comments = sum(block == "comment" for block, _ in blocks)
        if comments and name not in {"comment", "endcomment"}:
            continue
        _check_name(name, source, offset)
        if name in _BLOCK_TAGS:
            blocks.append((name, offset))
            if len(blocks) > NESTING_MAX:
                raise TemplateError(f"tags are nested more than {NESTING_MAX} deep", position_of(source, offset))
        elif name.startswith("end"):
            if not blocks or name != f"end{blocks[-1][0]}":
                inside = f"inside `{blocks[-1][0]}`" if blocks else "without its beginning"
                raise TemplateError(f"`{name}` {inside}", position_of(source, offset))
            blocks.pop()
    if blocks:
        name, offset = blocks[-1]
        raise TemplateError(f"`{{% {name} %}}` has no `{{% end{name} %}}`", position_of(source, offset))


def _tags(source: str) -> Iterator[tuple[str, int]]:
    """The name and offset of every `{% tag %}`; every opening, also `{{`, is checked to close."""
    at = 0
    while (opening := _OPENING.search(source, at)) is not None:
        start = opening.start()
        verbatim = _VERBATIM.match(source, start)
        if verbatim is not None:
            name = verbatim.group(1)
            end = _VERBATIM_END[name].search(source, verbatim.end())
            if end is None:
                raise TemplateError(f"`{{% {name} %}}` has no `{{% end{name} %}}`", position_of(source, start))
            at = end.end()
            continue
        closing = "}}" if opening.group() == "{{" else "%}"
        end_at = source.find(closing, start + 2)
        if end_at < 0:
            raise TemplateError(f"`{opening.group()}` is not closed by `{closing}`", position_of(source, start))
        at = end_at + 2
        if at - start > TAG_MAX:
            raise TemplateError(f"a tag has at most {TAG_MAX:,} characters", position_of(source, start))
        if closing == "%}":
            match = _TAG_NAME.match(source, start)
            yield (match.group(1) if match else ""), start
        elif not source[start + 2 : end_at].strip("- \t\r\n"):
            raise TemplateError("nothing stands between `{{` and `}}`", position_of(source, start))


def _check_name(name: str, source: str, offset: int) -> None:
    if name in _TAGS:
        return
    if name in _REFUSED_TAGS:
        raise TemplateError(f"the tag `{name}` is switched off: {_REFUSED_TAGS[name]}", position_of(source, offset))
    if not name:
        raise TemplateError("a tag has no name", position_of(source, offset))
    near = did_you_mean(name, _TAGS)
    hint = f": did you mean `{near}`?" if near else ""
    raise TemplateError(f"unknown tag `{name}`{hint}", position_of(source, offset))
