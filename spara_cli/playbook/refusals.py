"""What YAML allows and we do not, and what is no YAML at all, as findings at their places.

The one thing to know: nothing is decided here. These functions record what is wrong and where; whether to
go on, and with what in its stead, is for `reading.py` to say.
"""

from __future__ import annotations

import re
from typing import Final

from yaml import YAMLError
from yaml.events import AliasEvent, NodeEvent

from spara_cli.diagnostics import Label
from spara_cli.playbook.scalars import Characters, Findings, explain
from spara_cli.playbook.yaml_events import end_of, start_of

_SHOWN_MAX: Final = 60  # characters of the author's text that a message repeats
_PROPERTY = re.compile(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")
_PROPERTIES = re.compile(rf"(?:(?:{_PROPERTY.pattern})(?:\s|(?<=\s)#[^\r\n]*)*)+")


def refuse_properties(event: NodeEvent, characters: Characters, findings: Findings) -> int:
    """Record an alias, an anchor and a tag; the index at which the value proper begins."""
    start = start_of(event)
    tag = getattr(event, "tag", None)
    if isinstance(event, AliasEvent):
        span = characters.span(start, end_of(event))
        message = f"aliases (`*{shortened(event.anchor or '')}`) are not allowed"
        findings.add("alias-not-allowed", span, message, "write the value out, or quote it if it is text")
    elif event.anchor is not None or tag is not None:
        properties = _PROPERTIES.match(characters.text, start, end_of(event))
        end = properties.end() if properties else start
        for found in _PROPERTY.finditer(characters.text, start, end):
            rule, name = ("anchor", "anchors") if found.group().startswith("&") else ("tag", "tags")
            message = f"{name} (`{shortened(found.group())}`) are not allowed"
            span = characters.span(found.start(), found.end())
            findings.add(f"{rule}-not-allowed", span, message, "remove it, or quote it if it is text")
        return end
    return start


def refuse_key(start: int, characters: Characters, findings: Findings) -> None:
    """Record a key that is a list or mapping; beginning with `{{` it is a template that lacks its quotes."""
    text = characters.text
    if text[start - 1 : start + 1] == "{{" and start > 0:
        end = text.find("}}", start)
        start, end = start - 1, end + 2 if end >= 0 else start + 1
        message, way_out = (
            "text that begins with `{{` must be quoted",
            'put the whole text in "double quotes"',
        )
    else:
        end = start + 1
        message, way_out = "a key must be text, not a list or a mapping", "quote it if it is text"
    findings.add("key-not-text", characters.span(start, end), message, way_out)


def refuse_syntax(error: YAMLError, characters: Characters, findings: Findings, read_up_to: int) -> None:
    """Record what the parser could not read; all was well up to the index `read_up_to`."""
    found = explain(error, characters, read_up_to)
    label = None
    if found.opened_at is not None:
        label = Label(characters.span(found.opened_at, found.opened_at + 1), "opened here")
    line_start, line = characters.line_at(found.start)
    end = max(found.start, min(found.end, line_start + len(line)))
    span = characters.span(found.start, end)
    findings.add("yaml-syntax", span, found.message, found.help, label)


def shortened(text: str) -> str:
    """The author's text as a message repeats it: its beginning, with `…` for the rest."""
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
