"""Markdown to the plain text part of a mail, as a person would have typed it.

The one thing to know: a paragraph is one line, however long, and the mail client wraps it (soft line breaks are
joined, hard ones kept). Marks are dropped and links spelt out; which links are kept is decided by `mail_html`,
so that both parts lead to the same places.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.tree import SyntaxTreeNode

from spara_cli.channels.mail_html import kept_tokens

_RULE = "---"
_SCHEMES_UNSEEN = ("mailto:", "tel:")
"""Readers know an address or a number without them."""


def markdown_text(markdown: str) -> str:
    """The text of a Markdown text (CommonMark 0.31), without blank lines around it or a line end after it.

    Links become `text (url)`, or the url alone where the text says the same; headings and images their words;
    lists `- item` and `1. item`; quotes `> `; code stands as it is, without its fence.
    """
    return "\n".join(_blocks(SyntaxTreeNode(kept_tokens(markdown)).children)).strip("\n")


def _blocks(nodes: Sequence[SyntaxTreeNode], *, tight: bool = False) -> list[str]:
    """The lines of blocks, parted by one blank line, or by none between the blocks of a tight list's item."""
    lines: list[str] = []
    for node in nodes:
        block = _block(node)
        if lines and block and not tight:
            lines.append("")
        lines += block
    return lines


def _block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "fence" | "code_block":
            return node.content.removesuffix("\n").split("\n")
        case "blockquote":
            return [f"> {line}".rstrip() for line in _blocks(node.children)]
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "hr":
            return [_RULE]
        case "paragraph" | "heading":
            text = "".join(_inline(child) for child in node.children).strip()
            return text.split("\n") if text else []
        case other:
            raise AssertionError(f"CommonMark without HTML has no block `{other}`")


def _list(node: SyntaxTreeNode) -> list[str]:
    """A list's lines; what belongs to an item stands below its first word. Loose items are parted by a blank line."""
    tight = not any(block.type == "paragraph" and not block.hidden for item in node.children for block in item.children)
    number = int(node.attrs.get("start", 1))
    lines: list[str] = []
    for place, item in enumerate(node.children, number):
        mark = "- " if node.type == "bullet_list" else f"{place}. "
        inner = _blocks(item.children, tight=tight) or [""]
        if lines and not tight:
            lines.append("")
        lines.append(f"{mark}{inner[0]}".rstrip())
        lines += [" " * len(mark) + line if line else "" for line in inner[1:]]
    return lines


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "text" | "text_special" | "code_inline":
            return node.content
        case "link":
            return _link(_words(node), str(node.attrs["href"]))
        case _:  # emphasis, the run of inline nodes itself, and an image, whose children are its alt text
            return _words(node)


def _words(node: SyntaxTreeNode) -> str:
    return "".join(_inline(child) for child in node.children)


def _link(text: str, url: str) -> str:
    """`url` is percent-encoded, which the same address as `text` need not be."""
    if not text.strip():
        return url
    same = normalizeLink(text.strip())
    if same == url:
        return url
    return text if any(scheme + same == url for scheme in _SCHEMES_UNSEEN) else f"{text} ({url})"
