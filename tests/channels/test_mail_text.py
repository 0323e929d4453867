"""The text part of a mail (channels/mail_text.py): Markdown as a person would have typed it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.channels.mail_text import markdown_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("", ""),
        ("# T\n\nHi\n===", "T\n\nHi"),
        ("**bold** *it* __b__ `a*b`", "bold it b a*b"),
        ("one\ntwo\n\n\n\nthree", "one two\n\nthree"),
        ("one  \ntwo\\\nthree", "one\ntwo\nthree"),
        (r"1 \* 2 \_ 3 &amp; <b>x</b>", "1 * 2 _ 3 & <b>x</b>"),
        ("---\n\na", "---\n\na"),
        # links and images
        ("[Pick a **time**](https://x.test/?a=1&b=2)!", "Pick a time (https://x.test/?a=1&b=2)!"),
        ("[https://x.test](https://x.test) <https://x.test/y>", "https://x.test https://x.test/y"),
        ("[https://x.test/ä](https://x.test/ä)", "https://x.test/%C3%A4"),
        ("[a@b.test](mailto:a@b.test) <a@b.test> [Ada](mailto:a@b.test)", "a@b.test a@b.test Ada (mailto:a@b.test)"),
        ("[+12125550100](tel:+12125550100)", "+12125550100"),
        ("[](https://x.test)", "https://x.test"),
        ("[a](javascript:x) [b](/c)", "a b"),
        ("![a *cat*](https://x.test/c.png) ![](https://x.test/c.png)", "a cat"),
        ("[![logo](https://x.test/l.png)](https://x.test)", "logo (https://x.test)"),
        # lists
        ("* a\n* b\n  c\n+ d", "- a\n- b c\n\n- d"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("9) a\n9) b\n   - c\n   - d", "9. a\n10. b\n    - c\n    - d"),
        ("- a\n\n- b\n\n  more", "- a\n\n- b\n\n  more"),
        ("-\n- a", "-\n- a"),
        ("text\n- a\n\nafter", "text\n\n- a\n\nafter"),
        # quotes and code
        ("> a\n> b\n>\n> c\n>> d", "> a b\n>\n> c\n>\n> > d"),
        ("> - a\n> - b", "> - a\n> - b"),
        ("```sh\nspara  run \\\n\n  *x*\n```\nafter", "spara  run \\\n\n  *x*\n\nafter"),
        ("a\n\n    code\n      more", "a\n\ncode\n  more"),
    ],
)
def test_marks_are_dropped_and_the_rest_stands_as_typed(markdown: str, text: str) -> None:
    assert markdown_text(markdown) == text


@given(st.text(alphabet=st.sampled_from("ab \n\t*_`>#-+1.)[]()!<:/\\&;~=\r\0")))
def test_any_markdown_has_a_text_without_blank_lines_around_it(markdown: str) -> None:
    text = markdown_text(markdown)
    assert text == text.strip("\n")


@pytest.mark.parametrize("markdown", [">" * 5_000 + "a", "- " * 2_000 + "a", "*" * 5_000 + "a", "[" * 5_000])
def test_deep_nesting_is_no_trouble(markdown: str) -> None:
    assert isinstance(markdown_text(markdown), str)
