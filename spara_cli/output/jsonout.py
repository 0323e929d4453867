"""Answers as data: the envelope every `--json` has, and findings in the shape FORMATS.md promises.

The one thing to know: scripts read this, so keys are added but never renamed within a `format_version`, and
arrays are there even when empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from spara_cli.diagnostics import Diagnostic, Fix, Label, Position, Severity, Span, in_order

FORMAT_VERSION: Final = "1.0"

# Legal in JSON as they are, but not to be shown raw: the C1 controls steer terminals, the bidirectional ones
# reorder what is read, and a lone surrogate cannot be written as UTF-8.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def envelope(command: str, ok: bool, **keys: object) -> dict[str, object]:
    """One answer: `format_version`, `command` and `ok` (exit code 0), then the command's own keys."""
    return {"format_version": FORMAT_VERSION, "command": command, "ok": ok, **keys}


def dumps(answer: object) -> str:
    """JSON in the order the keys were given, indented by two, without a line break at the end.

    Instants become ISO 8601 in UTC with `Z`. Raises ValueError for NaN, infinities and a datetime without a
    zone, TypeError for what has no form in JSON: both are defects of the caller.
    """
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2, default=_plain)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def diagnostics_as_files(paths: Iterable[str], diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The keys of `workflow validate`: every checked file, by path, with its findings; and the counts.

    `paths` are the files that were checked, so that clean ones are listed too.
    """
    found = in_order(diagnostics)
    by_path: dict[str, list[dict[str, Any]]] = {path: [] for path in paths}
    for diagnostic in found:
        by_path.setdefault(diagnostic.path, []).append(_diagnostic(diagnostic))
    return {
        "files": [{"path": path, "diagnostics": by_path[path]} for path in sorted(by_path)],
        "errors": sum(each.severity is Severity.ERROR for each in found),
        "warnings": sum(each.severity is Severity.WARNING for each in found),
    }


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "help": found.help,
        **_span(found.span),
        "label": None if found.label is None else _label(found.label),
        "fix": None if found.fix is None else _fix(found.fix),
    }


def _label(label: Label) -> dict[str, Any]:
    return {"text": label.text, **_span(label.span)}


def _fix(fix: Fix) -> dict[str, Any]:
    return {**_span(fix.span), "replacement": fix.replacement, "safe": fix.safe}


def _span(span: Span) -> dict[str, Any]:
    return {"start": _position(span.start), "end": _position(span.end)}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
