"""What of a playbook with errors could not be read, so that no rule takes its absence for the author's mistake.

The one thing to know: each answer errs on the side of silence. A step with a mistake in its text goes where it
always went; one whose routes or type could not be read may go anywhere, and one of a type that sets fields may set
any that the file names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spara_cli.diagnostics import Severity, did_you_mean
from spara_cli.playbook.complaints import Problem
from spara_cli.playbook.locate import keys_of, value_at
from spara_cli.playbook.salvage import step_around
from spara_cli.playbook.source import Source
from spara_cli.playbook.workflow import Path
from spara_cli.steps import STEP_TYPES
from spara_cli.steps.base import BaseStep
from spara_cli.steps.call_phone import CallPhoneStep

# The keys that say where a lead goes, and when.
_ROUTING = frozenset({"id", "type", "only_if", "next", "on", "max_visits", "branches", "steps", "step", "otherwise"})
_DUPLICATE = "duplicate-key"


@dataclass(frozen=True, slots=True)
class Gaps:
    """The steps (by path) that could not be read in full, and what follows from that.

    `strays` are those of them whose routes are not known. `may_set` says that one of them may set a field or
    make a call; `lost`, that more than single steps is missing.
    """

    steps: frozenset[Path] = frozenset()
    strays: frozenset[Path] = frozenset()
    may_set: bool = False
    lost: bool = False
    any: bool = False

    @property
    def unordered(self) -> bool:
        """Whether what comes before what cannot be told for every step."""
        return self.lost or self.may_set or bool(self.strays)

    def touch(self, path: Path) -> bool:
        """Whether the step at `path`, or one around it, could not be read in full."""
        return _within(path, self.steps)

    def astray(self, path: Path) -> bool:
        """Whether it is not known where the step at `path`, or one around it, leads."""
        return _within(path, self.strays)


NO_GAPS = Gaps()


def gaps_of(source: Source, problems: Iterable[Problem]) -> Gaps:
    """What is missing: `problems` were taken out when the workflow was salvaged, others the YAML reader refused."""
    steps, strays = set[Path](), set[Path]()
    lost = found = False
    for path, routes in [*_refused(source), *((each.place.path, _may_route(each)) for each in problems)]:
        found = True
        step = step_around(path)
        if step is not None:
            steps.add(step)
            if routes:
                strays.add(step)
        elif path[:1] in ((), ("steps",)):
            lost = True
    return Gaps(frozenset(steps), frozenset(strays), any(_may_set(source, path) for path in steps), lost, found)


def _refused(source: Source) -> Iterator[tuple[Path, bool]]:
    """Where the YAML reader left something out: nobody knows what it was."""
    for path in source.damaged:
        yield path, True
    errors = [each for each in source.diagnostics if each.severity is Severity.ERROR]
    twice = {each.label.span for each in errors if each.rule == _DUPLICATE and each.label is not None}
    if twice:
        yield from ((path, True) for path in source.nodes if path and source.key_span(path) in twice)
    if any(each.rule != _DUPLICATE for each in errors) and not source.damaged:
        yield (), True


def _may_route(problem: Problem) -> bool:
    """Whether the step that the problem lies in may lead elsewhere than its salvaged form."""
    path, step = problem.place.path, step_around(problem.place.path)
    if step is None:
        return False
    below = path[len(step) :]
    if not below or str(value_at(problem.data, (*step, "type"))) not in STEP_TYPES:
        return True
    if problem.type == "extra_forbidden" and len(below) == 1:
        meant = problem.meant or did_you_mean(str(below[0]), keys_of(problem.place.owner))
        return meant is None or meant in _ROUTING
    if below[0] == "branches" and "when" in below:
        return False  # the branch has criteria, whatever they say
    return below[0] in _ROUTING


def _may_set(source: Source, path: Path) -> bool:
    """Whether the step as written is of a type that sets fields or calls, or of none that is known."""
    kind = STEP_TYPES.get(str(value_at(source.data, (*path, "type"))))
    return kind is None or kind is CallPhoneStep or kind.field_names is not BaseStep.field_names


def _within(path: Path, places: frozenset[Path]) -> bool:
    return any(path[:length] in places for length in range(1, len(path) + 1))
