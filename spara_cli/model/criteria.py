"""Criteria as people write them: `all` / `any` / `not` groups over single tests, to any depth (SPEC T1, T2).

`model/predicate.py` turns a tree into one closure. A list stands for `all`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from spara_cli.diagnostics import suggestion
from spara_cli.model.duration import parse_duration
from spara_cli.model.fields import FieldName, Node, invalid
from spara_cli.model.localtime import parse_instant
from spara_cli.model.operators import OPERATORS, ValueKind

_ANY_ZONE = ZoneInfo("UTC")


class Criterion(Node):
    """One test of one field."""

    field: FieldName = Field(
        description="The lead's field; `event.<key>` reads the event, `last_call.<key>` the last call."
    )
    op: str = Field(description="The operator; which ones fit depends on the field's type.")
    value: Any = Field(default=None, description="What to compare with; its shape depends on the operator.")
    case: Literal["ignore", "exact"] = Field(
        default="ignore", description="Whether upper and lower case are the same in text (`ignore`, the default)."
    )

    @model_validator(mode="after")
    def _value_fits(self) -> Criterion:
        operator = OPERATORS.get(self.op)
        if operator is None:
            raise invalid(
                "unknown-operator", f"unknown operator `{self.op}`", at="op", help=suggestion(self.op, OPERATORS)
            )
        wrong = value_problem(operator.value, self.value, given="value" in self.model_fields_set)
        if wrong is not None:
            at = "value" if "value" in self.model_fields_set else "op"
            raise invalid("wrong-operator-value", f"`{self.op}` {wrong}", at=at)
        return self


class AllOf(Node):
    """True when every one of its criteria is."""

    all: list[Where] = Field(min_length=1, description="Every one of these must be true.")


class AnyOf(Node):
    """True when at least one of its criteria is."""

    any: list[Where] = Field(min_length=1, description="At least one of these must be true.")


class NotOf(Node):
    """True when its criteria are not."""

    not_: Where = Field(alias="not", description="This must not be true; a missing value makes it true (T3).")


def _as_tree(value: Any) -> Any:
    return {"all": value} if isinstance(value, list) else value


def _which(value: Any) -> str:
    keys = value if isinstance(value, dict) else {}
    for tag in ("all", "any", "not"):
        if tag in keys and "field" not in keys:
            return tag
    if isinstance(value, Node):
        return {AllOf: "all", AnyOf: "any", NotOf: "not"}.get(type(value), "test")
    return "test"


Where = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotOf, Tag("not")]
    | Annotated[Criterion, Tag("test")],
    Discriminator(_which),
    BeforeValidator(_as_tree),
]  # fmt: skip

AllOf.model_rebuild()
AnyOf.model_rebuild()
NotOf.model_rebuild()

WhereNode = AllOf | AnyOf | NotOf | Criterion


def criteria_of(where: WhereNode | None) -> Iterator[Criterion]:
    """Every single test in a tree, in order."""
    if isinstance(where, Criterion):
        yield where
    elif isinstance(where, NotOf):
        yield from criteria_of(where.not_)
    elif where is not None:
        for child in where.all if isinstance(where, AllOf) else where.any:
            yield from criteria_of(child)


def value_problem(kind: ValueKind, value: Any, *, given: bool) -> str | None:
    """What is wrong with an operator's value, as the end of a sentence, or None."""
    if kind is ValueKind.NONE:
        return "takes no value" if given else None
    if not given or value is None:
        return f"needs a `value`: {kind}"
    return None if _fits(kind, value) else f"wants {kind}"


def _fits(kind: ValueKind, value: Any) -> bool:
    match kind:
        case ValueKind.TEXT:
            return isinstance(value, str)
        case ValueKind.NUMBER:
            return is_number(value)
        case ValueKind.TEXT_OR_NUMBER:
            return isinstance(value, str) or is_number(value)
        case ValueKind.TEXTS:
            return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
        case ValueKind.RANGE:
            return isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and value[0] <= value[1]
        case ValueKind.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case ValueKind.INSTANT:
            return isinstance(value, str) and _is_instant(value)
        case ValueKind.DURATION:
            return isinstance(value, str) and _is_duration(value)
        case ValueKind.NONE:
            return False


def is_number(value: object) -> bool:
    """Whether a value is a number; a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_instant(value: str) -> bool:
    try:
        parse_instant(value, _ANY_ZONE)
    except ValueError:
        return False
    return True


def _is_duration(value: str) -> bool:
    try:
        parse_duration(value)
    except ValueError:
        return False
    return True
