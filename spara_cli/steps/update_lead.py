"""`update_lead`: set fields of the lead, from plain values or templates (SPEC S)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from spara_cli.model.fields import invalid
from spara_cli.model.fieldtypes import FieldTypeError, check_value, coerce_text, field_name_problem, infer_type
from spara_cli.model.lead import FieldType, FieldValue, is_missing
from spara_cli.model.template import Template, TemplateError, compile_template
from spara_cli.model.transition import Skip, Transition, Update, View
from spara_cli.steps.base import BaseStep, Place
from spara_cli.steps.run import Run

SetValue = str | bool | int | float | list[str] | None


class UpdateLeadStep(BaseStep):
    """Writes fields, tags or a stage; a null removes the field."""

    type: Literal["update_lead"]
    set: dict[str, SetValue] = Field(
        min_length=1, description="Field to value; text may be a template, null removes the field."
    )

    @field_validator("set")
    @classmethod
    def _writable(cls, value: dict[str, SetValue]) -> dict[str, SetValue]:
        for name, item in value.items():
            problem = field_name_problem(name)
            if problem is not None:
                raise invalid("invalid-field-name", f"the name `{name}` {problem}", at=name)
            if isinstance(item, str):
                try:
                    compile_template(item)
                except TemplateError as error:
                    raise invalid("template-error", str(error), at=name) from None
        return value

    def field_names(self) -> Iterator[tuple[str, str]]:
        """The names written; a template's type is only known when it runs."""
        return ((name, "") for name in self.set)

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every text value."""
        return ((("set", name), value) for name, value in self.set.items() if isinstance(value, str))

    def compile(self, place: Place) -> Run:
        """Plain values as they are, texts as templates."""
        values = {name: compile_template(item) if isinstance(item, str) else item for name, item in self.set.items()}
        return _UpdateLead(values)


class _UpdateLead(Run):
    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def start(self, view: View) -> Transition:
        values: dict[str, FieldValue | None] = {}
        refused: dict[str, str] = {}
        for name, item in self._values.items():
            try:
                value = item.render(view.scope) if isinstance(item, Template) else item
                values[name] = _accepted(name, value, view.rules.field_types.get(name), view.zone)
            except TemplateError as error:
                return Skip("template_error", {"message": str(error), "field": name})
            except FieldTypeError as error:
                refused[name] = str(error)
        return Update(values, refused)


def _accepted(name: str, value: Any, type: FieldType | None, zone: ZoneInfo) -> FieldValue | None:
    """The value as the field keeps it; a template's text is read as the field's declared type."""
    if is_missing(value):
        return None
    if isinstance(value, str) and type is not None and type is not FieldType.STRING:
        return coerce_text(value, type, zone, field=name)
    return check_value(name, value, type or infer_type(value, field=name), zone)
