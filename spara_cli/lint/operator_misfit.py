"""An operator does not fit the type of its field.

## What it finds

A criterion on a field whose type is known (a standard field, one declared in `spara.yaml`, one that a step
extracts) with an operator, or a value, for another type.

## Why it matters

A value of the wrong type makes an operator false, for every lead and without a word: nobody would match.

## Bad

```yaml
workflow: hello
trigger:
  where:
    - {field: num_employees, op: starts_with, value: "5"}
steps:
  - {id: hello, type: send_text, body: "Hi"}
```

## Good

```yaml
workflow: hello
trigger:
  where:
    - {field: num_employees, op: at_least, value: 50}
steps:
  - {id: hello, type: send_text, body: "Hi"}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.lint.uses import Use
from spara_cli.model.criteria import Criterion
from spara_cli.model.lead import FieldType
from spara_cli.model.operators import OPERATORS, ValueKind

# What a call leaves behind for the steps that follow (S12).
LAST_CALL_TYPES = {
    "last_call.outcome": FieldType.STRING,
    "last_call.disposition": FieldType.STRING,
    "last_call.duration": FieldType.NUMBER,
    "last_call.summary": FieldType.STRING,
    "last_call.recording_url": FieldType.STRING,
}
_TEXT_TYPES = frozenset({FieldType.STRING, FieldType.LIST})


class OperatorMisfit(Rule):
    """Only of fields whose type is certain."""

    name = "operator-misfit"
    severity = Severity.ERROR

    def check(self, context: LintContext) -> Iterator[Diagnostic]:
        """Every criterion that its field can never satisfy."""
        for use in context.uses:
            kind = _type_of(context, use)
            if kind is None or use.criterion is None:
                continue
            operator = OPERATORS[use.criterion.op]
            if kind not in operator.types:
                fitting = ", ".join(f"`{each.name}`" for each in OPERATORS.values() if kind in each.types)
                message = f"`{operator.name}` does not fit `{use.name}`, which is {_article(kind)}"
                yield self.found(context, (*use.path, "op"), message, help=f"operators that fit: {fitting}")
            elif operator.value is ValueKind.TEXT_OR_NUMBER and _value_misfits(use.criterion, kind):
                given = "text" if isinstance(use.criterion.value, str) else "a number"
                message = f"`{use.name}` is {_article(kind)} and never equals {given}"
                way_out = "remove the quotes" if given == "text" else "put the value in quotes"
                yield self.found(context, (*use.path, "value"), message, help=way_out)


def _type_of(context: LintContext, use: Use) -> FieldType | None:
    """The field's type, when everything that is known of it agrees."""
    known = context.field_types.get(use.name) or LAST_CALL_TYPES.get(use.name)
    if known is not None:
        return known
    if context.gaps.may_set or context.gaps.lost:
        return None  # a step that could not be read may set it too
    kinds = {kind for _, kind in context.setters.get(use.name, ())}
    return FieldType(kinds.pop()) if len(kinds) == 1 and "" not in kinds else None


def _value_misfits(criterion: Criterion, kind: FieldType) -> bool:
    return isinstance(criterion.value, str) is not (kind in _TEXT_TYPES)


def _article(kind: FieldType) -> str:
    names = {FieldType.INTEGER: "an integer", FieldType.LIST: "a list", FieldType.STRING: "text"}
    return names.get(kind, f"a {kind}")
