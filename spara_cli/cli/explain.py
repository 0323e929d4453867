"""`spara explain`: what a rule, a step type, an operator, a topic or a lettered rule such as T5 is about.

The one thing to know: nothing is written twice. A rule's page is its docstring, a step's page its model, the
lettered rules are those of docs/reference/behaviour.md.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spara_cli.cli.context import out
from spara_cli.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.model.operators import Operator
    from spara_cli.steps import BaseStep

_WIDTH = 100
_LETTERED = re.compile(r"[A-Za-z]\d{1,2}")
_PLACEHOLDER = "[RULE|STEP|OPERATOR|TOPIC]"


def explain(
    name: str = typer.Argument("", metavar=_PLACEHOLDER, help="A name in brackets, a step type, T5, exit-codes …"),
) -> int:
    """Explain a rule, a step type, an operator or a topic; without a name, list them.

    Examples: spara explain unreachable-step · spara explain wait · spara explain T5
    """
    out(page(name) if name else overview())
    return EXIT_OK


def page(name: str) -> str:
    """The page of a name. Raises UsageError with the nearest name when there is none."""
    from spara_cli.cli.explain_topics import TOPICS
    from spara_cli.diagnostics import did_you_mean
    from spara_cli.lint.reading_rules import READING_RULES
    from spara_cli.model.operators import OPERATORS
    from spara_cli.steps import STEP_TYPES

    pages = rule_pages()
    word = name.strip().strip("[]`")
    if word in pages:
        return f"{word}\n\n{pages[word]}"
    if word in READING_RULES:
        return f"{word}\n\n{textwrap.fill(READING_RULES[word], _WIDTH)}\n"
    if word in STEP_TYPES:
        return _step_page(word, STEP_TYPES[word])
    if word in OPERATORS:
        return _operator_page(OPERATORS[word])
    if word == "operators":
        return _operators_page()
    if word in TOPICS:
        return TOPICS[word]()
    if _LETTERED.fullmatch(word):
        return _behaviour(word.upper())
    near = did_you_mean(word, [*pages, *READING_RULES, *STEP_TYPES, *OPERATORS, *TOPICS, "operators"])
    way_out = f"did you mean `{near}`?" if near else "`spara explain` lists what there is"
    raise UsageError(f"there is nothing to explain under `{word}`", hint=way_out)


def overview() -> str:
    """Everything there is a page for, by kind."""
    from spara_cli.cli.explain_topics import TOPICS
    from spara_cli.lint.reading_rules import READING_RULES
    from spara_cli.model.operators import OPERATORS
    from spara_cli.steps import STEP_TYPES

    parts = (
        ("Topics", [*TOPICS, "operators"]),
        ("Steps", STEP_TYPES),
        ("Operators", OPERATORS),
        ("Rules", sorted([*rule_pages(), *READING_RULES])),
        ("Rules of behaviour", [heading.partition(" ")[0] for heading in _headings()]),
    )
    return "\n".join(f"{title}\n{_listed(names)}\n" for title, names in parts)


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
    """docs/reference/behaviour.md: from the package, or beside it in a checkout; empty when neither has it."""
    packed = files("spara_cli") / "_docs" / "behaviour.md"
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[2] / "docs" / "reference" / "behaviour.md"
    return checkout.read_text(encoding="utf-8") if checkout.is_file() else ""
