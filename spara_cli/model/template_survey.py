"""What a template asks of its scope: a walk over python-liquid's syntax tree.

The one thing to know: a use is *guarded* when its absence is provided for, by a `default` filter behind it,
by standing in a condition, or by standing where a condition on the same name holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.logical import (
    BooleanExpression,
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import Blank, Empty, Literal, Nil
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

Names = frozenset[str]
NONE: Names = frozenset()
_NO_CONTEXT: Any = None  # only tags that load other files look at it
_COMPARISONS = (EqExpression, GtExpression, GeExpression, LtExpression, LeExpression, ContainsExpression)


@dataclass(frozen=True, slots=True, order=True)
class UsedVariable:
    """A value taken from the scope, `offset` code points into the source, by its dotted name."""

    offset: int
    name: str
    guarded: bool


@dataclass(slots=True)
class _Walk:
    """What was found so far. `made` are the names the template has assigned up to here."""

    variables: dict[int, UsedVariable] = field(default_factory=dict)
    filters: list[tuple[str, int]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    def nodes(self, nodes: Iterable[Node], local: Names, sure: Names) -> None:
        """Visit in order. `local` are names bound by loops around, `sure` those a condition vouches for."""
        for node in nodes:
            self.node(node, local, sure)

    def node(self, node: Node, local: Names, sure: Names) -> None:
        if isinstance(node, IfNode | UnlessNode):
            self._conditional(node, local, sure)
        elif isinstance(node, CaseNode):
            self.expression(node.expression, local, sure, guarded=True)
            known = sure | _vouched(node.expression)
            for block in node.blocks:
                if isinstance(block, MultiExpressionBlockNode):
                    self.expression(block.expression, local, sure, guarded=True)
                    self.node(block.block, local, known)
                else:
                    self.node(block, local, sure)
        else:
            for expression in node.expressions():
                self.expression(expression, local, sure)
            inner = local | {str(name) for name in node.block_scope()}
            self.nodes(node.children(_NO_CONTEXT), inner, sure)
            self.made.update(str(name) for name in node.template_scope())

    def _conditional(self, node: IfNode | UnlessNode, local: Names, sure: Names) -> None:
        vouched = _vouched(node.condition)
        positive = isinstance(node, IfNode)
        self.expression(node.condition, local, sure, guarded=True)
        self.node(node.consequence, local, sure | vouched if positive else sure)
        otherwise = sure if positive else sure | vouched
        for branch in node.alternatives:
            self.expression(branch.expression, local, sure, guarded=True)
            self.node(branch.block, local, otherwise | _vouched(branch.expression))
        if node.default is not None:
            self.node(node.default, local, otherwise)

    def expression(self, expression: Expression, local: Names, sure: Names, *, guarded: bool = False) -> None:
        if isinstance(expression, FilteredExpression):
            filters = expression.filters or []
            self.filters += [(used.name, used.token.start_index) for used in filters]
            has_default = any(used.name == "default" for used in filters)
            self.expression(expression.left, local, sure, guarded=guarded or has_default)
            for used in filters:
                for argument in used.children():
                    self.expression(argument, local, sure, guarded=guarded)
            return
        if isinstance(expression, Path):
            root, name = str(expression.path[0]), str(expression)
            if root not in local and root not in self.made and isinstance(expression.path[0], str):
                offset = expression.token.start_index
                self.variables.setdefault(offset, UsedVariable(offset, name, guarded or name in sure))
        for child in expression.children():
            self.expression(child, local, sure, guarded=guarded)


def _vouched(condition: Expression) -> Names:
    """The names that are certainly not missing where `condition` is true."""
    if isinstance(condition, BooleanExpression):
        return _vouched(condition.expression)
    if isinstance(condition, Path):
        return frozenset({str(condition)})
    if isinstance(condition, LogicalAndExpression):
        return _vouched(condition.left) | _vouched(condition.right)
    if isinstance(condition, LogicalOrExpression):
        return _vouched(condition.left) & _vouched(condition.right)
    if isinstance(condition, _COMPARISONS):
        left, right = condition.left, condition.right
        return _vouched(left) if isinstance(left, Path) and isinstance(right, Literal) and right.value != "" else NONE
    if isinstance(condition, NeExpression) and isinstance(condition.left, Path):
        nothing = condition.right
        if isinstance(nothing, Nil | Blank | Empty) or (isinstance(nothing, Literal) and nothing.value == ""):
            return _vouched(condition.left)
    return NONE


def survey(nodes: Iterable[Node]) -> tuple[tuple[UsedVariable, ...], list[tuple[str, int]]]:
    """The variables a template takes from its scope in order, and its filters with their offsets."""
    walk = _Walk()
    walk.nodes(nodes, NONE, NONE)
    return tuple(sorted(walk.variables.values())), walk.filters
