"""What a pydantic error says to the author of a file: rule, message, caret and way out.

The one thing to know: an error that a model raised itself (`model.fields.invalid`) brings its own rule and
words; everything else pydantic can find is put into plain words here, with the key's description as help.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from spara_cli.diagnostics import Diagnostic, Fix, suggestion
from spara_cli.model.criteria import AllOf, AnyOf, Criterion, NotOf
from spara_cli.playbook.locate import Path, Place, allowed_values, description_of, keys_of, tags_of, value_at
from spara_cli.playbook.other_names import QUOTED_NUMBER, step_meant, word_meant
from spara_cli.playbook.source import Source

_SHOWN_MAX = 60

# What pydantic wanted, by the type of its error.
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}

# Where a value lies outside its bounds: what to say, from the error's context.
_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda given: f"must be greater than {given['gt']:g}",
    "greater_than_equal": lambda given: f"must be at least {given['ge']:g}",
    "less_than": lambda given: f"must be less than {given['lt']:g}",
    "less_than_equal": lambda given: f"must be at most {given['le']:g}",
    "string_too_short": lambda given: _at_least(given["min_length"], "character"),
    "string_too_long": lambda given: f"must have at most {given['max_length']:,} characters",
    "too_short": lambda given: _at_least(given["min_length"], "entry"),
    "too_long": lambda given: f"must have at most {given['max_length']:,} entries",
}

_GROUPS: Mapping[type, str] = {AllOf: "all", AnyOf: "any", NotOf: "not"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of pydantic with its place; `data` is the whole file's.

    `meant` is the missing key that an unknown one stands for, when that is plain.
    """

    error: Mapping[str, Any] = field(repr=False)
    place: Place
    data: object = field(repr=False)
    meant: str | None = None

    @property
    def type(self) -> str:
        """Pydantic's name of the error, or the rule of one that a model raised."""
        return str(self.error["type"])

    @property
    def loc(self) -> Path:
        """Where pydantic says it is."""
        return tuple(self.error["loc"])

    @property
    def context(self) -> Mapping[str, Any]:
        """What the error brought along."""
        context: Mapping[str, Any] = self.error.get("ctx") or {}
        return context


class _Words(NamedTuple):
    """What to say: the rule, the message, the way out; and where, when it is not at the problem's own place."""

    rule: str
    message: str
    help: str | None = None
    path: Path | None = None
    on_key: bool = False
    fix: Fix | None = None


def complaint_about(problem: Problem, source: Source) -> Diagnostic:
    """The diagnostic for one error."""
    words = _words(problem, source)
    path = problem.place.path if words.path is None else words.path
    on_key = words.on_key or problem.loc[-1:] == ("[key]",)
    span = source.key_span(path) if on_key else source.span(path)
    return Diagnostic(source.path, span, words.rule, words.message, help=words.help, fix=words.fix)


def wrong_for_all(problems: list[Problem]) -> Problem:
    """One error for a value that every member of a union refuses outright."""
    first, wanted = problems[0], []  # type: tuple[Problem, list[str]]
    for problem in problems:
        if problem.type in ("literal_error", "enum"):
            wanted += [_code(value) for value in allowed_values(problem.place.schema)]
        elif problem.type in _WANTED:
            wanted.append(_WANTED[problem.type])
        else:
            return problem  # it got past the type, so this member was meant
    if "a number" in wanted:
        wanted = [each for each in wanted if each != "a whole number"]
    context = {"wanted": _either(list(dict.fromkeys(wanted)))}
    error = {"type": "union", "loc": first.loc[:-1], "input": first.error["input"], "ctx": context}
    return Problem(error, replace(first.place, schema=None), first.data)


def _words(problem: Problem, source: Source) -> _Words:
    kind, context, place = problem.type, problem.context, problem.place
    if "problem" in context:
        return _own_words(problem)
    if kind == "extra_forbidden":
        return _unknown_key(problem)
    if kind == "missing":
        key = str(place.path[-1])
        message = f"missing key `{key}`{_where(problem)}"
        return _Words("missing-key", message, _described(problem, f"add `{key}:`"), path=place.owner_path)
    if kind.startswith("union_tag"):
        return _about_tag(problem)
    if kind in ("literal_error", "enum"):
        return _none_of_the_allowed(problem)
    if kind in _WANTED or kind == "union":
        return _wrong_type(problem, source)
    if kind in _BOUNDS:
        message = f"`{_named(problem)}` {_BOUNDS[kind](context)}"
        return _Words("invalid-value", message, _described(problem, None))
    if kind == "string_pattern_mismatch":
        message = f"`{_short(str(problem.error['input']))}` has not the form that `{_named(problem)}` wants"
        return _Words("invalid-value", message, _described(problem, f"the pattern is `{context['pattern']}`"))
    message = str(problem.error["msg"]).removeprefix("Value error, ")
    return _Words("invalid-value", message[:1].lower() + message[1:], _described(problem, None))


def _unknown_key(problem: Problem) -> _Words:
    key, owner = str(problem.place.path[-1]), problem.place.owner
    message = f"unknown key `{_short(key)}`{_where(problem)}"
    if owner in _GROUPS and key in _GROUPS.values():
        way_out = f"`{_GROUPS[owner]}` stands alone; put `{key}` inside it, as one of its criteria"
    elif problem.meant is not None:
        way_out = f"did you mean `{problem.meant}`?"
    else:
        way_out = suggestion(key, [*keys_of(owner), *(_GROUPS.values() if owner is Criterion else ())])
    return _Words("unknown-key", message, way_out, on_key=True)


