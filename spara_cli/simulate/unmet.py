"""Why a trigger refused a lead: the criteria that were not met, each with what the lead had (SPEC T2, T3).

The one thing to know: only criteria that could have let the lead in are told. Of an `any` group that is every
one, of an `all` group those that failed, of a `not` the ones below it that were true.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.model.criteria import AllOf, Criterion, NotOf, WhereNode
from spara_cli.model.lead import is_missing
from spara_cli.model.localtime import format_instant
from spara_cli.model.predicate import compile_where, lookup


def unmet(where: WhereNode, scope: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """A sentence for each criterion in the way, in the order of the file; none when the criteria are met.

    `scope` is what the predicate reads, `zone` the account's.
    """
    told = (_sentence(criterion, wanted, scope) for criterion, wanted in _in_the_way(where, True, scope, now, zone))
    return tuple(dict.fromkeys(told))


def _in_the_way(
    where: WhereNode, wanted: bool, scope: Mapping[str, Any], now: datetime, zone: ZoneInfo
) -> Iterator[tuple[Criterion, bool]]:
    """The criteria because of which a tree is not what is wanted, each with what it should have been."""
    if compile_where(where, zone)(scope, now) is wanted:
        return
    if isinstance(where, Criterion):
        yield where, wanted
    elif isinstance(where, NotOf):
        yield from _in_the_way(where.not_, not wanted, scope, now, zone)
    else:
        for child in where.all if isinstance(where, AllOf) else where.any:
            yield from _in_the_way(child, wanted, scope, now, zone)


def _sentence(criterion: Criterion, wanted: bool, scope: Mapping[str, Any]) -> str:
    value = "" if criterion.value is None else f" {_shown(criterion.value)}"
    test = f"`{'' if wanted else 'not '}{criterion.field} {criterion.op}{value}`"
    actual = lookup(criterion.field)(scope)
    had = "is missing" if is_missing(actual) else f"is {_shown(actual)}"
    return f"the trigger's {test} is not met: `{criterion.field}` {had}"


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return format_instant(value)
    return json.dumps(value, ensure_ascii=False, default=str)
