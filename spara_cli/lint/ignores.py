"""Comments that silence a finding: `# spara: ignore[rule-name] why`.

The one thing to know: a comment at the end of a line speaks of that line, one on a line of its own of the
next line with content. A comment that silences nothing is itself a finding, so that none outlives its reason.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spara_cli.diagnostics import Diagnostic, Fix, Position, Severity, Span, suggestion
from spara_cli.playbook.source import Source

UNUSED = "unused-ignore"

_IGNORE = re.compile(r"(?:^|(?<=\s))#\s*spara:\s*ignore\[([^\]\n]*)\][^\n]*")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: the rules it names, the line it speaks of, and where it stands."""

    rules: tuple[str, ...]
    line: int
    span: Span


def ignores_of(source: Source) -> list[Ignore]:
    """Every such comment; text that only looks like one (inside a scalar) is none."""
    if "spara:" not in source.text:
        return []
    found = []
    texts = sorted((node.span.start, node.span.end) for node in source.nodes.values() if node.written)
    starts = [start for start, _ in texts]
    for number, line in enumerate(source.lines, 1):
        comment = _IGNORE.search(line)
        if comment is None:
            continue
        place = Position(number, comment.start() + 1)
        before = bisect_right(starts, place) - 1
        if before >= 0 and place < texts[before][1]:
            continue
        names = tuple(name.strip() for name in comment[1].split(",") if name.strip())
        alone = not line[: comment.start()].strip()
        target = _next_content(source.lines, number) if alone else number
        found.append(Ignore(names, target, Span.of(number, comment.start() + 1, len(comment[0].rstrip()))))
    return found


def apply_ignores(
    source: Source, diagnostics: Iterable[Diagnostic], ignorable: Mapping[str, bool], *, report_unused: bool
) -> Iterator[Diagnostic]:
    """The findings that no comment silences, and the comments that silence none.

    `ignorable` holds every rule's name with whether a comment may silence it. `report_unused` is for a file
    of which every rule was asked.
    """
    ignores = ignores_of(source)
    wanted = {(ignore.line, rule) for ignore in ignores for rule in ignore.rules if ignorable.get(rule)}
    used: set[tuple[int, str]] = set()
    for found in diagnostics:
        key = (found.span.start.line, found.rule)
        if key in wanted:
            used.add(key)
        else:
            yield found
    if report_unused:
        for ignore in ignores:
            yield from _unused(source, ignore, used, ignorable)


def _unused(
    source: Source, ignore: Ignore, used: set[tuple[int, str]], ignorable: Mapping[str, bool]
) -> Iterator[Diagnostic]:
    unused = [rule for rule in ignore.rules if (ignore.line, rule) not in used]
    superfluous = unused == list(ignore.rules) and all(ignorable.get(rule) for rule in unused)
    fix = Fix(ignore.span, "") if superfluous else None
    if not ignore.rules:
        message, way_out = "this comment names no rule to ignore", "write `# spara: ignore[rule-name] why`"
        yield Diagnostic(source.path, ignore.span, UNUSED, message, Severity.WARNING, way_out, fix=fix)
    for rule in unused:
        if rule not in ignorable:
            message, way_out = f"there is no rule `{rule}` to ignore", suggestion(rule, ignorable)
        elif not ignorable[rule]:
            message, way_out = f"`{rule}` cannot be ignored", "mend it: the workflow could not run"
        else:
            message, way_out = f"`{rule}` is ignored here, but not found", "remove the comment"
        yield Diagnostic(source.path, ignore.span, UNUSED, message, Severity.WARNING, way_out, fix=fix)


def _next_content(lines: tuple[str, ...], number: int) -> int:
    """The 1-based line after line `number` that holds more than a comment."""
    for index in range(number, len(lines)):
        if lines[index].strip() and not lines[index].lstrip().startswith("#"):
            return index + 1
    return number
