"""A workflow from data with mistakes in it, so that one run can show the other mistakes too (SPEC V1).

The one thing to know: what cannot be read is replaced by something that no check complains of, never
guessed at. A key that is wrong is dropped; a step that cannot be read becomes one that may end with any
outcome, its id and routes kept. What a salvaged workflow lacks says nothing about the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spara_cli.playbook.complaints import Problem
from spara_cli.playbook.locate import Path, value_at
from spara_cli.playbook.parse import PROBLEMS_MAX, validate
from spara_cli.playbook.workflow import Workflow

_ROUNDS_MAX = 8
_COMMON_KEYS = ("id", "name", "description", "only_if", "next", "on", "max_visits")
_CRITERIA_KEYS = ("when", "only_if", "where", "match")
_TRUE_OF_EVERYONE = {"field": "id", "op": "is_defined"}


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read of a file, and what had to be taken out or replaced for it, with the places."""

    workflow: Workflow
    problems: tuple[Problem, ...]


def salvage(data: object) -> Salvaged | None:
    """The workflow without what is wrong with it; None when too little is left to stand for the file."""
    kept, mended = _copied(data), list[Problem]()
    for _ in range(_ROUNDS_MAX):
        workflow, problems = validate(kept, Workflow)
        if workflow is not None:
            return Salvaged(workflow, tuple(mended))
        done = [_mend(kept, problem) for problem in problems]
        if not all(done) or len(done) > PROBLEMS_MAX:
            return None
        mended += problems
    return None


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(value) for value in data] if isinstance(data, list) else data


def _mend(data: Any, problem: Problem) -> bool:
    """Take one problem out of the data; False when that is not possible."""
    path = problem.place.path
    if problem.type == "extra_forbidden":
        return _drop(data, path)
    step = step_around(path)
    if step is None:
        return _mend_head(data, path)
    below = path[len(step) :]
    if below and below[0] in _COMMON_KEYS:
        return _drop(data, path[: len(step) + 1])
    criteria = next((index for index, part in enumerate(below) if part in _CRITERIA_KEYS), None)
    if criteria is not None:
        holder = value_at(data, (*step, *below[:criteria]))
        if isinstance(holder, dict):
            holder[below[criteria]] = dict(_TRUE_OF_EVERYONE)
            return True
    steps, index = value_at(data, step[:-1]), step[-1]
    if not isinstance(steps, list) or not isinstance(index, int) or not index < len(steps):
        return False
    broken = steps[index] if isinstance(steps[index], dict) else {}
    if "branches" in broken:
        return False  # its branches hold steps that others may name
    common = {key: broken[key] for key in _COMMON_KEYS if key in broken}
    steps[index] = {**common, "type": "call_phone", "agent": "unknown"}
    return True


def _mend_head(data: Any, path: Path) -> bool:
    """Take out a problem above the steps: the trigger, the settings, the key."""
    if not path or path[0] in ("steps",) or not isinstance(data, dict):
        return False
    if path[0] == "workflow":
        data["workflow"] = "unnamed"
        return True
    return _drop(data, path[:2]) or _drop(data, path[:1])


def _drop(data: Any, path: Path) -> bool:
    holder = value_at(data, path[:-1])
    if isinstance(holder, dict) and path[-1] in holder:
        del holder[path[-1]]
        return True
    return False


def step_around(path: Path) -> Path | None:
    """The path of the innermost step that holds `path`."""
    for index in range(len(path) - 1, 0, -1):
        if path[index - 1] == "steps" and isinstance(path[index], int):
            return path[: index + 1]
    return None
