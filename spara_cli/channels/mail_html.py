"""Markdown to the HTML part of a mail, and how it looks.

The one thing to know: HTML in the source stays text, and a link or image is kept only when it leads to
http, https, mailto or tel; of any other the words remain. No colours are set, so that dark mode works.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_KEPT = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)

_DOCUMENT = """\
<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
</head>
<body style="margin: 0; padding: 16px">
<div style="max-width: 600px; margin: 0 auto; font: 16px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, \
Arial, sans-serif">
{body}{footer}</div>
</body>
</html>
"""
_FOOTER = """\
<div style="margin-top: 32px; font-size: 12px; opacity: 0.7">
{lines}
</div>
"""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    # Whether a link is kept is decided below, where its words can be; here everything is a link.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def markdown_html(markdown: str) -> str:
    """The HTML of a Markdown text (CommonMark 0.31), without a document around it."""
    parser = _parser()
    return str(parser.renderer.render(kept_tokens(markdown), parser.options, {}))


def kept_tokens(markdown: str) -> list[Token]:
    """The tokens of a Markdown text; of a link or image that leads nowhere a mail may lead, only its words."""
    tokens = _parser().parse(markdown)
    for token in tokens:
        if token.children:
            token.children = _kept(token.children)
    return tokens


def _kept(tokens: list[Token]) -> list[Token]:
    """The inline tokens without the links and images that lead nowhere a mail may lead."""
    out: list[Token] = []
    dropped = False
    for token in tokens:
        if token.type == "link_open" and not _KEPT.match(str(token.attrGet("href"))):
            dropped = True
        elif token.type == "link_close" and dropped:
            dropped = False
        elif token.type == "image" and not _KEPT.match(str(token.attrGet("src"))):
            out.append(Token("text", "", 0, content=token.content))
        else:
            out.append(token)
    return out


def html_document(markdown: str, *, title: str = "", footer: tuple[str, ...] = (), link: str | None = None) -> str:
    """A small whole document: the text, then `footer` as lines and `link` to unsubscribe."""
    lines = [html.escape(line) for line in footer]
    if link is not None:
        lines.append(f'<a href="{html.escape(link)}">Unsubscribe</a>')
    return _DOCUMENT.format(
        title=html.escape(title),
        body=markdown_html(markdown),
        footer=_FOOTER.format(lines="<br>\n".join(lines)) if lines else "",
    )
