"""From a file as read to a checked model: `parse_workflow(source) -> Parsed`.

The one thing to know: nothing is raised, and one mistake is one diagnostic. Pydantic validates the data in
strict mode; each of its errors is located through the model (`locate.py`) and said in plain words
(`complaints.py`). What the YAML reader has refused already is not complained of again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spara_cli.diagnostics import Diagnostic, Fix, did_you_mean
from spara_cli.playbook.complaints import Problem, complaint_about, wrong_for_all
from spara_cli.playbook.locate import Path, keys_of, locate, value_at
from spara_cli.playbook.source import Source
from spara_cli.playbook.workflow import Workflow

Model = TypeVar("Model", bound=BaseModel)

PROBLEMS_MAX = 200
"""How many problems of one file's content are told; a count stands for the rest."""

_LOCATED_MAX = 2_000  # errors of pydantic that are looked at; a hostile file has a hundred thousand
_SURELY_MEANT = 0.8  # likeness of an unknown key to a known one from which it can be nothing else
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")
# Appended to an unquoted `10:30`, it makes a time of day invalid and leaves a text a text.
_UNQUOTED = "\ue000"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A playbook as far as it could be read: its workflow, or None, and everything wrong with the file.

    The diagnostics are those of the YAML reader and of the model, unsorted. A workflow may be there although
    something was refused (a duplicate key, an unquoted time).
    """

    workflow: Workflow | None
    diagnostics: tuple[Diagnostic, ...]
    source: Source


def parse_workflow(source: Source) -> Parsed:
    """The workflow of a playbook, or every reason why there is none."""
    workflow, diagnostics = parse_model(source, Workflow)
    return Parsed(workflow, diagnostics, source)


def parse_model(source: Source, model: type[Model]) -> tuple[Model | None, tuple[Diagnostic, ...]]:
    """The file's content as `model`, or None; with every diagnostic, the YAML reader's own included."""
    if not source.readable:
        return None, source.diagnostics
    instance, problems = validate(source.data, model)
    unquoted = dict(_unquoted_times(source, model))
    others = [each for each in problems if each.type != "invalid-time" or each.place.path not in unquoted]
    return instance, (*source.diagnostics, *unquoted.values(), *_diagnostics(source, others))


def validate(data: object, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """Data against a model, as a file may write it: by alias, strictly, every problem located once."""
    try:
        return model.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False), []
    except ValidationError as error:
        found = error.errors(include_url=False)[:_LOCATED_MAX]
        problems = [Problem(each, locate(model, each["loc"], data), data) for each in found]
        return None, _without_slips(_one_per_union(problems, 0))


def _diagnostics(source: Source, problems: list[Problem]) -> Iterator[Diagnostic]:
    """Each problem as a diagnostic, save where the YAML reader has spoken; the first `PROBLEMS_MAX` of them."""
    told = 0
    for problem in problems:
        if source.is_damaged(problem.place.path) or _lacks_what_was_refused(source, problem):
            continue
        if told == PROBLEMS_MAX:
            message = f"more than {PROBLEMS_MAX} problems; the rest is left out"
            way_out = "mend those shown, then look again"
            yield Diagnostic(source.path, source.span(problem.place.path), "too-many-problems", message, help=way_out)
            return
        told += 1
        yield complaint_about(problem, source)


def _lacks_what_was_refused(source: Source, problem: Problem) -> bool:
    """Whether a mapping as a whole is complained of, in which the YAML reader has refused something."""
    path = problem.place.path
    is_whole = isinstance(value_at(source.data, path), dict)
    return is_whole and any(damaged[: len(path)] == path for damaged in source.damaged)


# --- one mistake, one problem ------------------------------------------------------------------------


def _one_per_union(problems: list[Problem], level: int) -> list[Problem]:
    """Of the errors that every member of a plain union gave, those of the member that was meant.

    `level` counts the unions around: those inside one another are settled from the outermost in.
    """
    kept: list[Problem] = []
    groups: dict[Path, list[Problem]] = {}
    for problem in problems:
        if len(problem.place.unions) <= level:
            kept.append(problem)
        else:
            groups.setdefault(problem.loc[: problem.place.unions[level]], []).append(problem)
    for prefix, group in groups.items():
        members: dict[str | int, list[Problem]] = {}
        for problem in group:
            members.setdefault(problem.loc[len(prefix)], []).append(problem)
        if all(len(problem.loc) == len(prefix) + 1 for problem in group):
            kept.append(wrong_for_all(group))
        else:
            best = min(members.values(), key=lambda errors: _strangeness(errors, len(prefix) + 1))
            kept += _one_per_union(best, level + 1)
    return kept


def _strangeness(errors: list[Problem], depth: int) -> tuple[bool, int, int]:
    """How unlikely it is that a member of a union, `depth` parts down the loc, was meant; the least wins."""
    refused_at_once = any(len(each.loc) == depth and each.type != "missing" for each in errors)
    return refused_at_once, sum(each.type == "extra_forbidden" for each in errors), len(errors)


def _without_slips(problems: list[Problem]) -> list[Problem]:
    """Without the missing keys that an unknown key of the same mapping explains."""
    mappings: dict[Path, tuple[list[Problem], list[Problem]]] = {}
    for problem in problems:
        if problem.type in ("extra_forbidden", "missing"):
            pair = mappings.setdefault(problem.place.owner_path, ([], []))
            pair[problem.type == "missing"].append(problem)
    explained: set[int] = set()
    meant: dict[int, str] = {}
    for path, (extra, missing) in mappings.items():
        slips = _slips(path, extra, missing)
        explained.update(id(each) for each in missing if str(each.place.path[-1]) in slips)
        if len(extra) == len(slips) == 1:
            meant[id(extra[0])] = next(iter(slips))
    return [replace(each, meant=meant.get(id(each))) for each in problems if id(each) not in explained]


def _slips(path: Path, extra: list[Problem], missing: list[Problem]) -> set[str]:
    """The missing keys of the mapping at `path` that are no mistakes of their own.

    Either an unknown key is the missing one misspelt (`subjct`), or it stands alone for the one that is
    missing (`text` for `body`), or no key is known at all and the mapping is meant to be something else
    (`or: […]` among criteria).
    """
    if not extra:
        return set()
    keys, lacking = keys_of(extra[0].place.owner), {str(each.place.path[-1]) for each in missing}
    mapping = value_at(extra[0].data, path)
    if isinstance(mapping, dict) and not any(key in mapping for key in keys):
        return lacking
    written = [str(each.place.path[-1]) for each in extra]
    near = {did_you_mean(word, keys) for word in written}
    if len(extra) == len(lacking) == 1 and not get_close_matches(written[0], keys, cutoff=_SURELY_MEANT):
        return lacking
    return {key for key in lacking if key in near}


# --- times without quotes ----------------------------------------------------------------------------


def _unquoted_times(source: Source, model: type[BaseModel]) -> Iterator[tuple[Path, Diagnostic]]:
    """Times of day written without quotes, by path: other YAML readers take `10:30` for the number 630.

    Whether an unquoted `10:30` stands for a time only the model knows. It is asked with a mark on each.
    """
    suspects = set(_clocks(source))
    if not suspects:
        return
    _, problems = validate(_marked(source.data, (), suspects), model)
    for path in dict.fromkeys(problem.place.path for problem in problems if problem.type == "invalid-time"):
        written = source.scalar_text(path) or ""
        quoted = f'"{written:0>5}"'
        if path in suspects:
            message = f"the time {written} must be quoted: other YAML readers take it for a number"
            fix = Fix(source.span(path), quoted)
            yield (
                path,
                Diagnostic(source.path, source.span(path), "unquoted-time", message, help=f"write {quoted}", fix=fix),
            )


def _clocks(source: Source) -> Iterable[Path]:
    return (path for path, node in source.nodes.items() if node.plain and _CLOCK.fullmatch(node.written or ""))


def _marked(data: Any, path: Path, suspects: set[Path]) -> Any:
    if path in suspects:
        return f"{data}{_UNQUOTED}"
    if isinstance(data, dict):
        return {key: _marked(value, (*path, key), suspects) for key, value in data.items()}
    if isinstance(data, list):
        return [_marked(value, (*path, index), suspects) for index, value in enumerate(data)]
    return data
