"""Which criteria kept a lead out, said with what the lead had (T2, T3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from spara_cli.model.criteria import Where, WhereNode
from spara_cli.simulate.unmet import unmet

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
BIG = {"field": "size", "op": "at_least", "value": 100}
IN_US = {"field": "country", "op": "equals", "value": "US"}
SIZE_IS_5 = "the trigger's `size at_least 100` is not met: `size` is 5"
NO_COUNTRY = 'the trigger\'s `country equals "US"` is not met: `country` is missing'


@pytest.mark.parametrize(
    ("where", "scope", "said"),
    [
        (BIG, {"size": 100}, ()),
        (BIG, {"size": 5}, (SIZE_IS_5,)),
        (IN_US, {}, (NO_COUNTRY,)),
        ([BIG, IN_US], {"size": 5, "country": "us"}, (SIZE_IS_5,)),
        ({"any": [BIG, IN_US]}, {"size": 5}, (SIZE_IS_5, NO_COUNTRY)),
        ({"any": [BIG, IN_US]}, {"country": "US"}, ()),
        ({"not": BIG}, {"size": 500}, ("the trigger's `not size at_least 100` is not met: `size` is 500",)),
        ({"field": "size", "op": "is_defined"}, {}, ("the trigger's `size is_defined` is not met: `size` is missing",)),
        ({"field": "event.kind", "op": "equals", "value": "a"}, {"event": {"kind": "b"}},
         ('the trigger\'s `event.kind equals "a"` is not met: `event.kind` is "b"',)),
        ({"field": "created_at", "op": "before", "value": "2026-01-01"}, {"created_at": NOW},
         ('the trigger\'s `created_at before "2026-01-01"` is not met: `created_at` is 2026-03-02T14:00:00Z',)),
    ],
)  # fmt: skip
def test_each_criterion_in_the_way_is_told(where: Any, scope: dict[str, Any], said: tuple[str, ...]) -> None:
    tree: WhereNode = TypeAdapter(Where).validate_python(where)
    assert unmet(tree, scope, NOW, ZoneInfo("America/New_York")) == said
