"""What people type of a lead: FIELD=VALUE words and JSON, checked and normalised as an import would.

The one thing to know: one row maker reads files and command lines alike (`runtime/leadfile_row.py`), so that a
phone number or an address means the same wherever it comes from. Here a problem is not a refused row but one
UsageError.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from spara_cli.diagnostics import did_you_mean
from spara_cli.errors import UsageError

if TYPE_CHECKING:
    from spara_cli.model.lead import FieldValue
    from spara_cli.runtime.world import World

STDIN = "-"
JSON_BYTES_MAX = 1 << 20

_NOT_LIKE_TEXT = re.compile(r"true|false|yes|no|[+-]?[0-9]+(?:\.[0-9]+)?|\[.*\]", re.IGNORECASE | re.DOTALL)

Checked = tuple[str | None, dict[str, "FieldValue"]]


def split_pairs(words: Sequence[str]) -> dict[str, str]:
    """`FIELD=VALUE` words as a table. Raises UsageError for a word without `=` and for a field given twice."""
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(
                f"`{printable(word)}` is not FIELD=VALUE", hint='such as `first_name=Ada` or "stage=in talks"'
            )
        if name in pairs:
            raise UsageError(f"`{printable(name)}` is given twice")
        pairs[name] = value
    return pairs


def json_object(text: str, option: str, bytes_max: int = JSON_BYTES_MAX) -> dict[str, object]:
    """The JSON object an option was given, or standard input for `-`.

    Raises UsageError, naming the option, for anything else, for keys that come twice, NaN, and text of more than
    `bytes_max` bytes in UTF-8.
    """
    if text == STDIN:
        text = _standard_input(option, bytes_max)
    try:
        if len(text.encode("utf-8")) > bytes_max:
            raise UsageError(f"{option}: more than {bytes_max >> 10} KiB of JSON")
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{option}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})",
            hint='quote it for the shell: \'{"plan": "pro"}\'',
        ) from None
    except UnicodeEncodeError:
        raise UsageError(f"{option}: half a surrogate pair, which is no text") from None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    except RecursionError:
        raise UsageError(f"{option}: nested too deep") from None
    if not isinstance(found, dict):
        raise UsageError(f'{option}: an object is wanted, such as \'{{"plan": "pro"}}\'')
    return found


def checked_values(
    world: World,
    texts: Mapping[str, str],
    objects: Mapping[str, object],
    *,
    lead_id: str | None = None,
    country: str | None = None,
) -> Checked:
    """The id and the values to write, each of its field's type (L2), address and number checked (L5).

    `texts` are read by their field's type, text where nobody declared one; `objects` are JSON, where the value
    must have the type already. Missing values are left out. A phone number without a country code belongs to the
    country given with it, else to `country` (the lead's own), else to the account's region. Raises UsageError.
    """
    from spara_cli.model.fieldtypes import check_value, coerce_text, infer_type
    from spara_cli.model.lead import FieldType
    from spara_cli.runtime.leadfile_row import RowMaker, RowRefused, known_types

    types = known_types(world.rules.field_types)
    for name in (*texts, *objects):
        _check_name(name, types)
    if twice := texts.keys() & objects.keys():
        raise UsageError(f"`{min(twice)}` is given twice, as FIELD=VALUE and as JSON")

    def value_of(name: str, cell: object) -> FieldValue:
        if name in objects:
            return check_value(name, cell, types.get(name) or infer_type(cell, field=name), world.rules.zone)
        return coerce_text(str(cell), types.get(name, FieldType.STRING), world.rules.zone, field=name)

    raw: list[tuple[str, object]] = [*texts.items(), *objects.items()]
    if lead_id is not None:
        raw.append(("id", lead_id))
    known_country = {} if "country" in texts or "country" in objects or country is None else {"country": country}
    with RowMaker(zone=world.rules.zone, region=world.rules.region, allow_null=False) as maker:
        try:
            row = maker.make(1, [*raw, *known_country.items()], value_of)
        except RowRefused as refused:
            raise UsageError(refused.message) from None
    if row is None:
        return None, {}
    values = {name: value for name, value in row.values.items() if value is not None and name not in known_country}
    return row.id, values


def doubts_about(world: World, texts: Mapping[str, str]) -> list[str]:
    """A sentence for each new field that may be a slip of the pen, or text by mistake: its type is for ever (L2)."""
    doubts = []
    for name, text in texts.items():
        if name in world.rules.field_types or not text.strip():
            continue
        meant = did_you_mean(name, world.rules.field_types)
        if meant is not None:
            doubts.append(f"`{name}` is a new field; did you mean `{meant}`?")
        elif _NOT_LIKE_TEXT.fullmatch(text.strip()):
            doubts.append(
                f"`{name}` is a new field and holds text; --json-data or `fields` in spara.yaml give it a type"
            )
    return doubts


def slips_in(world: World, names: Sequence[str]) -> list[str]:
    """A sentence for each name that no field has yet and that is near a field's which is not among `names`."""
    from spara_cli.runtime.leadfile_row import SUPPLIED_FIELDS

    known = {*world.rules.field_types, "id", *SUPPLIED_FIELDS}
    missing = known.difference(names)
    near = {name: did_you_mean(name, missing) for name in names if name not in known}
    return [f"`{printable(name)}` is a new field; did you mean `{meant}`?" for name, meant in near.items() if meant]


def new_fields(world: World) -> list[str]:
    """The fields that leads have got since `world` was opened, in the alphabet's order."""
    return sorted(world.store.leads.field_types().keys() - world.rules.field_types.keys())


def checked_text(text: str, what: str) -> str:
    """Text from the command line that a database can be asked for. Raises UsageError for bytes that are no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not UTF-8") from None
    return text


def printable(text: str) -> str:
    """Foreign text for a message: short, on one line."""
    from spara_cli.model.fieldtypes import shown_text

    return shown_text(text)


def _check_name(name: str, types: Mapping[str, object]) -> None:
    from spara_cli.model.fieldtypes import field_name_problem
    from spara_cli.model.lead import FieldType
    from spara_cli.runtime.leadfile_row import name_problem

    known = {key: kind for key, kind in types.items() if isinstance(kind, FieldType)}
    problem = field_name_problem(name) or name_problem(name, known)
    if problem is not None:
        raise UsageError(f"the name `{printable(name)}` {problem}")


def _standard_input(option: str, bytes_max: int) -> str:
    content = sys.stdin.buffer.read(bytes_max + 1)
    if len(content) > bytes_max:
        raise UsageError(f"{option}: more than {bytes_max >> 10} KiB of JSON")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{option}: standard input is not UTF-8") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique: dict[str, object] = {}
    for name, value in pairs:
        if name in unique:
            raise ValueError(f"the key `{printable(name)}` is there twice")
        unique[name] = value
    return unique


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"not JSON: {word} is no number")
