"""Answers as data: the shape scripts rely on, and JSON that any reader takes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.diagnostics import Diagnostic, Fix, Label, Severity, Span
from spara_cli.output.jsonout import diagnostics_as_files, dumps, envelope


def test_validate_lists_every_file_with_its_findings_and_the_counts() -> None:
    error = Diagnostic(
        "b.yaml", Span.of(3, 5, 6), "unknown-key", "unknown key `subjct`", help="did you mean `subject`?",
        label=Label(Span.of(2, 1, 4), "in this step"), fix=Fix(Span.of(3, 5, 6), "subject"),
    )  # fmt: skip
    warning = Diagnostic("b.yaml", Span.of(1, 1), "missing-id", "no id", Severity.WARNING)
    info = Diagnostic("c.yaml", Span.of(1, 1), "long-body", "long", Severity.INFO)
    place = {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 11}}
    assert diagnostics_as_files(["b.yaml", "a.yaml"], [error, info, warning, error]) == {
        "files": [
            {"path": "a.yaml", "diagnostics": []},
            {
                "path": "b.yaml",
                "diagnostics": [
                    {
                        "rule": "missing-id", "severity": "warning", "message": "no id", "help": None,
                        "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2},
                        "label": None, "fix": None,
                    },
                    {
                        "rule": "unknown-key", "severity": "error", "message": "unknown key `subjct`",
                        "help": "did you mean `subject`?", **place,
                        "label": {
                            "text": "in this step",
                            "start": {"line": 2, "column": 1}, "end": {"line": 2, "column": 5},
                        },
                        "fix": {**place, "replacement": "subject", "safe": True},
                    },
                ],
            },
            {
                "path": "c.yaml",
                "diagnostics": [
                    {
                        "rule": "long-body", "severity": "info", "message": "long", "help": None,
                        "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2},
                        "label": None, "fix": None,
                    },
                ],
            },
        ],
        "errors": 1,
        "warnings": 1,
    }  # fmt: skip


def test_no_files_is_an_empty_array() -> None:
    assert diagnostics_as_files([], []) == {"files": [], "errors": 0, "warnings": 0}


def test_an_answer_begins_with_its_envelope() -> None:
    answer = dumps(envelope("workflow validate", True, errors=0, files=[]))
    assert answer == (
        '{\n  "format_version": "1.0",\n  "command": "workflow validate",\n  "ok": true,\n'
        '  "errors": 0,\n  "files": []\n}'
    )


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (datetime(2026, 3, 2, 14, 0, tzinfo=UTC), "2026-03-02T14:00:00Z"),
        (datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=-5))), "2026-03-02T14:00:00Z"),
        (datetime(2026, 3, 2, 14, 0, 0, 1000, tzinfo=UTC), "2026-03-02T14:00:00.001000Z"),
        (date(2026, 3, 2), "2026-03-02"),
    ],
)
def test_instants_are_written_in_utc(instant: date, written: str) -> None:
    assert json.loads(dumps({"at": instant})) == {"at": written}


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (datetime(2026, 3, 2), ValueError),  # noqa: DTZ001 - the missing zone is the point
        (float("nan"), ValueError),
        (float("-inf"), ValueError),
        (Decimal("1.5"), TypeError),
        ({1}, TypeError),
    ],
)
def test_what_has_no_form_in_json_is_a_defect(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        dumps({"value": value})


def test_text_is_readable_but_steers_no_terminal() -> None:
    written = dumps(["日本 😀", "\x1b[31m", "\x9b31m", "\u202e", "\ud800"])
    assert "日本 😀" in written
    assert all(escape in written for escape in ("\\u001b[31m", "\\u009b31m", "\\u202e", "\\ud800"))


@given(st.recursive(st.none() | st.integers() | st.text(alphabet=st.characters()), st.lists, max_leaves=10))
def test_any_data_comes_back_from_its_json(data: object) -> None:
    written = dumps(data)
    written.encode("utf-8")
    assert json.loads(written) == data
