"""Finding, reading and running the tests of a project's playbooks; `workflow_test.py` reports what came of it.

The one thing to know: a test file belongs to the playbook whose key it names. Where one of the same name stands
beside it, it must name that one. A playbook that has no test file gets an automatic case.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from spara_cli.cli.files import FileKind, kind_of, read_playbook
from spara_cli.diagnostics import Diagnostic, Severity, did_you_mean, suggestion
from spara_cli.errors import ConfigError, UsageError
from spara_cli.lint.check import check_parsed, workflow_key
from spara_cli.lint.rule import LintContext
from spara_cli.model.fieldtypes import FieldTypeError, field_name_problem
from spara_cli.model.lead import SYSTEM_FIELDS, FieldValue
from spara_cli.model.rules import Rules
from spara_cli.playbook.parse import Parsed, parse_model, parse_workflow
from spara_cli.playbook.source import Source
from spara_cli.simulate.case import Subject, subject_of
from spara_cli.simulate.happy_path import NAME, read_override
from spara_cli.simulate.testfile import TestFile
from spara_cli.simulate.verdict import FileResult, run_happy_path, run_tests

UNHEARD_HELP = "declare it under `fields` in spara.yaml, or leave it out"

_NOT_THE_LEADS = frozenset({"event", "last_call", "rep", "account"})


@dataclass(slots=True)
class TestBench:
    """What was read and what came of it. `found` are errors; files with errors are not run.

    `unheard` are the fields of `--set` that no playbook knows, each with the nearest that one does, if any.
    `rules` are the project's, read as in outbox mode; `rules_under` gives them with a test file's own settings
    laid over, and raises ConfigError when these are wrong.
    """

    __test__: ClassVar[bool] = False

    rules: Rules
    rules_under: Callable[[Mapping[str, Any]], Rules]
    results: list[FileResult] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    warned: list[Diagnostic] = field(default_factory=list)
    unheard: dict[str, str | None] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    _playbooks: dict[Path, Parsed] = field(default_factory=dict)
    _sound: dict[Path, bool] = field(default_factory=dict)
    _rules: dict[str, Rules] = field(default_factory=dict)
    _folders: dict[Path, list[Path]] = field(default_factory=dict)

    def run(self, files: Sequence[Path], values: Mapping[str, str], name: str) -> None:
        """Every test file among `files` and beside the playbooks among them; else a playbook's happy path."""
        playbooks = [path for path in files if kind_of(path) is FileKind.PLAYBOOK]
        tests = [path for path in files if kind_of(path) is FileKind.TEST]
        for path in playbooks:
            tests += [beside for beside in self._tests_beside(path) if not _is_among(beside, tests)]
        pairs = [(path, self._read(path)) for path in sorted(tests)]
        tested: list[Path] = []
        for path, source in pairs:
            playbook = self._playbook_of(path, source, playbooks)
            if playbook is None:
                tested.append(_twin_of(path))  # its tests are broken, which no happy path may hide
                continue
            tested.append(playbook)
            if values:
                playbooks += [] if _is_among(playbook, playbooks) else [playbook]
            elif self._is_sound(playbook):
                self._run_tests(source, self._parsed(playbook), name)
        self._hear(values, playbooks)
        for path in playbooks:
            if (values or not _is_among(path, tested)) and self._is_sound(path):
                self._run_happy_path(self._parsed(path), values, name)

    # --- finding what belongs together ------------------------------------------------------------------

    def _tests_beside(self, playbook: Path) -> list[Path]:
        """The test files in the playbook's folder that name its workflow, or have its name."""
        key, found = workflow_key(self._parsed(playbook)), []
        for path in self._beside(playbook, FileKind.TEST):
            named = _key_of(self._read(path))
            if (named is not None and named == key) or _is_among(_twin_of(path), [playbook]):
                found.append(path)
        return found

    def _playbook_of(self, path: Path, source: Source, playbooks: Sequence[Path]) -> Path | None:
        """The playbook a test file is about: of the same name, else in the same folder, else any that was named."""
        key, twin = _key_of(source), _twin_of(path)
        beside = self._beside(path, FileKind.PLAYBOOK)
        declared = workflow_key(self._parsed(twin)) if twin.is_file() else None
        if twin.is_file() and (key is None or declared is None or declared == key):
            return twin  # where one of the two cannot be read, that is said of it, and is enough
        if declared is None:
            for candidate in (*beside, *playbooks):
                if key is not None and workflow_key(self._parsed(candidate)) == key:
                    return candidate
        self._check_tests(source)
        if key is None:
            return None
        known = [known for item in (*beside, *playbooks) if (known := workflow_key(self._parsed(item))) is not None]
        message, way_out = f"there is no playbook of the workflow `{key}`", suggestion(key, known)
        if declared is not None:
            message = f"the playbook of the same name, {twin}, declares the workflow `{declared}`, not `{key}`"
            way_out = f"write `{declared}`, or give the test file another name"
        span = source.span(("workflow",))
        self.found.append(Diagnostic(source.path, span, "unknown-workflow", message, help=way_out))
        return None

    def _beside(self, path: Path, kind: FileKind) -> list[Path]:
        """The files of a kind in the same folder; the folder is looked at once."""
        folder = path.parent
        if folder not in self._folders:
            self._folders[folder] = [item for item in sorted(folder.glob("*.y*ml")) if item.is_file()]
        return [item for item in self._folders[folder] if kind_of(item) is kind]

    # --- reading ----------------------------------------------------------------------------------------

    def _read(self, path: Path) -> Source:
        if str(path) not in self.sources:
            self.sources[str(path)] = read_playbook(path)
        return self.sources[str(path)]

    def _parsed(self, path: Path) -> Parsed:
        if path not in self._playbooks:
            self._playbooks[path] = parse_workflow(self._read(path))
        return self._playbooks[path]

    def _is_sound(self, path: Path) -> bool:
        """Whether a playbook has no error; the errors of one that has are noted once."""
        if path not in self._sound:
            findings = check_parsed(self._parsed(path), self.rules.field_types)
            errors = [found for found in findings if found.severity is Severity.ERROR]
            self.found += errors
            self._sound[path] = not errors
        return self._sound[path]

    def _check_tests(self, source: Source) -> TestFile | None:
        """The test file as a model; its errors are noted."""
        tests, diagnostics = parse_model(source, TestFile)
        errors = [found for found in diagnostics if found.severity is Severity.ERROR]
        self.found += errors
        return None if errors else tests

    def _rules_under(self, settings: Mapping[str, Any], source: Source) -> Rules | None:
        """The project's rules with a test file's `settings` laid over them; None when these are wrong."""
        mark = json.dumps(settings, sort_keys=True)
        if settings and mark not in self._rules:
            try:
                self._rules[mark] = self.rules_under(settings)
            except ConfigError as error:
                message = error.message.removeprefix("the settings together: ")
                span = source.span(("settings",))
                self.found.append(Diagnostic(source.path, span, "invalid-settings", message, help=error.hint))
                return None
        return self._rules[mark] if settings else self.rules

    def _hear(self, values: Mapping[str, str], playbooks: Sequence[Path]) -> None:
        """Note the fields of `--set` that none of the playbooks knows."""
        known = {name for path in playbooks for name in _known_fields(self._parsed(path), self.rules)} if values else ()
        self.unheard = {name: did_you_mean(name, known) for name in values if name not in known}

    # --- running ----------------------------------------------------------------------------------------

    def _run_tests(self, source: Source, parsed: Parsed, name: str) -> None:
        tests = self._check_tests(source)
        rules = self._rules_under(tests.settings, source) if tests is not None else None
        if tests is None or rules is None:
            return
        self.warned += _unheard_in(tests, source, _known_fields(parsed, rules))
        result, problems = run_tests(tests, _subject(parsed, rules), source, name)
        self.found += [problem for problem in problems if problem.severity is Severity.ERROR]
        self.warned += [problem for problem in problems if problem.severity is not Severity.ERROR]
        if result is not None and result.cases:
            self.results.append(result)

    def _run_happy_path(self, parsed: Parsed, values: Mapping[str, str], name: str) -> None:
        if name.casefold() not in NAME:
            return
        subject = _subject(parsed, self.rules)
        self.results.append(run_happy_path(subject, parsed.source, _typed(subject, values)))


