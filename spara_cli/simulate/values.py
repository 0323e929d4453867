"""Values that make criteria true: the search behind the automatic happy path (SPEC V2).

The one thing to know: nothing is believed that was not tried. Candidates are made from the criteria
themselves (the ends of their ranges, the pieces of their texts), and each is put to the very predicate that
the engine will ask; so a value found is a value that works, also with `case: exact`, globs and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.model.criteria import AllOf, AnyOf, Criterion, NotOf, WhereNode
from spara_cli.model.duration import parse_duration
from spara_cli.model.lead import FieldType, FieldValue
from spara_cli.model.localtime import format_instant, parse_instant
from spara_cli.model.operators import OPERATORS
from spara_cli.model.predicate import compile_where

ALTERNATIVES_MAX = 2_000
"""How many ways to meet all criteria (one for each choice among `any` groups) are tried."""

_CASES_EACH_MAX = 200
_A_SECOND = timedelta(seconds=1)
_FILLERS = ("Example", "Sample", "Specimen")


@dataclass(frozen=True, slots=True)
class Demand:
    """Criteria to be met at an instant, `because` of a place in the playbook.

    `roots` renames variables by their first part, so that two calls' `last_call.outcome` stay two variables.
    """

    where: WhereNode
    now: datetime
    because: str
    roots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Literal:
    """One criterion that must be true, or with `positive` False must not be."""

    criterion: Criterion
    positive: bool
    demand: Demand

    @property
    def variable(self) -> str:
        """The value it speaks of: a lead's field, or a renamed key of an event or call."""
        root, dot, key = self.criterion.field.partition(".")
        return f"{self.demand.roots[root]}{dot}{key}" if root in self.demand.roots else self.criterion.field

    def holds(self, value: object, zone: ZoneInfo) -> bool:
        """Whether it is met by a value; None is a missing one."""
        scope = {} if value is None else {self.criterion.field: value}
        return compile_where(self.criterion, zone)(scope, self.demand.now) is self.positive

    def __str__(self) -> str:
        shown = "" if self.criterion.value is None else f" {self.criterion.value}"
        text = f"`{self.criterion.field} {self.criterion.op}{shown}`"
        return f"{text if self.positive else f'not {text}'} ({self.demand.because})"


class Unsatisfiable(ValueError):
    """No values meet all of the criteria; the message names those that are in each other's way."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What is known of the values: their types, what they are unless something else is asked, what is fixed.

    `choices` are the only values that some variables can have, such as a call's outcome.
    """

    types: Mapping[str, FieldType]
    usual: Mapping[str, FieldValue]
    fixed: Mapping[str, FieldValue | None]
    choices: Mapping[str, Sequence[FieldValue]]
    zone: ZoneInfo


def find_values(
    demands: Iterable[Demand], known: Variables, *, past_fixed: bool = False
) -> dict[str, FieldValue | None]:
    """A value, or None for missing, for every variable the demands speak of.

    With `past_fixed` nothing is asked of the fixed ones. Raises Unsatisfiable.
    """
    every = [list(islice(_alternatives(each.where, True, each), _CASES_EACH_MAX)) for each in demands]
    obstacle = ""
    for choice in islice(product(*every), ALTERNATIVES_MAX):
        by_variable: dict[str, list[Literal]] = {}
        for literal in (item for part in choice for item in part):
            by_variable.setdefault(literal.variable, []).append(literal)
        values: dict[str, FieldValue | None] = {}
        for variable, literals in by_variable.items():
            if past_fixed and variable in known.fixed:
                continue
            found = next(_fitting(variable, literals, known), _NOTHING)
            if isinstance(found, _Nothing):
                obstacle = obstacle or _obstacle(variable, literals, known)
                break
            values[variable] = found
        else:
            return values
    raise Unsatisfiable(obstacle or "the criteria cannot be met")


def type_of(variable: str, literals: Sequence[Literal], known: Variables) -> tuple[FieldType, ...]:
    """The types to try for a variable: its own, else those that all operators on it fit."""
    if variable in known.types:
        return (known.types[variable],)
    fitting = [type for type in FieldType if all(type in _types(literal.criterion) for literal in literals)]
    return tuple(fitting) or tuple(FieldType)


def _types(criterion: Criterion) -> frozenset[FieldType]:
    """The types an operator fits, narrowed by the value it compares with."""
    types = OPERATORS[criterion.op].types
    if criterion.op in ("equals", "is_not"):
        text = isinstance(criterion.value, str)
        return types & (frozenset({FieldType.STRING}) if text else frozenset({FieldType.INTEGER, FieldType.NUMBER}))
    return types


class _Nothing:
    """No value at all; None would be the missing one."""


_NOTHING = _Nothing()


def _obstacle(variable: str, literals: Sequence[Literal], known: Variables) -> str:
    fixed = " with the value given" if variable in known.fixed else ""
    listed = " and ".join(str(literal) for literal in literals)
    return f"no value was found{fixed} that meets {listed}"


