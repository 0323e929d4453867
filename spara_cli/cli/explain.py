"""`spara explain`: what a rule, a step type, an operator, a word, a key or a lettered rule such as T5 is about.

The one thing to know: nothing is written twice. A rule's page is its docstring, a step's page its model, a word's
its line of docs/glossary.md; the lettered rules are those of docs/reference/behaviour.md. A name that is several
of these gets them all on one page.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.model.operators import Operator
    from spara_cli.steps import BaseStep

_WIDTH = 100
_NEAR = 0.75  # a slip of the pen, not another word
_BEGINNING_MIN = 4
_LETTERED = re.compile(r"[A-Za-z]\d{1,2}")
_CITED = re.compile(r" ?\(SPEC ([^()]*)\)")
_PLACEHOLDER = "[RULE|STEP|OPERATOR|TOPIC|WORD|KEY]"
_IRREGULAR = {"criteria": "criterion"}


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say about a name; `kind` is what it is first of all, such as `rule` or `word`."""

    name: str
    kind: str
    text: str


def explain(
    name: str = typer.Argument("", metavar=_PLACEHOLDER, help="A name in brackets, a step type, T5, hold, mode …"),
    json: bool = typer.Option(False, "--json", help="The answer as data: name, kind, text."),
) -> int:
    """Explain a rule, a step, an operator or a word.

    Topics and keys too; without a name, everything there is a page for is listed.

    Examples:
      spara explain unreachable-step
      spara explain wait
      spara explain hold
      spara explain T5
    """
    if json:
        from spara_cli.output.jsonout import dumps, envelope

        found = find(name) if name else Page("", "overview", overview())
        out(dumps(envelope("explain", True, name=found.name, kind=found.kind, text=found.text)))
    else:
        out(page(name) if name else overview())
    return EXIT_OK


def page(name: str) -> str:
    """The text of a name's page. Raises UsageError with the nearest name when there is none."""
    return find(name).text


def find(name: str) -> Page:
    """The page of a name, in any case, singular or plural. Raises UsageError when there is none."""
    word = name.strip().strip("[]`").strip()
    if _LETTERED.fullmatch(word):
        return Page(word.upper(), "behaviour", _behaviour(word.upper()))
    if sections := list(_sections(_forms(word))):
        text = "\n".join(section.text for section in sections)
        return Page(sections[0].name, sections[0].kind, _without_dead_citations(text))
    near = _nearest(word)
    way_out = f"did you mean `{near}`?" if near else "`spara explain` lists what there is"
    raise UsageError(f"there is nothing to explain under `{word}`", hint=way_out)


def overview() -> str:
    """Everything there is a page for, by kind."""
    from spara_cli.cli.explain_words import keys, nouns

    names: dict[str, list[str]] = {}
    for kind, pages in _named_pages():
        names.setdefault(kind, []).extend(pages)
    parts = (
        ("Topics", names["topic"]),
        ("Steps", names["step"]),
        ("Operators", names["operator"]),
        ("Rules", sorted(names["rule"])),
        ("Words", [word.replace(" ", "-") for word in nouns()]),
        ("Keys of spara.yaml and of a playbook", [key for key in keys() if "." not in key]),
        ("Rules of behaviour", [heading.partition(" ")[0] for heading in _headings()]),
    )
    return "\n".join(f"{title}\n{_listed(listed)}\n" for title, listed in parts)


def _named_pages() -> Iterator[tuple[str, Mapping[str, Callable[[], str]]]]:
    """The kinds of names that are ours, each with its names and what writes their pages; earlier kinds first."""
    from spara_cli.cli.explain_topics import CASE_RULES, TOPICS
    from spara_cli.lint.reading_rules import READING_RULES
    from spara_cli.model.operators import OPERATORS
    from spara_cli.steps import STEP_TYPES

    def told(rule: str, text: str) -> Callable[[], str]:
        return lambda: f"{rule}\n\n{textwrap.fill(text, _WIDTH)}\n"

    def step(name: str) -> Callable[[], str]:
        return lambda: _step_page(name, STEP_TYPES[name])

    def operator(name: str) -> Callable[[], str]:
        return lambda: _operator_page(OPERATORS[name])

    def rule(name: str, text: str) -> Callable[[], str]:
        return lambda: f"{name}\n\n{text}"

    yield "rule", {name: rule(name, text) for name, text in rule_pages().items()}
    yield "rule", {name: told(name, text) for name, text in {**READING_RULES, **CASE_RULES}.items()}
    yield "step", {name: step(name) for name in STEP_TYPES}
    yield "operator", {name: operator(name) for name in OPERATORS}
    yield "topic", {**TOPICS, "operators": _operators_page}


def _sections(forms: Sequence[str]) -> Iterator[Page]:
    """Everything there is under any form of a name: pages of our own, then words, then keys."""
    from spara_cli.cli.explain_words import glossary, keys

    for form in forms:
        for kind, pages in _named_pages():
            yield from (Page(name, kind, write()) for name, write in pages.items() if _normal(name) == form)
    told: set[str] = set()
    for form in forms:
        for word, said in glossary().items():
            if _normal(word) == form and said not in told:
                told.add(said)
                yield Page(word.casefold(), "word", f"{textwrap.fill(said, _WIDTH)}\n")
    for form in forms:
        found = {path: said for path, said in keys().items() if form in (_normal(path), _normal(_last(path)))}
        if found:
            lines = (line for said in found.values() for line in said.split("\n"))
            filled = [textwrap.fill(line, _WIDTH, subsequent_indent="  ") for line in lines]
            yield Page(
                min(found, key=len), "key", "\n".join((f"Keys `{_last(min(found, key=len))}`\n", *filled)) + "\n"
            )


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _normal(word: str) -> str:
    """A name as it is compared: lower case, without blanks and hyphens."""
    return re.sub(r"[\s_-]+", "", word.casefold())


