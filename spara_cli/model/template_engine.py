"""python-liquid, fenced in: parsing, rendering under limits, and what a template asks of its scope.

The one thing to know: importing this costs a quarter of a second, so only `template.py` does, and only for
a template that has tags or filters.

Differences from python-liquid as it comes: no clock (`now`, `today`), no files, blank text is missing, the
output is a list of parts (literal or value) so that one render gives plain text and Markdown, and loops,
filters and output are charged to one budget of work, which ends any template within about a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.content import Literal
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags import (
    assign_tag,
    capture_tag,
    case_tag,
    comment_tag,
    doc_tag,
    echo_tag,
    for_tag,
    if_tag,
    inline_comment_tag,
    unless_tag,
)
from liquid.exceptions import (
    LiquidError,
    LiquidInterrupt,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    ResourceLimitError,
)
from liquid.output import LimitedStringIO
from liquid.template import BoundTemplate
from liquid.token import TOKEN_TAG, Token
from liquid.undefined import UNDEFINED
from liquid.utils import ReadOnlyChainMap

from spara_cli.diagnostics import did_you_mean
from spara_cli.model.lead import is_missing
from spara_cli.model.template_filters import FILTERS, LIST_MAX, REFUSED_FILTERS
from spara_cli.model.template_scan import TemplateError, position_of
from spara_cli.model.template_survey import UsedVariable, survey
from spara_cli.model.template_text import Captured, value_parts

WORK_MAX = 5_000_000
"""Characters one render may work on: filtered text, and the template's length once per turn of a loop."""
NAMESPACE_MAX = 1024 * 1024


class _Parts(LimitedStringIO):
    """An output that keeps its pieces apart. python-liquid writes literals; `_ValueNode` writes values."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.parts: list[str] = []

    def write(self, text: str, /) -> int:
        self.size += len(text)
        if self.size > self.limit:
            raise ResourceLimitError(f"the text is longer than {self.limit:,} bytes", token=None)
        self.parts.append(text)
        return len(text)


class _Context(RenderContext):
    """A render's state. `work` is what is left of its budget."""

    __slots__ = ("output_max", "turn_cost", "work")

    def __init__(self, template: BoundTemplate, scope: Any, turn_cost: int, output_max: int) -> None:
        super().__init__(template, globals=scope)
        # Theirs has a mapping in this chain that reads the clock for `now` and `today`.
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.work = WORK_MAX
        self.turn_cost = turn_cost
        self.output_max = output_max

    def spend(self, work: int) -> None:
        """Pay for work; raises when the budget is used up."""
        self.work -= work
        if self.work < 0:
            raise ResourceLimitError("the template is too much work: fewer loop turns, shorter texts", token=None)

    def loop(self, namespace: Any, forloop: Any) -> Any:
        self.spend(forloop.length * self.turn_cost)
        return super().loop(namespace, forloop)

    def get(self, path: list[object], *, token: Any, default: object = UNDEFINED) -> object:
        value = super().get(path, token=token, default=default)
        if isinstance(value, str) and is_missing(value) and path[0] in self.globals:
            return self.env.undefined(str(path[0]), token=token)
        return value

    def get_buffer(self, buf: Any = None) -> Any:
        return _Parts(self.output_max)


class _ValueNode(OutputNode):
    """`{{ … }}` and `{% echo … %}`."""

    def render_to_output(self, context: Any, buffer: Any) -> int:
        return sum(buffer.write(part) for part in value_parts(self.expression.evaluate(context)))


class _EchoTag(echo_tag.EchoTag):
    node_class: Any = _ValueNode


class _OutputTag(Output):
    node_class = _ValueNode


class _CaptureNode(capture_tag.CaptureNode):
    def _assign(self, context: Any, buf: Any) -> None:
        context.spend(buf.size)
        context.assign(self.name, Captured(buf.parts))


class _CaptureTag(capture_tag.CaptureTag):
    node_class = _CaptureNode


class _ForNode(for_tag.ForNode):
    def render_to_output(self, context: Any, buffer: Any) -> int:
        # `reversed` would make a list of the range before python-liquid looks at its length.
        items = self.expression.iterable.evaluate(context)
        if isinstance(items, range) and items.stop - items.start > LIST_MAX:
            raise ResourceLimitError(f"a loop takes at most {LIST_MAX:,} turns", token=self.token)
        return super().render_to_output(context, buffer)


