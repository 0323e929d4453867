"""The kinds of text that settings hold: references to secrets, addresses, numbers, hosts, windows.

The one thing to know: each is checked when `spara.yaml` is read, as far as that needs no network and no secret.
Text with a reference in it is checked once the reference is resolved, by whoever uses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic.types import JsonValue

from spara_cli.model.address import parse_address
from spara_cli.model.fields import invalid
from spara_cli.model.fieldtypes import field_name_problem
from spara_cli.model.localtime import zone_named
from spara_cli.model.window import ACCOUNT_ZONE, DAY_KEYS, LEAD_ZONE, WindowError, parse_window
from spara_cli.settings.secrets import reference_problem, references_in

WRITE_ONLY: Final[dict[str, JsonValue]] = {"writeOnly": True}
"""Marks a field as secret, in JSON Schema's own word: a literal value there is never shown."""

TEXT_LENGTH_MAX: Final = 2_000
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
PHONE_PATTERN: Final = r"^\+[1-9][0-9]{6,14}$"
_DAY: Final = f"(?:{'|'.join(DAY_KEYS)})"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _checked(rule: str, check: Callable[[str], object]) -> AfterValidator:
    """A validator that lets text pass as it is, or complains under `rule` with the check's ValueError."""

    def validate(value: str) -> str:
        try:
            check(value)
        except ValueError as error:
            raise invalid(rule, str(error)) from None
        return value

    return AfterValidator(validate)


def _check_references(text: str) -> None:
    problem = reference_problem(text)
    if problem is not None:
        raise ValueError(problem)


def _check_url(text: str) -> None:
    if references_in(text):
        return
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("a URL begins with `https://` or `http://`, names a host and has no blanks")


def _check_address(text: str) -> None:
    try:
        parse_address(text)
    except ValueError as error:
        raise ValueError(f"not an email address: {error}") from None


def _check_sender(text: str) -> None:
    if references_in(text):
        return
    if re.search(r"[\r\n]", text):
        raise ValueError("a sender is one line, such as `Ada <ada@example.com>`")
    address = parseaddr(text)[1]
    if not address:
        raise ValueError("a sender is an address, or a name and an address: `Ada <ada@example.com>`")
    _check_address(address)


def _check_phone(text: str) -> None:
    if not re.fullmatch(PHONE_PATTERN, text):
        raise ValueError('a phone number is E.164 in quotes: "+", the country and the number, such as "+12125550100"')


def _check_window_zone(text: str) -> None:
    if text not in (LEAD_ZONE, ACCOUNT_ZONE):
        zone_named(text)


def _check_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError as error:
        raise ValueError(f"not a network such as `10.0.0.0/8`: {error}") from None


def _check_name(text: str) -> None:
    if not re.fullmatch(NAME_PATTERN, text):
        raise ValueError("a name is letters, digits, `-` and `_`, beginning with a letter or digit")


def _check_field_name(text: str) -> None:
    problem = field_name_problem(text)
    if problem is not None:
        raise ValueError(f"the name `{text}` {problem}")


def _check_window(value: dict[str, Any]) -> dict[str, Any]:
    try:
        parse_window(value)
    except WindowError as error:
        at = {"at": ".".join(map(str, error.path))} if error.path else {}
        raise invalid("invalid-window", error.message, **at) from None
    return value


_Line = Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH_MAX)]

Text = Annotated[_Line, _checked("invalid-reference", _check_references)]
"""Text that may hold references; where the field is secret, it should be nothing else."""
Url = Annotated[Text, _checked("invalid-url", _check_url)]
Sender = Annotated[Text, _checked("invalid-address", _check_sender)]
Address = Annotated[_Line, _checked("invalid-address", _check_address)]
Phone = Annotated[
    str,
    _checked("invalid-phone-number", _check_phone),
    WithJsonSchema({"type": "string", "pattern": PHONE_PATTERN}),
]
Zone = Annotated[_Line, _checked("unknown-zone", zone_named)]
WindowZone = Annotated[_Line, _checked("unknown-zone", _check_window_zone)]
Cidr = Annotated[_Line, _checked("invalid-network", _check_network)]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/:@?#]+$")]
Name = Annotated[str, _checked("invalid-id", _check_name), WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
DeclaredField = Annotated[str, _checked("invalid-field-name", _check_field_name)]

ChannelWindow = Annotated[
    dict[str, Any],
    AfterValidator(_check_window),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "zone": {
                    "type": ["string", "null"],
                    "description": "Whose clock: `account` (the default), `lead` or an IANA name.",
                },
                "holidays": {
                    "type": ["string", "null"],
                    "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,5})?$",
                    "description": "A calendar such as `US` or `US-CA`; on its holidays no range starts.",
                },
            },
            "patternProperties": {
                f"^{_DAY}(-{_DAY})?$": {
                    "type": "array",
                    "items": {"type": "string", "pattern": f"^{_CLOCK}-(?:{_CLOCK}|24:00)$"},
                    "description": 'Ranges such as "08:00-18:00"; one that ends before it starts goes over midnight.',
                }
            },
            "additionalProperties": False,
        }
    ),
]
"""A window as written; `model.window.parse_window` gives its meaning."""
