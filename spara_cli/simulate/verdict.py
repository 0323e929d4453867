"""The tests of one workflow, run and judged: what `spara workflow test` reports (SPEC V2, FORMATS).

The one thing to know: cases know nothing of each other. Each has its own lead, clock and world, so their
order does not matter and one failure hides no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from spara_cli.diagnostics import Diagnostic, Severity, Span
from spara_cli.model.entry_dict import entry_as_dict
from spara_cli.model.lead import FieldValue
from spara_cli.model.localtime import parse_instant
from spara_cli.playbook.reading import Path
from spara_cli.playbook.source import Source
from spara_cli.simulate.case import DRAFT_VERSION, Setup, Subject, prepare
from spara_cli.simulate.expectation import Failure, judge, wanted_of
from spara_cli.simulate.happy_path import NAME, happy_path
from spara_cli.simulate.record import Run
from spara_cli.simulate.testfile import START, Case, TestFile
from spara_cli.simulate.world import run_case


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case run. `expected` and `actual` are entries as data; `spans` are the failures' places in the file.

    `notes` say which criteria of the trigger a case failed on, or what an automatic one could not meet. An
    automatic case has no place in any file.
    """

    name: str
    failures: tuple[Failure, ...]
    spans: tuple[Span | None, ...]
    expected: tuple[Mapping[str, Any], ...]
    actual: tuple[Mapping[str, Any], ...]
    run: Run
    start: datetime
    zone: ZoneInfo
    lead: Mapping[str, FieldValue] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    automatic: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class FileResult:
    """The cases of one test file, or the automatic one of a playbook that has none."""

    source: Source
    subject: Subject
    cases: tuple[CaseResult, ...]


def run_tests(
    tests: TestFile, subject: Subject, source: Source, name_contains: str = ""
) -> tuple[FileResult | None, list[Diagnostic]]:
    """Run the cases whose name contains some text, with warnings; or None, and what is wrong with the file.

    Every case is checked, also those that are not run: a file is either right or not.
    """
    found: list[Diagnostic] = []
    ready: list[tuple[Case, Path, Setup]] = []
    for number, case in enumerate(tests.tests):
        at: Path = ("tests", number)
        setup, problems = prepare(case, at, subject, source)
        found += problems
        if setup is not None and name_contains.casefold() in case.name.casefold():
            ready.append((case, at, setup))
    if any(each.severity is Severity.ERROR for each in found):
        return None, found
    results = tuple(_run(case, at, setup, subject, source) for case, at, setup in ready)
    return FileResult(source, subject, results), found


def run_happy_path(
    subject: Subject, source: Source, overrides: Mapping[str, FieldValue | None], start: str = START
) -> FileResult:
    """Run the automatic case of a playbook; `overrides` are the fields of the lead that stay as given."""
    zone = subject.rules.zone
    path = happy_path(subject, parse_instant(start, zone), overrides)
    problems = [problem for problem in (path.problem, path.run.endless) if problem is not None]
    failures = tuple(Failure(problem, ()) for problem in problems)
    case = CaseResult(
        name=NAME,
        failures=failures,
        spans=tuple(source.span(("trigger",)) for _ in failures),
        expected=(),
        actual=_as_data(path.run, subject),
        run=path.run,
        start=path.setup.start,
        zone=zone,
        lead=path.setup.lead.fields,
        notes=(*path.notes, *path.run.unmet),
        automatic=True,
    )
    return FileResult(source, subject, (case,))


def _run(case: Case, at: Path, setup: Setup, subject: Subject, source: Source) -> CaseResult:
    zone = subject.rules.zone
    run = run_case(subject, setup)
    actual = _as_data(run, subject)
    failures = judge(case, at, setup.start, zone, actual)
    if run.endless is not None:
        failures = [Failure(run.endless, (*at, "name"))]
    spans = tuple(source.span(failure.path) for failure in failures)
    expected = tuple(wanted_of(case, setup.start, zone))
    notes = run.unmet if failures else ()
    lead = setup.lead.fields
    return CaseResult(case.name, tuple(failures), spans, expected, actual, run, setup.start, zone, lead, notes)


def _as_data(run: Run, subject: Subject) -> tuple[Mapping[str, Any], ...]:
    return tuple(entry_as_dict(entry, subject.program.workflow, DRAFT_VERSION) for entry in run.entries)