def _subject(parsed: Parsed, rules: Rules) -> Subject:
    if parsed.workflow is None:
        raise ValueError("a playbook without errors has a workflow")
    return subject_of(parsed.workflow, rules)


def _typed(subject: Subject, values: Mapping[str, str]) -> dict[str, FieldValue | None]:
    typed = {}
    for name, text in values.items():
        problem = None if name in SYSTEM_FIELDS else field_name_problem(name)
        if problem is not None:
            raise UsageError(f"--set: the name `{name}` {problem}")
        try:
            typed[name] = read_override(subject, name, text)
        except FieldTypeError as error:
            raise UsageError(f"--set: {error}") from None
    return typed


def _known_fields(parsed: Parsed, rules: Rules) -> set[str]:
    """The fields a lead may sensibly have: standard, declared, read by the workflow or set by its steps."""
    if parsed.workflow is None:
        return {*rules.field_types, *SYSTEM_FIELDS}
    context = LintContext(parsed.source, parsed.workflow, rules.field_types)
    read = {name for use in context.uses if use.root not in _NOT_THE_LEADS for name in (use.name, use.root)}
    return {*context.field_types, *context.setters, *read}


def _unheard_in(tests: TestFile, source: Source, known: set[str]) -> Iterator[Diagnostic]:
    """A warning for the first use of each field that the workflow does not know."""
    told: set[str] = set(known)
    for number, case in enumerate(tests.tests):
        changes = ((("tests", number, "when", index, "set"), each.set or {}) for index, each in enumerate(case.when))
        for at, fields in ((("tests", number, "given", "lead"), case.given.lead), *changes):
            for name in fields:
                if name not in told and field_name_problem(name) is None:
                    told.add(name)
                    near = did_you_mean(name, known)
                    way_out = f"did you mean `{near}`?" if near is not None else UNHEARD_HELP
                    message = f"unknown field `{name}`: the workflow does not read it"
                    span = source.key_span((*at, name))
                    yield Diagnostic(source.path, span, "unknown-field", message, Severity.WARNING, way_out)


def _twin_of(tests: Path) -> Path:
    """The playbook of the same name beside a test file."""
    return tests.with_name(tests.name.replace(".test.", "."))


def _key_of(source: Source) -> str | None:
    key = source.data.get("workflow") if isinstance(source.data, dict) else None
    return key if isinstance(key, str) else None


def _is_among(path: Path, paths: Iterable[Path]) -> bool:
    return any(path == other or path.resolve() == other.resolve() for other in paths)
