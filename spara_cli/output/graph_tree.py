"""A workflow as a tree for the terminal: steps in reading order, branches as sub-trees, routes as arrows.

The one thing to know: the tree is the file's own shape. Where a lead goes by another way than the next line
(an outcome's route, `next`, a `goto`), an arrow names the step; one that leads back into a loop is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spara_cli.model.fields import END
from spara_cli.output.text import visible
from spara_cli.output.words import cropped, step_in_words, trigger_in_words, where_in_words
from spara_cli.playbook.graph import StepGraph
from spara_cli.playbook.workflow import Path, Workflow, step_id
from spara_cli.runtime.funnel import StepFunnel
from spara_cli.steps import BaseStep, ConditionStep, SplitStep
from spara_cli.steps.goto import GotoStep


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What the tree is drawn with."""

    fork: str
    last: str
    bar: str
    arrow: str
    loop: str
    ellipsis: str


BOX = Glyphs("├─ ", "└─ ", "│  ", "→", "↺", "…")
ASCII = Glyphs("|- ", "`- ", "|  ", "->", "(loop)", "...")


@dataclass(slots=True)
class Twig:
    """One line of the tree, and what hangs below it."""

    text: str
    below: list[Twig] = field(default_factory=list)


def glyphs_for(encoding: str | None) -> Glyphs:
    """Box drawing where the output's encoding has it, else plain ASCII."""
    try:
        "".join((BOX.fork, BOX.last, BOX.bar, BOX.arrow, BOX.loop, BOX.ellipsis)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BOX


def render_tree(
    workflow: Workflow,
    graph: StepGraph,
    counts: Mapping[str, StepFunnel] | None,
    *,
    glyphs: Glyphs = BOX,
    width: int | None = None,
) -> str:
    """The tree's lines, without a line break at the end.

    `counts` are the funnel's steps by id, None for none; steps in it that the workflow does not have are
    listed last. `width` is in terminal cells; a longer line is cut, None cuts nothing.
    """
    planter = _Planter(graph, counts or {}, glyphs)
    name = f"  {visible(workflow.name)}" if workflow.name else ""
    root = Twig(f"{workflow.workflow}{name}", [Twig(f"enters: {', '.join(trigger_in_words(workflow.trigger))}")])
    root.below += planter.steps(workflow.steps, ("steps",))
    older = [step for step in (counts or {}).values() if step.older]
    if older:
        root.below.append(Twig("only in older versions", [Twig(f"{s.id}  {s.type}{_counted(s)}") for s in older]))
    lines = [root.text, *_drawn(root.below, "", glyphs)]
    return "\n".join(lines if width is None else (_cut(line, width, glyphs) for line in lines))


class _Planter:
    """Makes the twigs of steps."""

    def __init__(self, graph: StepGraph, counts: Mapping[str, StepFunnel], glyphs: Glyphs) -> None:
        self._graph, self._counts, self._glyphs = graph, counts, glyphs
        self._loop_of = {step: number for number, loop in enumerate(graph.loops()) for step in loop}

    def steps(self, steps: Iterable[BaseStep], path: Path) -> list[Twig]:
        """One twig for each step of a list."""
        return [self._step(step, (*path, index)) for index, step in enumerate(steps)]

    def _step(self, step: BaseStep, path: Path) -> Twig:
        identity = step_id(path, step)
        words = cropped(step.name or "") if step.branches_of else step_in_words(step)
        text = "  ".join(part for part in (identity, step.type, words) if part)
        if isinstance(step, GotoStep):
            text = f"{identity}  {step.type}{self._to(identity, step.step)}"
        if step.only_if is not None:
            text += f"  only if {where_in_words(step.only_if)}"
        if identity not in self._graph.reachable:
            text += "  (unreachable)"
        count = self._counts.get(identity)
        return Twig(text + (_counted(count) if count is not None else ""), list(self._ways(identity, step, path)))

    def _ways(self, identity: str, step: BaseStep, path: Path) -> Iterator[Twig]:
        """The branches, then the routes by outcome, then `next`."""
        shares = _shares(step)
        for number, branch in enumerate(step.branches_of):
            name = visible(branch.name)
            when = getattr(branch, "when", None)
            label = f"{name}: {where_in_words(when)}" if when is not None else f"{name}{shares.get(branch.name, '')}"
            if branch.name in step.on:
                label += self._to(identity, step.on[branch.name])
            yield Twig(label, self.steps(branch.body, (*path, "branches", number, "steps")))
        if isinstance(step, ConditionStep) and all(branch.when is not None for branch in step.branches):
            stays = step.otherwise == "stay"
            yield Twig(f"none matches: {'stays until a field changes' if stays else 'leaves as no_branch_matched'}")
        branches = {branch.name for branch in step.branches_of}
        for outcome, target in step.on.items():
            if outcome not in branches:
                yield Twig(f"{visible(outcome)}{self._to(identity, target)}")
        if step.next is not None and (not branches or step.only_if is not None):
            # Out of its branches a lead goes on behind the step (S7); only one that skips it takes `next`.
            yield Twig(f"{'skipped' if branches else 'then'}{self._to(identity, step.next)}")

    def _to(self, source: str, target: str) -> str:
        """An arrow to a step, marked when it leads back into a loop."""
        place, nodes = f" {self._glyphs.arrow} {visible(target)}", self._graph.nodes
        if target == END or target not in nodes:
            return place
        is_back = nodes[target].position <= nodes[source].position
        same_loop = source in self._loop_of and self._loop_of[source] == self._loop_of.get(target)
        return f"{place} {self._glyphs.loop}" if is_back and same_loop else place


def _shares(step: BaseStep) -> dict[str, str]:
    if not isinstance(step, SplitStep):
        return {}
    total = sum(branch.weight for branch in step.branches)
    return {branch.name: f" {branch.weight / total:.0%}" for branch in step.branches}


def _counted(step: StepFunnel) -> str:
    """The counts behind a step's line; nothing where nobody has been."""
    if not step.here and not step.reached:
        return ""
    stuck = [f"{n:,} {word}" for n, word in ((step.held, "held"), (step.blocked, "blocked")) if n]
    inside = f"{step.here:,} here" + (f" ({', '.join(stuck)})" if stuck else "")
    return f"  [{inside}, {step.reached:,} reached]"


def _drawn(twigs: Sequence[Twig], prefix: str, glyphs: Glyphs) -> Iterator[str]:
    for twig in twigs:
        is_last = twig is twigs[-1]
        yield f"{prefix}{glyphs.last if is_last else glyphs.fork}{twig.text}"
        yield from _drawn(twig.below, prefix + ("   " if is_last else glyphs.bar), glyphs)


def _cut(line: str, width: int, glyphs: Glyphs) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(line) <= width:
        return line
    return set_cell_size(line, max(width - len(glyphs.ellipsis), 1)).rstrip() + glyphs.ellipsis