def _own_words(problem: Problem) -> _Words:
    """The words that came with the error; `at` narrows the place."""
    context, path = problem.context, problem.place.path
    if at := context.get("at"):
        path = _narrowed(problem, str(at))
    # A name that cannot be one is mostly a key; a mapping has no better place than its first line.
    on_key = problem.type == "invalid-field-name" and path[-1] != "name"
    way_out = context.get("help")
    given = value_at(problem.data, path)
    if problem.type == "wrong-operator-value" and isinstance(given, str) and QUOTED_NUMBER.fullmatch(given):
        way_out = f"write it without quotes: {given}"
    return _Words(problem.type, context["problem"], way_out, path, on_key)


def _narrowed(problem: Problem, at: str) -> Path:
    """The path below the problem's own that a dotted `at` names; keys may contain dots themselves."""
    path, value = problem.place.path, value_at(problem.data, problem.place.path)
    parts = at.split(".")
    while parts:
        taken = 1
        if isinstance(value, dict):
            taken = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in value), len(parts))
        key: str | int = ".".join(parts[:taken])
        if isinstance(value, list) and str(key).isdecimal():
            key = int(key)
        path, parts, value = (*path, key), parts[taken:], value_at(value, (key,))
    return path


def _about_tag(problem: Problem) -> _Words:
    """The key that says what kind a mapping is, missing or unknown: a step's `type` before all."""
    place = problem.place
    key = str(problem.context.get("discriminator", "'type'")).strip("'")
    given = value_at(problem.data, (*place.path, key))
    known, where = tags_of(place.schema), " in a step" if _is_step(place.path) else _in(place.path)
    if problem.type == "union_tag_not_found" and given is None:
        return _Words("missing-key", f"missing key `{key}`{where}", _allowed(known))
    path = (*place.path, key)
    if not isinstance(given, str):
        return _Words("wrong-type", f"expected text, got {got(given)}", _allowed(known), path)
    if _is_step(place.path):
        return _Words("unknown-step-type", f"unknown step type `{_short(given)}`", step_meant(given, known), path)
    return _Words("invalid-value", f"unknown {key} `{_short(given)}`{where}", suggestion(given, known), path)


def _none_of_the_allowed(problem: Problem) -> _Words:
    given, values = problem.error["input"], allowed_values(problem.place.schema)
    message = f"{_code(given)} is not a value of `{_named(problem)}`"
    if isinstance(given, str):
        return _Words("invalid-value", message, word_meant(given, map(str, values)))
    return _Words("invalid-value", message, _allowed(map(str, values)))


def _wrong_type(problem: Problem, source: Source) -> _Words:
    kind, given, path = problem.type, problem.error["input"], problem.place.path
    wanted = problem.context.get("wanted") or _WANTED[kind]
    message = f"expected {wanted}, got {got(given)}"
    written = source.scalar_text(path) or ""
    if kind == "string_type" and written and source.is_plain(path) and given is not None:
        quoted = json.dumps(written, ensure_ascii=False)
        return _Words("wrong-type", message, f"text that looks like {got(given)} is quoted: {quoted}",
                      fix=Fix(source.span(path), quoted))  # fmt: skip
    if kind in ("int_type", "float_type", "bool_type") and isinstance(given, str) and written[:1] in ("'", '"'):
        return _Words("wrong-type", message, _described(problem, "remove the quotes"))
    return _Words("wrong-type", message, _described(problem, None))


# --- words -------------------------------------------------------------------------------------------


def got(value: object) -> str:
    """The kind of a JSON value, as the end of "expected …, got"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def step_named(kind: str) -> str:
    """`a `wait` step`, `an `api` step`."""
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} `{kind}` step"


def _where(problem: Problem) -> str:
    """` in a `wait` step`, ` in `trigger``, or nothing at the top of the file."""
    path = problem.place.owner_path
    if _is_step(path):
        return f" in {step_named(str(value_at(problem.data, (*path, 'type'))))}"
    return _in(path)


def _in(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return ""
    return f" in an entry of `{_short(names[-1])}`" if isinstance(path[-1], int) else f" in `{_short(names[-1])}`"


def _is_step(path: Path) -> bool:
    return len(path) >= 2 and path[-2] == "steps" and isinstance(path[-1], int)


def _named(problem: Problem) -> str:
    """The nearest key at or above the problem's place."""
    names = [part for part in problem.place.path if isinstance(part, str)]
    return _short(names[-1]) if names else "the file"


def _described(problem: Problem, otherwise: str | None) -> str | None:
    """The help: what the model says of the key, else `otherwise`."""
    below = problem.place.path[len(problem.place.owner_path) :]
    said = description_of(problem.place.owner, str(below[0])) if below else None
    if said is None:
        return otherwise
    return f"`{_short(str(below[0]))}`: {said}"


def _allowed(values: Any) -> str:
    return "allowed: " + ", ".join(f"`{value}`" for value in values)


def _at_least(count: int, noun: str) -> str:
    plural = {"character": "characters", "entry": "entries"}[noun]
    return "must not be empty" if count == 1 else f"must have at least {count:,} {plural}"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _code(value: object) -> str:
    return f"`{_short(value if isinstance(value, str) else json.dumps(value))}`"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