class _ForTag(for_tag.ForTag):
    node_class = _ForNode


class _Environment(Environment):
    """Only the tags and filters that are safe with anybody's data."""

    block_nesting_limit = 32
    loop_iteration_limit = LIST_MAX
    local_namespace_limit = NAMESPACE_MAX
    suppress_blank_control_flow_blocks = True

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (
            *(Literal, Illegal, _OutputTag, _EchoTag, _CaptureTag, _ForTag, for_tag.BreakTag),
            *(for_tag.ContinueTag, if_tag.IfTag, unless_tag.UnlessTag, case_tag.CaseTag),
            *(
                assign_tag.AssignTag,
                comment_tag.CommentTag,
                inline_comment_tag.InlineCommentTag,
                doc_tag.DocTag,
            ),
        ):
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)

    def error(self, exc: Any, msg: str | None = None, token: Token | None = None) -> None:
        """Raise; a mistake at the end of an expression, which has no place, is given its tag's.

        python-liquid calls this once more on the way out, with the token it stopped at: the expression
        itself, or what follows its tag.
        """
        at_end = isinstance(exc, LiquidError) and exc.token is not None and exc.token.start_index < 0
        if at_end and token is not None and token.start_index >= 0:
            opening = _last_opening(token.source, token.start_index)
            if token.kind == TOKEN_TAG:  # the next tag, at its name
                opening = _last_opening(token.source, opening)
            exc.token = token._replace(start_index=opening)
        super().error(exc, msg, token)


_ENVIRONMENT = _Environment()


@dataclass(frozen=True, slots=True)
class LiquidTemplate:
    """A parsed template."""

    source: str
    bound: BoundTemplate
    variables: tuple[UsedVariable, ...]
    filters: tuple[str, ...]

    def render(self, scope: Any, output_max: int) -> list[str]:
        """The parts of the output, values as `Value`. Raises TemplateError, nothing else."""
        context = _Context(self.bound, scope, len(self.source), output_max)
        out = _Parts(output_max)
        for node in self.bound.nodes:
            try:
                node.render(context, out)
            except LiquidInterrupt as error:
                raise self._failure(f"`{error}` stands outside a loop", node) from error
            except LiquidError as error:
                raise self._failure(_message(error), node, error.token) from error
            except Exception as error:
                raise self._failure(f"it cannot be rendered ({type(error).__name__})", node) from error
        return out.parts

    def _failure(self, message: str, node: Node, token: Token | None = None) -> TemplateError:
        if token is None or token.start_index < 0:
            token = node.token
        return TemplateError(message, position_of(self.source, token.start_index))


def _message(error: LiquidError) -> str:
    if isinstance(error, LoopIterationLimitError):
        return f"loops take more than {LIST_MAX:,} turns"
    if isinstance(error, LocalNamespaceLimitError):
        return "what it assigns and captures is too large"
    text = " ".join(str(error.message or type(error).__name__).split())
    return text.replace("a primitive expression", "a value").replace("end of expression", "the end")


def parse_liquid(source: str) -> LiquidTemplate:
    """Parse a source that `check_tags` let through. Raises TemplateError for anything that is not right."""
    try:
        bound = _ENVIRONMENT.from_string(source)
        variables, filters = survey(bound.nodes)
    except LiquidError as error:
        cause = error.__cause__
        if isinstance(cause, RecursionError):
            raise TemplateError("an expression is nested too deep") from error
        raise TemplateError(_message(error), position_of(source, _offset_of(error, source))) from error
    except RecursionError as error:
        raise TemplateError("an expression is nested too deep") from error
    for name, offset in filters:
        if name in FILTERS:
            continue
        reason = REFUSED_FILTERS.get(name)
        near = did_you_mean(name, FILTERS)
        message = f"the filter `{name}` is switched off: {reason}" if reason else f"unknown filter `{name}`"
        if near and not reason:
            message += f": did you mean `{near}`?"
        raise TemplateError(message, position_of(source, offset))
    return LiquidTemplate(source, bound, variables, tuple(sorted({name for name, _ in filters})))


def _last_opening(source: str, before: int) -> int:
    return max(source.rfind("{{", 0, before), source.rfind("{%", 0, before), 0)


def _offset_of(error: LiquidError, source: str) -> int:
    """Where the mistake is; without a place of its own, the last tag of the source."""
    token = error.token
    if token is None or token.start_index < 0:
        return _last_opening(source, len(source))
    return token.start_index
