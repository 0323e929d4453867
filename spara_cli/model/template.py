"""Text with `{{ variables }}`: Liquid, rendered when a step runs (SPEC S6).

The one thing to know: `render` gives the text as a person reads it, `render_markdown` the same with every
value escaped, so that what a lead typed into a form can never become a link, an image or HTML in a mail.

Three ways lead to the same text. A source without tags is its own rendering. One whose outputs are all bare
paths (`Hi {{ first_name }}`) is joined here, a hundred thousand times a second and more. Anything else goes
to python-liquid (`template_engine.py`), which is imported then and not before.

Rendering reads nothing but its scope: no clock, no chance, no file. A missing value, and by SPEC L2 blank
text is one, renders as nothing. Whatever else goes wrong is a `TemplateError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from spara_cli.diagnostics import Position
from spara_cli.model.template_scan import (
    BarePath,
    TemplateError,
    bare_parts,
    check_tags,
    has_tags,
    position_of,
)
from spara_cli.model.template_text import Value, markdown_of, text_of

if TYPE_CHECKING:
    from spara_cli.model.template_engine import LiquidTemplate

__all__ = ["OUTPUT_MAX", "Template", "TemplateError", "Variable", "compile_template"]

OUTPUT_MAX = 256 * 1024
"""Bytes of UTF-8 that one render may give."""
_UTF8_BYTES_MAX = 4

Scope = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Variable:
    """One use of a value from the scope, by its dotted name.

    `guarded` says that its absence is provided for: by a `default` filter, or by an `if` on the same name.
    """

    name: str
    position: Position
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """Both readings of one render: `text` for a person, `markdown` with the values escaped."""

    text: str
    markdown: str


class Template:
    """A compiled template; made by `compile_template`, immutable, safe to share between threads."""

    __slots__ = ("_literal", "_parts", "filters", "source", "variables")

    source: str
    variables: tuple[Variable, ...]
    """Every value asked of the scope, in the order of the source; not what the template assigns itself."""
    filters: tuple[str, ...]
    """The names of the filters used, sorted."""

    def __init__(self, source: str, parts: tuple[str | BarePath, ...]) -> None:
        paths = [part for part in parts if isinstance(part, BarePath)]
        self.source = source
        self.filters = ("default",) if any(path.default is not None for path in paths) else ()
        self.variables = tuple(
            Variable(".".join(path.keys), position_of(source, path.offset), path.default is not None) for path in paths
        )
        self._literal = None if paths else source
        self._parts = parts

    def __repr__(self) -> str:
        return f"Template({self.source!r})"

    def render(self, scope: Scope) -> str:
        """The text with the scope's values as they are. Raises TemplateError when a limit is hit."""
        if self._literal is not None:
            return self._literal
        return self._within_limit(self._text(scope))

    def render_markdown(self, scope: Scope) -> str:
        """The text with every value escaped for CommonMark and on one line; the author's text untouched."""
        return self.render_both(scope).markdown

    def render_both(self, scope: Scope) -> Rendered:
        """Text and Markdown of one render, for the price of little more than one."""
        if self._literal is not None:
            return Rendered(self._literal, self._literal)
        parts = self._rendered(scope)
        text = self._within_limit("".join(parts))
        return Rendered(text, self._within_limit(markdown_of(parts)))

    def _text(self, scope: Scope) -> str:
        try:
            return "".join([part if isinstance(part, str) else _text_at(scope, part) for part in self._parts])
        except ValueError as error:
            raise TemplateError(f"a value cannot be written: {error}") from error

    def _rendered(self, scope: Scope) -> list[str]:
        """The parts of the output: literals as `str`, values as `Value`."""
        try:
            return [part if isinstance(part, str) else Value(_text_at(scope, part)) for part in self._parts]
        except ValueError as error:
            raise TemplateError(f"a value cannot be written: {error}") from error

    def _within_limit(self, text: str) -> str:
        if len(text) * _UTF8_BYTES_MAX > OUTPUT_MAX and len(text.encode()) > OUTPUT_MAX:
            raise TemplateError(f"the text is longer than {OUTPUT_MAX:,} bytes")
        return text


class _EngineTemplate(Template):
    """A template with tags or filters, rendered by python-liquid."""

    __slots__ = ("_engine",)

    def __init__(self, source: str, engine: LiquidTemplate) -> None:
        super().__init__(source, ())
        self._literal = None
        self._engine = engine
        self.filters = engine.filters
        self.variables = tuple(
            Variable(used.name, position_of(source, used.offset), used.guarded) for used in engine.variables
        )

    def _text(self, scope: Scope) -> str:
        return "".join(self._rendered(scope))

    def _rendered(self, scope: Scope) -> list[str]:
        return self._engine.render(scope, OUTPUT_MAX)


def _text_at(scope: Scope, path: BarePath) -> str:
    """What a bare path writes: the same as python-liquid and our filters would, in a tenth of the time."""
    value: object = scope
    for key in path.keys:
        if not isinstance(value, Mapping):
            value = None
            break
        value = value.get(key)
    if isinstance(value, str):
        if value and not value.isspace():
            return value if value.isascii() else text_of(value)
        value = None
    if path.default is not None and (value is None or value is False or (isinstance(value, list | dict) and not value)):
        return path.default
    return text_of(value)


@lru_cache(maxsize=4096)
def compile_template(source: str) -> Template:
    """The template of `source`; the same text gives the same object.

    Raises TemplateError, with line and column within the source, for what is no Liquid, for a tag or filter
    that is unknown or switched off, and for a source over the limits.
    """
    if not has_tags(source):
        if len(source.encode(errors="replace")) > OUTPUT_MAX:
            raise TemplateError(f"the text is longer than {OUTPUT_MAX:,} bytes")
        return Template(source, (source,))
    check_tags(source)
    parts = bare_parts(source)
    if parts is not None:
        return Template(source, parts)
    from spara_cli.model.template_engine import parse_liquid

    return _EngineTemplate(source, parse_liquid(source))
