"""A workflow's canonical form, and the hash that names a published version (SPEC P1).

The one thing to know: two files that mean the same have one fingerprint. Comments, key order, quoting,
settings spelt out at their defaults and the spelling of durations do not matter; step ids do, so a derived
id is written out, and what a lead could notice does.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from spara_cli.playbook.workflow import Workflow, step_id, walk
from spara_cli.steps import BaseStep


def canonical(workflow: Workflow) -> dict[str, Any]:
    """The workflow as JSON-like data: every step with its id, nothing that is at its default.

    `Workflow.model_validate_json` of it, strict and by alias, gives a workflow of the same meaning and the
    same fingerprint.
    """
    named = {id(step): step_id(path, step) for path, step in walk(workflow.steps)}
    data: dict[str, Any] = _plain(workflow, named)
    return data


def fingerprint(workflow: Workflow) -> str:
    """The SHA-256 of the canonical form, as 64 hexadecimal digits."""
    text = json.dumps(canonical(workflow), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _plain(value: Any, named: dict[int, str]) -> Any:
    """A model, or what a model holds, as JSON-like data."""
    if isinstance(value, BaseModel):
        dumped = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        plain: dict[str, Any] = {}
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            if key in dumped:
                inner = getattr(value, name)
                plain[key] = _plain(inner, named) if _holds_models(inner) else _numbers(dumped[key])
        if isinstance(value, BaseStep):
            plain = {**plain, "id": named[id(value)], "type": value.type}
        return plain
    return [_plain(item, named) for item in value]


def _holds_models(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], BaseModel)
    return isinstance(value, BaseModel)


def _numbers(value: Any) -> Any:
    """JSON-like data in which a whole number is written as one: `50.0` means `50`."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value
