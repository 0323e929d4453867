"""The steps of a workflow as a graph: where a lead can go from each, and why.

The one thing to know: the edges are the engine's own moves (SPEC S7, S8), in the order in which it prefers
them: routes by outcome, then `next`, then the following step, then where the branch rejoins. Where two
steps share an id, which is an error, the first one's node stands for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from spara_cli.model.fields import END
from spara_cli.playbook.workflow import Path, Workflow, step_id
from spara_cli.steps import BaseStep, ConditionStep
from spara_cli.steps.end import EndStep
from spara_cli.steps.goto import GotoStep

NO_BRANCH = "no branch matched"
"""The label of the way out of a condition that has no catch-all."""

# Never skipped but by `only_if`: with every outcome routed, the lead never just goes on.
_ALWAYS_END_WITH_AN_OUTCOME = frozenset({"api", "prompt", "enroll", "wait_for"})


@dataclass(frozen=True, slots=True)
class Node:
    """A step with its id, its path in the file and its place in reading order."""

    id: str
    step: BaseStep
    path: Path
    position: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to another, or to `end`.

    `label` is the outcome or branch it is taken for, empty for simply going on. `path` is where the target
    is written in the file, None when it follows from the order of the steps.
    """

    source: str
    target: str
    label: str = ""
    path: Path | None = None


class StepGraph:
    """Nodes by id in reading order, and the edges between them.

    A target that does not exist has no edge; `is_complete` says that there was none of those.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.nodes: dict[str, Node] = {}
        self.start: str = step_id(("steps", 0), workflow.steps[0])
        self._add_nodes(workflow.steps, ("steps",))
        found = tuple(self._edges_of(workflow.steps, ("steps",), END))
        self.edges = tuple(edge for edge in found if edge.target == END or edge.target in self.nodes)
        self.is_complete = len(self.edges) == len(found)

    @cached_property
    def successors(self) -> Mapping[str, tuple[str, ...]]:
        """The steps that can come right after each step, without `end`."""
        after: dict[str, dict[str, None]] = {identity: {} for identity in self.nodes}
        for edge in self.edges:
            if edge.target != END:
                after[edge.source][edge.target] = None
        return {identity: tuple(targets) for identity, targets in after.items()}

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The steps a lead can come to."""
        return self.reachable_from([self.start])

    def reachable_from(self, starts: Iterable[str]) -> frozenset[str]:
        """`starts` and every step that some path leads to from them."""
        seen, waiting = set(starts), list(starts)
        while waiting:
            for target in self.successors[waiting.pop()]:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)

    def after(self, identity: str) -> frozenset[str]:
        """Every step that can come after this one; the step itself only if it stands on a loop."""
        return self.reachable_from(self.successors[identity])

    def loops(self, without: Iterable[str] = ()) -> list[tuple[str, ...]]:
        """The strongly connected components that hold a cycle, each in reading order; `without` some steps."""
        left_out = frozenset(without)
        successors = {
            identity: [target for target in targets if target not in left_out]
            for identity, targets in self.successors.items()
            if identity not in left_out
        }
        components = _components(successors)
        cyclic = [each for each in components if len(each) > 1 or each[0] in successors[each[0]]]
        return sorted(
            (tuple(sorted(each, key=lambda identity: self.nodes[identity].position)) for each in cyclic),
            key=lambda loop: self.nodes[loop[0]].position,
        )

    def _add_nodes(self, steps: Sequence[BaseStep], path: Path) -> None:
        for index, step in enumerate(steps):
            here = (*path, index)
            identity = step_id(here, step)
            self.nodes.setdefault(identity, Node(identity, step, here, len(self.nodes)))
            for number, branch in enumerate(step.branches_of):
                self._add_nodes(branch.body, (*here, "branches", number, "steps"))

    def _edges_of(self, steps: Sequence[BaseStep], path: Path, rejoin: str) -> Iterator[Edge]:
        """The edges of a list of steps; `rejoin` is the step behind the condition around it, or `end`."""
        for index, step in enumerate(steps):
            here = (*path, index)
            following = step_id((*path, index + 1), steps[index + 1]) if index + 1 < len(steps) else rejoin
            # `next` is also where the branches of the step rejoin (S7).
            after = step.next or following
            yield from _edges_from(step, here, after)
            for number, branch in enumerate(step.branches_of):
                yield from self._edges_of(branch.body, (*here, "branches", number, "steps"), after)


def _edges_from(step: BaseStep, path: Path, after: str) -> Iterator[Edge]:
    identity = step_id(path, step)
    for number, branch in enumerate(step.branches_of):
        inner = (*path, "branches", number, "steps", 0)
        if branch.name in step.on:
            yield Edge(identity, step.on[branch.name], branch.name, (*path, "on", branch.name))
        else:
            yield Edge(identity, step_id(inner, branch.body[0]) if branch.body else after, branch.name)
    leaves = isinstance(step, ConditionStep) and step.otherwise == "exit"
    if leaves and all(getattr(branch, "when", None) is not None for branch in step.branches_of):
        yield Edge(identity, END, NO_BRANCH)
    if isinstance(step, GotoStep):
        yield Edge(identity, step.step, "", (*path, "step"))
    if isinstance(step, EndStep):
        yield Edge(identity, END, step.outcome)
    if not step.branches_of and not isinstance(step, GotoStep | EndStep):
        for outcome, target in step.on.items():
            yield Edge(identity, target, outcome, (*path, "on", outcome))
    if _can_go_on(step):
        yield Edge(identity, after, "", (*path, "next") if step.next else None)


def _can_go_on(step: BaseStep) -> bool:
    """Whether the lead can come out of the step by no route of its own: done, or skipped (S2, S9)."""
    if step.only_if is not None:
        return True
    if step.branches_of or isinstance(step, GotoStep | EndStep):
        return False
    if step.type in _ALWAYS_END_WITH_AN_OUTCOME and step.outcomes is not None:
        return not step.outcomes <= step.on.keys()
    return True


def _components(successors: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Tarjan's strongly connected components, with a stack of our own so that long chains cost no recursion."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in successors:
        if root in order:
            continue
        work = [(root, iter(successors[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    cut = stack.index(node)
                    found.append(stack[cut:])
                    on_stack.difference_update(stack[cut:])
                    del stack[cut:]
            elif target not in order:
                order[target] = low[target] = len(order)
                stack.append(target)
                on_stack.add(target)
                work.append((target, iter(successors[target])))
            elif target in on_stack:
                low[node] = min(low[node], order[target])
    return found
