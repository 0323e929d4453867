"""Findings as people read them: carets stand under what is meant, nothing reaches the terminal raw."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.diagnostics import Diagnostic, Fix, Label, Position, Severity, Span
from spara_cli.output.concise import render_concise
from spara_cli.output.text import CELLS_MAX, headline, render_text, summary_line, visible

UNKNOWN_KEY = Diagnostic(
    path="playbooks/trial.yaml",
    span=Span.of(2, 5, 6),
    rule="unknown-key",
    message="unknown key `subjct` in a `send_email` step",
    help="did you mean `subject`?",
)
TRIAL = "  - type: send_email\n    subjct: Welcome aboard\n    body: Hi\n"


def rendered(found: Diagnostic, text: str = TRIAL) -> list[str]:
    return render_text([found], {found.path: text}, colour=False).splitlines()


def marked(line: str, start: int, length: int) -> tuple[str, str]:
    """The source line and the line of carets, for a span of code points on it."""
    shown = rendered(Diagnostic("p.yaml", Span.of(1, start, length), "rule", "message"), line)
    return shown[2].removeprefix("1 | "), shown[3].removeprefix("  | ")


def test_a_finding_shows_its_line_the_span_and_the_way_out() -> None:
    assert render_text([UNKNOWN_KEY], {UNKNOWN_KEY.path: TRIAL}, colour=False) == (
        "playbooks/trial.yaml:2:5: error: unknown key `subjct` in a `send_email` step [unknown-key]\n"
        "  |\n"
        "2 |     subjct: Welcome aboard\n"
        "  |     ^^^^^^\n"
        "  |\n"
        "  = help: did you mean `subject`?\n"
        "\n"
    )


def test_a_label_before_or_after_is_shown_in_the_order_of_the_file() -> None:
    text = "\n" * 8 + "id: hello\n" + "id: hello\n"
    duplicate = Diagnostic("p.yaml", Span.of(10, 5, 5), "duplicate-id", "id `hello` is used twice")
    first = replace(duplicate, label=Label(Span.of(9, 5, 5), "first used here"))
    assert rendered(first, text)[1:6] == [
        "   |",
        " 9 | id: hello",
        "   |     ----- first used here",
        "10 | id: hello",
        "   |     ^^^^^",
    ]
    behind = replace(first, span=Span.of(9, 1, 2), label=Label(Span.of(9, 5, 5), "of this"))
    assert rendered(behind, text)[1:] == ["  |", "9 | id: hello", "  | ^^", "  |     ----- of this", ""]


def test_a_fix_is_shown_as_a_diff_and_says_whether_it_is_safe() -> None:
    fix = Fix(UNKNOWN_KEY.span, "subject")
    assert rendered(replace(UNKNOWN_KEY, fix=fix))[6:9] == [
        "  = fix: safe",
        "  -     subjct: Welcome aboard",
        "  +     subject: Welcome aboard",
    ]
    removal = Fix(Span(Position(1, 3), Position(3, 1)), "", safe=False)
    assert rendered(replace(UNKNOWN_KEY, fix=removal))[6:] == [
        "  = fix: unsafe, look before you apply it",
        "  -   - type: send_email",
        "  -     subjct: Welcome aboard",
        "  -     body: Hi",
        "  +       body: Hi",
        "",
    ]


@pytest.mark.parametrize(
    ("line", "start", "length", "shown", "carets"),
    [
        ("subject: Hi", 10, 2, "subject: Hi", "         ^^"),
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("日本: x", 1, 2, "日本: x", "^^^^"),
        ("a😀b", 3, 1, "a😀b", "   ^"),
        ("☎\ufe0fb", 3, 1, "☎\ufe0fb", "  ^"),
        ("👩\u200d💻b", 4, 1, "👩\u200d💻b", "  ^"),
        ("👍🏽b", 3, 1, "👍🏽b", "  ^"),
        ("🇩🇪b", 3, 1, "🇩🇪b", "  ^"),
        ("e\u0301a", 3, 1, "e\u0301a", " ^"),
        ("\tx", 2, 1, "    x", "    ^"),
        ("ab\tx", 4, 1, "ab  x", "    ^"),
        ("\tx", 1, 1, "    x", "^^^^"),
        ("a\x1b[31mb", 7, 1, "a\\x1b[31mb", "         ^"),
        ("a\u202eb", 3, 1, "a\\u202eb", "       ^"),
        ("a", 2, 0, "a", " ^"),
        ("a", 9, 5, "a", " ^"),
        ("", 1, 1, None, None),
    ],
)
def test_carets_stand_under_the_span_as_displayed(
    line: str, start: int, length: int, shown: str | None, carets: str | None
) -> None:
    if shown is None:
        found = Diagnostic("p.yaml", Span.of(1, start, length), "rule", "message")
        assert rendered(found, line) == ["p.yaml:1:1: error: message [rule]", ""]
    else:
        assert marked(line, start, length) == (shown, carets)


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    found = replace(UNKNOWN_KEY, span=Span(Position(2, 5), Position(3, 9)))
    assert rendered(found)[3] == "  |     " + "^" * len("subjct: Welcome aboard")


@pytest.mark.parametrize("start", [1, 60, 99, 5_000, 999_990, 1_000_000])
@pytest.mark.parametrize("character", ["x", "日", "\t", "\x1b"])
def test_a_very_long_line_is_cropped_around_the_caret(start: int, character: str) -> None:
    line = character * (start - 1) + "@" + character * (1_000_000 - start)
    shown, carets = marked(line, start, 1)
    assert len(shown) <= CELLS_MAX + 2
    cells = "".join("##" if char == "日" else char for char in shown)
    assert cells[carets.index("^")] == "@"
    assert shown.startswith("…") == (start > 1)


def test_a_finding_in_a_text_that_is_not_at_hand_keeps_its_first_line_and_help() -> None:
    shown = render_text([UNKNOWN_KEY], {}, colour=False).splitlines()
    assert shown == [headline(UNKNOWN_KEY), "   = help: did you mean `subject`?", ""]


def test_findings_come_in_the_order_of_path_line_and_column() -> None:
    spots = [("b", 1, 1), ("a", 9, 1), ("a", 10, 2), ("a", 10, 1)]
    found = [Diagnostic(path, Span.of(line, column), "r", "m") for path, line, column in spots]
    assert [line[:6] for line in render_concise(found).splitlines()] == [
        "a:9:1:",
        "a:10:1",
        "a:10:2",
        "b:1:1:",
    ]
    assert re.findall(r"^\w:\d+:\d+", render_text(found, {}, colour=False), re.M) == [
        "a:9:1", "a:10:1", "a:10:2", "b:1:1",
    ]  # fmt: skip


def test_concise_is_the_first_lines_of_text() -> None:
    warning = replace(UNKNOWN_KEY, severity=Severity.WARNING, message="two\nlines")
    assert render_concise([warning]) == "playbooks/trial.yaml:2:5: warning: two\\nlines [unknown-key]\n"
    assert render_concise([]) == ""
    assert render_text([], {}, colour=False) == ""


def test_colour_adds_only_escape_sequences() -> None:
    found = replace(UNKNOWN_KEY, label=Label(Span.of(1, 5, 4), "in this step"), fix=Fix(UNKNOWN_KEY.span, "subject"))
    plain = render_text([found], {found.path: TRIAL}, colour=False)
    coloured = render_text([found], {found.path: TRIAL}, colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [rule] text", "plain [rule] text"),
        ("naïve 日本 😀 👩\u200d💻", "naïve 日本 😀 👩\u200d💻"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        (
            "\x9b31m\x7f\u2028\u202e\ufeff\u200b\U000e0041",
            "\\x9b31m\\x7f\\u2028\\u202e\\ufeff\\u200b\\U000e0041",
        ),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_could_steer_a_terminal_or_hide_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(
    text=st.text(max_size=60) | st.text(alphabet=st.characters(), max_size=200),
    word=st.text(max_size=20),
    numbers=st.lists(st.integers(1, 80), min_size=8, max_size=8),
)
def test_any_text_and_any_place_are_rendered_without_a_control_character(
    text: str, word: str, numbers: list[int]
) -> None:
    start, end = sorted((Position(numbers[0] % 4 + 1, numbers[1]), Position(numbers[2] % 4 + 1, numbers[3])))
    span = Span(start, end)
    label = Label(Span.of(numbers[4] % 4 + 1, numbers[5], numbers[6]), word)
    found = Diagnostic(word, span, "rule", word, help=word, label=label, fix=Fix(span, word))
    shown = render_text([found], {word: text}, colour=False)
    shown.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", shown)
    assert render_concise([found]).count("\n") == 1


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ((2, 1, 1), "2 files, 1 error, 1 warning"),
        ((1, 0, 2), "1 file, 0 errors, 2 warnings"),
        ((0, 0, 0), "0 files, 0 errors, 0 warnings"),
    ],
)
def test_the_summary_counts_also_when_clean(counts: tuple[int, int, int], line: str) -> None:
    assert summary_line(*counts) == line


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_on_a_narrow_terminal_the_source_line_does_not_wrap_and_the_caret_stays_below_its_word(columns: int) -> None:
    line = "x" * 70 + "wrong" + "y" * 70
    found = replace(UNKNOWN_KEY, span=Span(Position(1, 71), Position(1, 76)), label=None, fix=None)
    _, _, source, carets, *_ = render_text([found], {found.path: line}, colour=False, width=columns).splitlines()
    assert len(source) <= columns
    assert carets.index("^") == source.index("wrong")
