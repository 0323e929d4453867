"""SPEC S6: lead data is escaped before Markdown, so it shows as typed and is nothing else."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from spara_cli.model.template import compile_template
from spara_cli.model.template_text import escape_markdown


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def seen(markdown: str) -> _Seen:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    page = _Seen()
    page.feed(parser.render(markdown))
    return page


def words(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


HOSTILE = [
    *("[x](http://evil)", "![x](http://evil)", "<http://evil>", "<script>alert(1)</script>", "# big", "- item"),
    *("---", "===", "1. one", "12) two", "> quote", "```", "~~~", "    code", "\tcode", "`code`", "*a* _b_ **c**"),
    *("a\n\n# b", "&lt;b&gt;", "&copy", "\\", "\\\\", "x\\", "a | b", "[a]: http://evil", "]", "(http://evil)", "!"),
    *("a_b_c", "_a_", "~~gone~~", "+ plus", 'O\'Brien "Q"', "  \n", "a  \nb", "\u2028# x", "https://a.b/c_d?e=1&f=2#g"),
]
FRAMES = [
    *("{{ v }}", "Hi {{ v }}, how are you?", "- {{ v }}", "> {{ v }}", "# {{ v }}", "Line\n{{ v }}\nline"),
    *(
        "{{ v }}{{ v }}",
        "1{{ v }}",
        "C:\\{{ v }} x",
        "*bold* {{ v }} [link](https://ok.test)",
        "{{ v }}[link](https://ok.test)",
    ),
    *("[link]{{ v }}", "**{{ v }}**", "[{{ v }}](https://ok.test)", "& {{ v }};", "a < {{ v }} b"),
    *("{% if v %}{{ v }}{% endif %}", "{{ v | append: '' }}", "{% capture c %}{{ v }}{% endcapture %}x {{ c }}"),
]
BRIEF_MARKDOWN = st.text(alphabet="ab1 \n\\`*_[]()<>!#~|\"'&;:.+-=/", max_size=12)


@pytest.mark.parametrize("frame", FRAMES)
@settings(deadline=None)
@given(value=st.sampled_from(HOSTILE) | BRIEF_MARKDOWN | st.text(max_size=12))
def test_a_value_in_markdown_shows_as_it_is_and_makes_no_element(frame: str, value: str) -> None:
    template = compile_template(frame)
    page = seen(template.render_markdown({"v": value}))
    harmless = seen(template.render_markdown({"v": "V"} if value.strip() else {"v": ""}))
    # Beside a blank an author's `**` opens nothing; that is the frame, not the value.
    ignored = {"strong", "em"} if "*" in frame else set()
    assert [tag for tag in page.tags if tag not in ignored] == [tag for tag in harmless.tags if tag not in ignored]
    assert page.links == harmless.links
    if "\\" not in frame and "**" not in frame:
        whole = words(harmless.text.replace("V", value if value.strip() else ""))
        assert words(page.text) == whole


@pytest.mark.parametrize(
    "url",
    [
        *("https://a.test/x?y=1&z=_b_#top", "https://a.test/(x)", "https://a.test/'q'", "mailto:a_b@c.test"),
        "https://a.test/*x*~y~",
    ],
)
def test_a_url_in_link_position_stays_that_url(url: str) -> None:
    template = compile_template("[x]({{ url }}) [y](<{{ url }}>) [z]\n\n[z]: {{ url }}")
    plain = MarkdownIt("commonmark").normalizeLink(url)
    assert seen(template.render_markdown({"url": url})).links == [plain] * 3


@settings(deadline=None)
@given(st.sampled_from(HOSTILE) | BRIEF_MARKDOWN)
def test_a_value_in_link_position_cannot_break_out(value: str) -> None:
    page = seen(compile_template("[x]({{ url }})").render_markdown({"url": value}))
    assert page.tags in (["p", "a"], ["p"])
    assert all("evil" not in link or "evil" in value for link in page.links)


def test_the_authors_markdown_is_untouched_also_inside_capture() -> None:
    source = "{% capture c %}**{{ v }}**{% endcapture %}# *Hi* {{ c }} {{ c | upcase }}"
    both = compile_template(source).render_both({"v": "*x*"})
    assert both.text == "# *Hi* ***x*** ***X***"
    assert both.markdown == r"# *Hi* **\*x\*** \*\*\*X\*\*\*"


def test_comparisons_and_filters_see_the_raw_value() -> None:
    source = "{% if v == 'a*b' %}{{ v | size }}{% endif %}"
    assert compile_template(source).render_markdown({"v": "a*b"}) == "3"


def test_escaping_leaves_plain_words_and_addresses_readable() -> None:
    for plain in ("Ada Lovelace", "a_b@c.test", "https://a.test/x?y=1&z=2#top", "3.5", "A-B", "你好"):
        assert escape_markdown(plain) == plain
