"""From a pydantic error's `loc` to a place in the file: `locate(model, loc) -> Place`.

The one thing to know: a `loc` mixes keys of the data with labels of unions (`steps, 0, wait, for`), and a
label can look just like a key. So it is not guessed from the data but followed through the model's own
core schema, which says of every part whether it is a key, an index or a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = Mapping[str, Any]

_WRAPPERS = frozenset({"function-before", "function-after", "function-wrap", "default", "nullable", "model-field"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error is: its path in the data, what is expected there, and whose key it is.

    `schema` is None for a key that the model does not know. `owner` is the innermost model on the way, its
    mapping at `owner_path`. `unions` are the indices in `loc` at which the label of a plain union stands.
    """

    path: Path
    schema: Schema | None
    owner: type[BaseModel]
    owner_path: Path
    unions: tuple[int, ...]


def locate(model: type[BaseModel], loc: Path, data: object) -> Place:
    """Follow `loc`, as in `ValidationError.errors()`, from `model` down.

    `data` is what was validated: where a validator wrapped it (a list of criteria stands for `all`), the
    key that was added has no place and is left out.
    """
    definitions: dict[str, Schema] = {}
    schema: Schema | None = _bare(_core(model), definitions)
    owner, owner_path, path, unions = model, (), (), []  # type: tuple[type[BaseModel], Path, Path, list[int]]
    for index, part in enumerate(loc):
        kind = schema["type"] if schema is not None else ""
        if schema is None or part == "[key]":
            break
        if kind in ("tagged-union", "union"):
            if kind == "union":
                unions.append(index)
            schema = _chosen(schema, part, definitions)
            continue
        if kind == "model":
            owner, owner_path = schema["cls"], path
        if not (isinstance(part, str) and isinstance(value_at(data, path), list)):
            path = (*path, part)
        schema = _below(schema, part, definitions)
    if schema is not None and schema["type"] == "model":
        owner, owner_path = schema["cls"], path
    return Place(path, schema, owner, owner_path, tuple(unions))


def value_at(data: object, path: Path) -> object:
    """The value at a path of JSON-like data; None where there is none."""
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys a file may use in the model's mapping: aliases where there are any, in the model's order."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def description_of(model: type[BaseModel], key: str) -> str | None:
    """What the model says of one of its keys."""
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return field.description
    return None


def tags_of(schema: Schema | None) -> tuple[str, ...]:
    """The labels of a tagged union, such as the step types; none for anything else."""
    return tuple(map(str, schema["choices"])) if schema is not None and schema["type"] == "tagged-union" else ()


def allowed_values(schema: Schema | None) -> tuple[object, ...]:
    """The values of a literal or an enumeration; none for anything else."""
    if schema is None:
        return ()
    if schema["type"] == "literal":
        return tuple(schema["expected"])
    return tuple(member.value for member in schema["members"]) if schema["type"] == "enum" else ()


def _core(model: type[BaseModel]) -> Schema:
    schema: Schema = model.__pydantic_core_schema__
    return schema


def _bare(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """The schema without what adds nothing to a `loc`: validators, defaults, references."""
    while True:
        kind = schema["type"]
        if kind == "definitions":
            definitions.update((each["ref"], each) for each in schema["definitions"])
            schema = schema["schema"]
        elif kind == "definition-ref":
            schema = definitions[schema["schema_ref"]]
        elif kind in _WRAPPERS:
            schema = schema["schema"]
        elif kind == "json-or-python":
            schema = schema["json_schema"]
        elif kind == "lax-or-strict":
            schema = schema["strict_schema"]
        elif kind == "chain":
            schema = schema["steps"][0]
        else:
            return schema


def _below(schema: Schema, part: str | int, definitions: dict[str, Schema]) -> Schema | None:
    """What is expected under one key or index; None where nothing is known."""
    inner: Schema | None = None
    match schema["type"]:
        case "model":
            fields = _bare(schema["schema"], definitions).get("fields", {})
            for name, field in fields.items():
                if part == field.get("validation_alias", name):
                    inner = field
        case "list" | "set" | "frozenset":
            inner = schema.get("items_schema")
        case "tuple":
            items = schema["items_schema"]
            inner = items[min(part, len(items) - 1)] if isinstance(part, int) and items else None
        case "dict":
            inner = schema.get("values_schema")
    return None if inner is None else _bare(inner, definitions)


def _chosen(union: Schema, label: str | int, definitions: dict[str, Schema]) -> Schema | None:
    """The member of a union that a label in a `loc` stands for."""
    if union["type"] == "tagged-union":
        choice = union["choices"].get(label)
        return None if choice is None else _bare(choice, definitions)
    for choice in union["choices"]:
        member, name = choice if isinstance(choice, tuple) else (choice, None)
        bare = _bare(member, definitions)
        if name == label or (name is None and _label_names(str(label), bare)):
            return bare
    return None


def _label_names(label: str, schema: Schema) -> bool:
    """Whether pydantic's own label (`str`, `list[str]`, `AfterExit`, `function-after[f(), M]`) means `schema`."""
    name = schema["cls"].__name__ if schema["type"] == "model" else schema["type"]
    core = label.removesuffix("]").rpartition("(), ")[2] if label.startswith("function-") else label
    return core == name or core.startswith(f"{name}[")
