"""Findings as one line each: `path:line:col: severity: message [rule]`.

The one thing to know: editors, CI matchers and people read these with one regular expression, so the line
is the same as the first line of `text`, and a message never breaks it.
"""

from __future__ import annotations

from collections.abc import Iterable

from spara_cli.diagnostics import Diagnostic, in_order
from spara_cli.output.text import headline


def render_concise(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings in order (path, position, rule), a line each, every line ended; nothing for none."""
    return "".join(f"{headline(found)}\n" for found in in_order(diagnostics))
