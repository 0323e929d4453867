"""A workflow as the YAML of a playbook: `workflow_yaml(workflow) -> str`.

The one thing to know: what is written reads back with the same fingerprint. Text that a reader of YAML 1.1 or
1.2 would take for something else is quoted; only the key `on` stands as people write it. Comments are not
kept, for a published version has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import yaml
from pydantic import BaseModel

from spara_cli.model.duration import format_duration
from spara_cli.playbook.fingerprint import canonical
from spara_cli.playbook.workflow import Workflow
from spara_cli.steps import BaseStep

MODELINE = "# yaml-language-server: $schema=../schemas/workflow.schema.json"

_CRITERION = frozenset({"field", "op", "value", "case"})
_WIDTH = 1_000_000  # never fold a line: a folded text reads back the same, but nobody likes to read it
_FLOW_MAX = 80
_STR, _SEQ, _MAP, _BOOL = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map", "bool"))
# Other line breaks and a byte order mark inside a text: written as escapes, or readers disagree about them.
_TROUBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff]")


def workflow_yaml(workflow: Workflow) -> str:
    """The canonical form as a playbook: every step with its id, nothing that is at its default."""
    data = _with_words(workflow, canonical(workflow))
    return f"{MODELINE}\n{yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)}"


def _with_words(model: BaseModel, plain: Any) -> Any:
    """The plain form with durations as people write them (`2 days`), and a step's keys as people order them."""
    keys = list(plain)
    if isinstance(model, BaseStep):
        routes = [key for key in ("next", "on", "max_visits") if key in plain]
        keys = list(dict.fromkeys(["id", "type", *(key for key in plain if key not in routes), *routes]))
    names = {field.alias or name: name for name, field in type(model).model_fields.items()}
    out: dict[str, Any] = {}
    for key in keys:
        value = plain[key]
        inner = getattr(model, names[key])
        if isinstance(inner, timedelta):
            out[key] = format_duration(inner)
        elif isinstance(inner, BaseModel):
            out[key] = _with_words(inner, value)
        elif isinstance(inner, list) and inner and isinstance(inner[0], BaseModel):
            out[key] = [_with_words(item, each) for item, each in zip(inner, value, strict=True)]
        else:
            out[key] = value
    return out


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented, short lists and single criteria on one line, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _TROUBLE.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar(_STR, text, style)


def _list(dumper: _Dumper, items: Sequence[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence(_SEQ, items, flow_style=_is_short(items))


def _mapping(dumper: _Dumper, items: Mapping[str, Any]) -> yaml.MappingNode:
    is_short = not items or _CRITERION >= items.keys() >= {"field", "op"}
    node = dumper.represent_mapping(_MAP, items, flow_style=is_short)
    for key, _ in node.value:
        if key.value == "on":
            key.tag = _BOOL  # so that it is written plain: the key of every playbook, text in YAML 1.2
    return node


def _integer(dumper: _Dumper, number: int) -> yaml.ScalarNode:
    """Beyond 64 bits it was a float, which the canonical form writes without a fraction."""
    fits = -(2**63) <= number < 2**63
    return dumper.represent_int(number) if fits else dumper.represent_float(float(number))


def _is_short(items: Sequence[Any]) -> bool:
    """Whether a list is plain values that fit on one line."""
    if any(isinstance(item, dict | list) or (isinstance(item, str) and "\n" in item) for item in items):
        return False
    return sum(len(str(item)) + 2 for item in items) <= _FLOW_MAX


_Dumper.add_representer(str, _text)
_Dumper.add_representer(int, _integer)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _mapping)

# What YAML 1.1 leaves as text but the 1.2 core schema reads as a number, and times, which our reader wants quoted.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[0-9]+:[0-9:.]+)\Z"
    ),
    list("-+.0123456789"),
)