def _forms(word: str) -> list[str]:
    """A name in its normal form, then what it may be the plural of, then its own plural."""
    normal = _normal(word)
    singular = [_IRREGULAR[normal]] if normal in _IRREGULAR else []
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if normal.endswith(ending) and len(normal) > len(ending) + 1:
            singular.append(normal.removesuffix(ending) + instead)
    plural = f"{normal.removesuffix('y')}ies" if normal.endswith("y") else f"{normal}s"
    return list(dict.fromkeys((normal, *singular, plural)))


def _nearest(word: str) -> str | None:
    """The name near enough in spelling to be meant, or that the word is the beginning of."""
    from spara_cli.cli.explain_words import glossary, keys

    known = {_normal(_last(path)): _last(path) for path in keys()}
    known |= {_normal(noun): noun.casefold() for noun in glossary()}
    known |= {_normal(name): name for _, pages in _named_pages() for name in pages}
    normal = _normal(word)
    near = get_close_matches(normal, sorted(known), n=1, cutoff=_NEAR)
    longer = [name for name in sorted(known) if len(normal) >= _BEGINNING_MIN and name.startswith(normal)]
    return known[near[0]] if near else known[longer[0]] if longer else None


def _without_dead_citations(text: str) -> str:
    """A text of ours without what only its authors can look up; the numbers that have a page stay."""
    alive = {heading.partition(" ")[0] for heading in _headings()}

    def cited(found: re.Match[str]) -> str:
        numbers = [number for number in re.findall(r"\b[A-Z]\d{1,2}\b", found[1]) if number in alive]
        return f" ({', '.join(numbers)})" if numbers else ""

    return _CITED.sub(cited, text)


def rule_pages() -> dict[str, str]:
    """The page of every rule, by name."""
    from spara_cli.lint import RULES

    return {rule.name: f"{(sys.modules[type(rule).__module__].__doc__ or '').strip()}\n" for rule in RULES}


def _step_page(name: str, model: type[BaseStep]) -> str:
    from spara_cli.steps.base import BaseStep

    module = (sys.modules[model.__module__].__doc__ or "").strip()
    shared = BaseStep.model_fields.keys()
    own = {key: field for key, field in model.model_fields.items() if key not in shared}
    if model.OUTCOMES is None:
        outcomes = "the call's own, or any disposition the agent reports"
    elif name in ("condition", "split"):
        outcomes = "its branches' names"
    else:
        outcomes = ", ".join(sorted(model.OUTCOMES)) or "none"
    lines = [module, "", (model.__doc__ or "").strip(), "", f"Outcomes: {outcomes}", "", "Settings"]
    lines += [_setting(field.alias or key, field.description, field.is_required()) for key, field in own.items()]
    lines += ["", "Settings of every step"]
    common = ((key, field) for key, field in model.model_fields.items() if key in shared and key != "type")
    lines += [_setting(field.alias or key, field.description, field.is_required()) for key, field in common]
    return "\n".join(lines) + "\n"


def _setting(key: str, description: str | None, required: bool) -> str:
    said = f"{description or ''}{' Required.' if required else ''}"
    return textwrap.fill(f"  {key:<14} {said}", _WIDTH, subsequent_indent=" " * 17)


def _operator_page(operator: Operator) -> str:
    types = ", ".join(sorted(operator.types))
    return (
        f"{operator.name}: {operator.says}\n\n"
        f"Fits fields of type: {types}\n"
        f"Value: {operator.value}\n\n"
        f"{_missing_value(operator.name)}\n"
    )


def _missing_value(name: str) -> str:
    if name == "is_not_defined":
        return "On a missing value it is true, as the only operator (T3)."
    return "On a missing value, and on one of another type, it is false (T3)."


def _operators_page() -> str:
    from spara_cli.model.operators import OPERATORS

    return "Operators\n\n" + "".join(f"  {each.name:<20} {each.says}\n" for each in OPERATORS.values())


def _listed(names: Iterable[str]) -> str:
    return textwrap.fill("  ".join(names), _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


# --- lettered rules ----------------------------------------------------------------------------------


def _behaviour(rule: str) -> str:
    """The section of one lettered rule."""
    from spara_cli.diagnostics import suggestion

    sections = re.split(r"^(?=##+ )", _behaviour_text(), flags=re.MULTILINE)
    for section in sections:
        if section.startswith(f"### {rule} "):
            return section.removeprefix("### ").strip() + "\n"
    letters = [heading.partition(" ")[0] for heading in _headings()]
    same = [each for each in letters if each[0] == rule[0]] or letters
    raise UsageError(f"there is no rule {rule}", hint=suggestion("", same))


def _headings() -> list[str]:
    return re.findall(r"^### ([A-Z]\d{1,2} .*)$", _behaviour_text(), flags=re.MULTILINE)


def _behaviour_text() -> str:
    from spara_cli.cli.explain_words import document

    return document("behaviour.md", "reference")
