"""A lead: an id and any number of typed fields (SPEC L1, L2).

Field values are plain JSON: text, int, float, bool or a list of text. A datetime is kept as ISO 8601
text in UTC with `Z`, so that a lead is the same in memory, in the database and in an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FieldValue = str | int | float | bool | list[str]
Fields = Mapping[str, FieldValue]


class FieldType(StrEnum):
    """The six types a field can have; fixed by its declaration or its first value (L2)."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    DATETIME = "datetime"


# L1, from Spara's leads API, with the words W2 and update_lead speak of.
STANDARD_FIELDS: Mapping[str, FieldType] = {
    "email": FieldType.STRING,
    "company_name": FieldType.STRING,
    "first_name": FieldType.STRING,
    "last_name": FieldType.STRING,
    "phone_number": FieldType.STRING,
    "job_title": FieldType.STRING,
    "num_employees": FieldType.INTEGER,
    "sales_rep_name": FieldType.STRING,
    "salesforce_account_id": FieldType.STRING,
    "salesforce_account_name": FieldType.STRING,
    "salesforce_account_owner_email": FieldType.STRING,
    "salesforce_account_owner_id": FieldType.STRING,
    "salesforce_account_owner_name": FieldType.STRING,
    "salesforce_account_website": FieldType.STRING,
    "salesforce_assigned_sales_rep_email": FieldType.STRING,
    "salesforce_assigned_sales_rep_id": FieldType.STRING,
    "salesforce_assigned_sales_rep_name": FieldType.STRING,
    "timezone": FieldType.STRING,
    "country": FieldType.STRING,
    "stage": FieldType.STRING,
    "tags": FieldType.LIST,
}

# Kept by spara itself; readable in criteria and templates, never writable.
SYSTEM_FIELDS: Mapping[str, FieldType] = {
    "id": FieldType.STRING,
    "created_at": FieldType.DATETIME,
    "updated_at": FieldType.DATETIME,
    "last_active_at": FieldType.DATETIME,
}


@dataclass(frozen=True, slots=True)
class Lead:
    """One person. `last_active_at` moves with what the lead does, not with what we send (L6)."""

    id: str
    fields: Fields
    created_at: datetime
    updated_at: datetime
    last_active_at: datetime

    @property
    def rep_email(self) -> str | None:
        """The assigned rep's address: their own, else the account owner's, else None (L1)."""
        for name in ("salesforce_assigned_sales_rep_email", "salesforce_account_owner_email"):
            value = self.fields.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return None

    def text(self, name: str) -> str | None:
        """The field as non-blank text, or None when it is missing or not text."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) and value.strip() else None


def is_missing(value: object) -> bool:
    """Whether a value counts as missing: null, empty or blank text (L2). An empty list does not."""
    return value is None or (isinstance(value, str) and not value.strip())
