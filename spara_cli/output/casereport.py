"""What `spara workflow test` tells: a line a case, for a failure the place and the timeline as a diff, coverage.

The one thing to know: in a diff `=` is an entry that was expected and came, `-` what was expected and did not
come, `+` what came nearest instead, `!` what should not be there; every other entry has no mark. Times are the
account's, and everything from a lead passes `visible`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from spara_cli.diagnostics import Diagnostic
from spara_cli.output.colour import Style, paint
from spara_cli.output.text import render_text, visible
from spara_cli.simulate.coverage import Coverage, Covered
from spara_cli.simulate.expectation import Failure
from spara_cli.simulate.verdict import CaseResult, FileResult

FAILED_RULE: Final = "test-failed"

_VALUE_MAX: Final = 60  # characters of one value that a line shows
_LINES_MAX: Final = 200  # timeline entries that are shown; of a longer one the first
_TOLD_APART: Final = ("at", "kind", "step")  # keys with a column of their own
_QUIET_KEYS: Final = frozenset({"workflow", "version", "detail"})
_KINDS: Final = ("steps", "branches", "outcomes", "exits")


def render_files(files: Iterable[FileResult], *, colour: bool) -> str:
    """Every file with its cases; after a case that failed, or an automatic one, what happened."""
    return "".join(_file(each, colour) for each in files)


def render_coverage(coverages: Iterable[Coverage], *, colour: bool) -> str:
    """For each workflow the share that was used, and by name what was not."""
    lines = []
    for each in coverages:
        lines.append(paint(f"coverage of {each.workflow}: {percent_of(each)} %", Style.BOLD, colour=colour))
        for name in _KINDS:
            kind: Covered = getattr(each, name)
            missing = f"; not covered: {', '.join(map(visible, kind.missing))}" if kind.missing else ""
            lines.append(f"  {name:<9} {kind.covered}/{kind.total}{missing}")
    return "".join(f"{line}\n" for line in lines)


def percent_of(coverage: Coverage) -> str:
    """The percentage as people read it, rounded down so that 100 means all of it."""
    tenths = int(coverage.percent * 10)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def summary_of(files: Sequence[FileResult], *, invalid: int = 0) -> str:
    """The last line: `2 files, 5 passed, 1 failed`."""
    passed, failed = counts_of(files)
    total = len(files) + invalid
    broken = f", {invalid} invalid" if invalid else ""
    return f"{total} file{'' if total == 1 else 's'}, {passed} passed, {failed} failed{broken}"


def counts_of(files: Iterable[FileResult]) -> tuple[int, int]:
    """How many cases passed, and how many failed."""
    verdicts = [case.passed for each in files for case in each.cases]
    return sum(verdicts), len(verdicts) - sum(verdicts)


def files_as_data(files: Iterable[FileResult], coverage: Mapping[str, Coverage]) -> list[dict[str, object]]:
    """The `files` of the answer as data; `coverage` is by workflow, all of its files together (FORMATS)."""
    return [
        {
            "path": each.source.path,
            "workflow": each.subject.program.workflow,
            "cases": [_case_as_data(case, each) for case in each.cases],
            "coverage": _coverage_as_data(coverage[each.subject.program.workflow]),
        }
        for each in files
    ]


def _case_as_data(case: CaseResult, file: FileResult) -> dict[str, object]:
    first = case.failures[0] if case.failures else None
    span = case.spans[0] if case.spans else None
    position = None
    if span is not None:
        position = {"path": file.source.path, "line": span.start.line, "column": span.start.column}
    return {
        "name": case.name,
        "passed": case.passed,
        "message": first.message if first is not None else None,
        "position": position,
        "expected": [dict(each) for each in case.expected],
        "actual": [dict(each) for each in case.actual],
        "automatic": case.automatic,
        "notes": list(case.notes),
    }


def _coverage_as_data(coverage: Coverage) -> dict[str, object]:
    kinds: dict[str, object] = {}
    for name in _KINDS:
        kind: Covered = getattr(coverage, name)
        kinds[name] = {"total": kind.total, "covered": kind.covered, "missing": list(kind.missing)}
    return {**kinds, "percent": round(coverage.percent, 1)}


# --- text --------------------------------------------------------------------------------------------


def _file(file: FileResult, colour: bool) -> str:
    out = [paint(visible(file.source.path), Style.CYAN, colour=colour)]
    for case in file.cases:
        verdict = (
            paint("ok    ", Style.GREEN, colour=colour)
            if case.passed
            else paint("FAILED", Style.BOLD_RED, colour=colour)
        )
        origin = " (a lead made from the playbook)" if case.automatic else ""
        out.append(f"  {verdict}  {visible(case.name)}{origin}")
        if case.automatic:
            out += _automatic(case, colour)
        out += [line for number in range(len(case.failures)) for line in _failure(case, number, file, colour)]
        if not case.automatic:
            out += _notes(case, colour)
    return "\n".join([*out, "", ""])


def _automatic(case: CaseResult, colour: bool) -> Iterator[str]:
    values = " ".join(f"{visible(name)}={_shown(value)}" for name, value in case.lead.items())
    yield f"    lead  {values}"
    for entry in case.actual[:_LINES_MAX]:
        yield f"      {_line(entry, case.zone)}"
    yield from _more(case)
    yield from _notes(case, colour)


def _notes(case: CaseResult, colour: bool) -> Iterator[str]:
    for note in case.notes:
        yield f"    {paint('note:', Style.YELLOW, colour=colour)} {visible(note)}"


def _failure(case: CaseResult, number: int, file: FileResult, colour: bool) -> Iterator[str]:
    failure, span = case.failures[number], case.spans[number]
    yield ""
    if span is not None:
        found = Diagnostic(file.source.path, span, FAILED_RULE, f"{case.name}: {failure.message}")
        yield render_text([found], {file.source.path: file.source.text}, colour=colour).rstrip("\n")
    if not case.automatic:
        yield ""
        yield from _diff(case, failure, colour)


def _diff(case: CaseResult, failure: Failure, colour: bool) -> Iterator[str]:
    """The timeline, with what was expected laid against it."""
    missing = None
    if failure.wanted is not None:
        missing = paint(f"    - {_line(failure.wanted, case.zone)}", Style.RED, colour=colour)
    behind = max(failure.matched, default=-1)
    if missing is not None and failure.entry is None and behind < 0:
        yield missing
    for index, entry in enumerate(case.actual[:_LINES_MAX]):
        if index == failure.entry and missing is not None:
            yield missing
        line = _line(entry, case.zone)
        if index == failure.entry:
            mark, style = ("+", Style.GREEN) if missing is not None else ("!", Style.RED)
            yield paint(f"    {mark} {line}", style, colour=colour)
        else:
            yield f"    {'=' if index in failure.matched else ' '} {line}"
        if index == behind and missing is not None and failure.entry is None:
            yield missing
    yield from _more(case)


def _more(case: CaseResult) -> Iterator[str]:
    if len(case.actual) > _LINES_MAX:
        yield f"      … {len(case.actual) - _LINES_MAX:,} more entries"


def _line(entry: Mapping[str, Any], zone: ZoneInfo) -> str:
    """One entry, or one expectation, on a line: when, what, where, then everything else it says."""
    at = _local(entry["at"], zone) if "at" in entry else ""
    kind, step = str(entry.get("kind") or ""), str(entry.get("step") or "")
    details = entry.get("detail")
    rest = {key: value for key, value in entry.items() if key not in _TOLD_APART and key not in _QUIET_KEYS}
    if rest.get("visit") in (0, 1) and "detail" in entry:
        del rest["visit"]
    everything = {**rest, **(details if isinstance(details, Mapping) else {})}
    told = " ".join(
        f"{visible(str(key))}={_local(value, zone) if key == 'until' else _shown(value)}"
        for key, value in everything.items()
        if value is not None or "detail" not in entry
    )
    return f"{at:<23} {visible(kind):<9} {visible(step):<16} {told}".rstrip()


def _local(instant: object, zone: ZoneInfo) -> str:
    """`Mon 2026-03-02 09:00` in the account's zone; the seconds when there are any."""
    if not isinstance(instant, str):
        return _shown(instant)
    local = datetime.fromisoformat(instant).astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M:%S}" if local.second else f"{local:%a %Y-%m-%d %H:%M}"


def _shown(value: object) -> str:
    """A JSON value, short and on one line; a plain word without quotes."""
    if isinstance(value, str) and value.replace("_", "").replace("-", "").isalnum():
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return visible(text if len(text) <= _VALUE_MAX else f"{text[: _VALUE_MAX - 1]}…")
