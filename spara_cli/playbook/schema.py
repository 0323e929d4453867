"""JSON Schemas (draft-07) from the models: what editors complete, explain and check by.

The one thing to know: pydantic's own schema is rewritten for people who type. A union by `type` becomes one
`if`/`then` per type, so that an editor complains of the step that was meant and not of all fifteen; criteria
say by operator what a value looks like; every property has a description, which is its hover text. Where a
schema cannot say what a model checks it accepts more, never less.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, TypeAlias

from pydantic import BaseModel

from spara_cli.model.duration import DURATION_PATTERN
from spara_cli.model.operators import OPERATORS, ValueKind
from spara_cli.playbook.workflow import Workflow

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
_CRITERIA = frozenset({"AllOf", "AnyOf", "NotOf", "Criterion"})
_VALUES_NOT_SCHEMAS = frozenset({"default", "const", "enum", "required", "examples"})
_WHERE = {"$ref": "#/definitions/Where"}

# For the properties whose model leaves it to the reader.
_DESCRIPTIONS = {"type": "What the step does.", "kind": "Which kind this is."}

_TEXT_OR_NUMBER: Schema = {"type": ["string", "number"]}
_VALUES: Mapping[ValueKind, Schema] = {
    ValueKind.TEXT: {"type": "string"},
    ValueKind.NUMBER: {"type": "number"},
    ValueKind.TEXT_OR_NUMBER: _TEXT_OR_NUMBER,
    ValueKind.TEXTS: {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ValueKind.RANGE: {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    ValueKind.COUNT: {"type": "integer", "minimum": 0},
    ValueKind.INSTANT: {"type": "string", "pattern": "^[0-9]"},
    ValueKind.DURATION: {"type": "string", "pattern": DURATION_PATTERN},
}


def workflow_schema() -> Schema:
    """The schema of a playbook."""
    return schema_of(Workflow, "A spara playbook", "urn:spara:schema:workflow")


def schema_of(model: type[BaseModel], title: str, id: str) -> Schema:
    """The draft-07 schema of a file that holds `model`; the same model gives the same schema, key by key."""
    raw = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    rewriter = _Rewriter(raw.pop("$defs", {}))
    root = {key: value for key, value in rewriter.rewritten(raw).items() if key != "title"}
    head: Schema = {"$schema": DRAFT, "$id": id, "title": title}
    return {**head, **root, "definitions": dict(sorted(rewriter.definitions().items()))}


def dumps(schema: Schema) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


class _Rewriter:
    """Pydantic's schema (draft 2020-12) as draft-07 has it, and as editors show it best."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._raw = definitions
        self._unions: dict[str, tuple[Any, Schema]] = {}

    def definitions(self) -> Schema:
        """Every definition, those of criteria and of shared unions among them."""
        found = {name: self.rewritten(each) for name, each in self._raw.items()}
        if found.keys() >= _CRITERIA:
            found["Where"] = _where()
            found["Criterion"]["properties"]["op"]["enum"] = list(OPERATORS)
            found["Criterion"]["allOf"] = list(_by_operator())
        return {**found, **{name: schema for name, (_, schema) in self._unions.items()}}

    def rewritten(self, node: Any) -> Any:
        """A part of the schema."""
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "oneOf" in node and _is_criteria(node["oneOf"]):
            return _referring(node, "#/definitions/Where")
        if "oneOf" in node and "discriminator" in node:
            return self._by_tag(node)
        if "$ref" in node:
            return _referring(node, node["$ref"])
        out: Schema = {}
        for key, value in node.items():
            if key == "properties":
                out[key] = {name: self._described(name, self.rewritten(each)) for name, each in value.items()}
            elif key == "prefixItems":
                out["items"] = self.rewritten(value)
            elif key in _VALUES_NOT_SCHEMAS:
                if not (key == "default" and value is None):
                    out[key] = value
            elif key != "title":
                out[key] = self.rewritten(value)
        return out

    def _described(self, name: str, node: Schema) -> Schema:
        """A property with a description; where pydantic left it to the definition, or the model to the name."""
        if "description" in node:
            return node
        if "$ref" in node:
            said = self._raw.get(node["$ref"].rpartition("/")[2], {}).get("description")
            return _referring({"description": said}, node["$ref"])
        return {**node, "description": _DESCRIPTIONS[name]} if name in _DESCRIPTIONS else node

    def _by_tag(self, node: Schema) -> Schema:
        """A union told apart by one key: the key's values, and what each of them makes of the mapping.

        It becomes a definition, named for the word that its members' names end with, if that name is free.
        """
        key, mapping = node["discriminator"]["propertyName"], node["discriminator"]["mapping"]
        members = {value: reference.rpartition("/")[2] for value, reference in mapping.items()}
        schema = self._cases(key, members)
        name = _common_ending(list(members.values()))
        if name and name not in self._raw and self._unions.setdefault(name, (mapping, schema))[0] == mapping:
            return _referring(node, f"#/definitions/{name}")
        return {**_beside(node), **schema}

    def _cases(self, key: str, members: Mapping[str, str]) -> Schema:
        tag = {"enum": list(members), "description": _DESCRIPTIONS[key]}
        cases = [
            {
                "if": {"properties": {key: {"const": value, "description": tag["description"]}}, "required": [key]},
                "then": {"$ref": f"#/definitions/{name}"},
            }
            for value, name in members.items()
        ]
        schema = {"type": "object", "properties": {key: tag}, "description": f"One of these, by its `{key}`."}
        default = next((name for name in members.values() if key not in self._raw[name].get("required", ())), None)
        if default is None:
            return {**schema, "required": [key], "allOf": cases}
        without = {"if": {"not": {"required": [key]}}, "then": {"$ref": f"#/definitions/{default}"}}
        return {**schema, "allOf": [*cases, without]}