def _alternatives(where: WhereNode, positive: bool, demand: Demand) -> Iterator[list[Literal]]:
    """Each set of single criteria that together make the tree true (or, not `positive`, false)."""
    if isinstance(where, Criterion):
        yield [Literal(where, positive, demand)]
    elif isinstance(where, NotOf):
        yield from _alternatives(where.not_, not positive, demand)
    elif isinstance(where, AllOf if positive else AnyOf):
        children = where.all if isinstance(where, AllOf) else where.any
        parts = [list(islice(_alternatives(child, positive, demand), _CASES_EACH_MAX)) for child in children]
        for combination in product(*parts):
            yield [literal for part in combination for literal in part]
    else:
        for child in where.any if isinstance(where, AnyOf) else where.all:
            yield from _alternatives(child, positive, demand)


def _fitting(variable: str, literals: Sequence[Literal], known: Variables) -> Iterator[FieldValue | None]:
    for value in _candidates(variable, literals, known):
        if all(literal.holds(value, known.zone) for literal in literals):
            yield value


def _candidates(variable: str, literals: Sequence[Literal], known: Variables) -> Iterator[FieldValue | None]:
    """Values to try, the likeliest first; a missing one last, for it makes steps skip."""
    if variable in known.fixed:
        yield known.fixed[variable]
        return
    if variable in known.usual:
        yield known.usual[variable]
    if variable in known.choices:
        yield from known.choices[variable]
    else:
        for type in type_of(variable, literals, known):
            yield from _of_type(type, literals, known.zone)
    yield None


def _of_type(type: FieldType, literals: Sequence[Literal], zone: ZoneInfo) -> Iterator[FieldValue]:
    match type:
        case FieldType.BOOLEAN:
            yield from (True, False)
        case FieldType.INTEGER | FieldType.NUMBER:
            yield from _numbers(literals, whole=type is FieldType.INTEGER)
        case FieldType.DATETIME:
            yield from _instants(literals, zone)
        case FieldType.LIST:
            yield from _lists(literals)
        case FieldType.STRING:
            yield from _texts(literals)


# --- candidates by type ------------------------------------------------------------------------------


def _wanted(literals: Sequence[Literal], *ops: str, positive: bool = True) -> list[Any]:
    """The values of certain operators."""
    return [each.criterion.value for each in literals if each.criterion.op in ops and each.positive is positive]


def _numbers(literals: Sequence[Literal], *, whole: bool) -> Iterator[int | float]:
    """Every number the criteria name, and what lies on and between them: any range of them has one inside."""
    named: set[float] = {0, 1}
    for literal in literals:
        value = literal.criterion.value
        named.update(value if isinstance(value, list) else [value] if isinstance(value, int | float) else [])
    # One step further for each number that must not be: next to it something is free.
    reach = range(len(literals) + 1, -len(literals) - 2, -1)
    ends = sorted(named)
    for number in (*_wanted(literals, "equals"), *ends):
        for step in reach:
            yield int(number // 1) + step if whole else number + step
    if not whole:
        yield from ends
        yield from ((low + high) / 2 for low, high in pairwise(ends))


def _instants(literals: Sequence[Literal], zone: ZoneInfo) -> Iterator[str]:
    """Every instant the criteria name or reach from their now, a second aside, and halfway between."""
    named = set()
    for literal in literals:
        now, value = literal.demand.now, literal.criterion.value
        named.add(now)
        if literal.criterion.op in ("before", "after", "on"):
            named.add(parse_instant(value, zone))
        elif isinstance(value, str):
            span = parse_duration(value)
            named.update((now - span, now + span))
    ends = sorted(named)
    yield from (format_instant(low + (high - low) / 2) for low, high in pairwise(ends))
    for instant in ends:
        yield from map(format_instant, (instant, instant - _A_SECOND, instant + _A_SECOND))


def _lists(literals: Sequence[Literal]) -> Iterator[list[str]]:
    """The elements that must be in, one of each that may be, and as many more as a length asks for."""
    required = list(dict.fromkeys(str(value) for value in _wanted(literals, "contains")))
    choices = _wanted(literals, "contains_any")
    lengths = {len(required) + 1}
    for literal in literals:
        if literal.criterion.op.startswith("length_"):
            lengths.update(literal.criterion.value + step for step in (-1, 0, 1))
    for picked in islice(product(*choices), _CASES_EACH_MAX):
        elements = list(dict.fromkeys([*required, *picked]))
        if elements:
            yield elements
        for length in sorted(lengths):
            if len(elements) <= length <= _CASES_EACH_MAX:
                yield elements + [f"item {number + 1}" for number in range(length - len(elements))]
    yield []


def _texts(literals: Sequence[Literal]) -> Iterator[str]:
    """The texts named, then texts put together from a beginning, what must be inside, and an end."""
    yield from _wanted(literals, "equals")
    for options in _wanted(literals, "one_of"):
        yield from options
    starts = max(_wanted(literals, "starts_with"), key=len, default="")
    ends = max(_wanted(literals, "ends_with"), key=len, default="")
    inner = [str(value) for value in _wanted(literals, "contains")]
    middle = " ".join(inner)
    for pattern in _wanted(literals, "matches"):
        for filler in ("", middle, starts, f"{starts}{middle}{ends}", "x"):
            yield pattern.replace("*", filler).replace("?", "x")
    if starts or ends or inner:
        yield f"{starts}{middle}{ends}"
        yield f"{starts} {middle} {ends}".strip()
        yield from (piece for piece in (starts, ends, *inner) if piece)
    for number, filler in enumerate(_FILLERS * 4):
        yield filler if number < len(_FILLERS) else f"{filler} {number}"