def _referring(node: Schema, reference: str) -> Schema:
    """A reference; in draft-07 what stands beside one is ignored, so a description goes around it."""
    beside = _beside(node)
    return {"allOf": [{"$ref": reference}], **beside} if beside else {"$ref": reference}


def _beside(node: Schema) -> Schema:
    return {key: node[key] for key in ("description", "default") if node.get(key) is not None}


def _is_criteria(choices: list[Schema]) -> bool:
    return {each.get("$ref", "").rpartition("/")[2] for each in choices} == _CRITERIA


def _common_ending(names: list[str]) -> str:
    """The last words that CamelCase names share: `Step` of `WaitStep` and `GotoStep`; maybe none."""
    words = [re.findall("[A-Z][a-z0-9]*", name)[::-1] for name in names]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return "".join(reversed([column[0] for column in shared]))


def _where() -> Schema:
    """Criteria: a list, which means all; one of the groups; or a single test."""
    chosen: Schema = {"$ref": "#/definitions/Criterion"}
    for key, name in (("not", "NotOf"), ("any", "AnyOf"), ("all", "AllOf")):
        test = {"required": [key], "not": {"required": ["field"]}}
        chosen = {"if": test, "then": {"$ref": f"#/definitions/{name}"}, "else": chosen}
    return {
        "description": "Criteria: {field, op, value}, or `all`, `any`, `not` over others; a list means all of them.",
        "type": ["object", "array"],
        "if": {"type": "array"},
        "then": {"items": dict(_WHERE), "minItems": 1},
        "else": chosen,
    }


def _by_operator() -> list[Schema]:
    """What `value` looks like, by what `op` says."""
    cases: list[Schema] = []
    for kind in ValueKind:
        names = [operator.name for operator in OPERATORS.values() if operator.value is kind]
        test = {"properties": {"op": {"enum": names, "description": "The operator."}}, "required": ["op"]}
        if kind is ValueKind.NONE:
            cases.append({"if": test, "then": {"not": {"required": ["value"]}}})
        else:
            value = {**_VALUES[kind], "description": f"For this operator: {kind}."}
            cases.append({"if": test, "then": {"required": ["value"], "properties": {"value": value}}})
    return cases
