"""The YAML reader: what is read, where everything is, and that nothing from outside can harm it."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.diagnostics import FILE_START, Severity, Span
from spara_cli.output.text import render_text
from spara_cli.playbook.reading import DEPTH_MAX
from spara_cli.playbook.source import Source, read_source
from spara_cli.playbook.yaml_events import HAS_LIBYAML
from tests.conftest import Golden

BAD_FILES = sorted((Path(__file__).parents[1] / "data" / "err").glob("*.yaml"))
PARSERS = [pytest.param(False, id="pure"), pytest.param(True, id="libyaml")]
if not HAS_LIBYAML:
    PARSERS.pop()

each_parser = pytest.mark.parametrize("libyaml", PARSERS)


def read(text: str, *, libyaml: bool = HAS_LIBYAML) -> Source:
    return read_source("p.yaml", text.encode("utf-8"), libyaml=libyaml)


def rules(source: Source) -> list[str]:
    return [found.rule for found in source.diagnostics]


def written_at(source: Source, span: Span) -> str:
    """The text a one-line span covers."""
    assert span.start.line == span.end.line
    return source.lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]


# What a person sees


@each_parser
@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_a_bad_file_gets_the_findings_beside_it(path: Path, libyaml: bool, golden: Golden) -> None:
    source = read_source(path.name, path.read_bytes(), libyaml=libyaml)
    golden(path.with_suffix(".out"), render_text(source.diagnostics, {path.name: source.text}, colour=False))
    assert source.diagnostics
    assert all(found.severity is Severity.ERROR and found.help for found in source.diagnostics)


# Values


@each_parser
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"), ("on", "on"), ("Yes", "Yes"), ("y", "y"), ("true", True), ("FALSE", False),
        ("tRue", "tRue"), ("null", None), ("~", None), ("NULL", None), ("nULL", "nULL"), ("", None),
        ("10:30", "10:30"), ("2026-03-02", "2026-03-02"), ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("12", 12), ("-7", -7), ("+5", 5), ("007", 7), ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"),
        ("+15551234567", "+15551234567"), ("+1234567", 1234567), ("1_000", "1_000"),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("-0", 0),
        ("0" * 5000, 0), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-3", -0.0015),
        ("1e", "1e"), ("+", "+"), ("-.", "-."), ("1.2.3", "1.2.3"), ("'12'", "12"), ('"true"', "true"),
        ("=", "="), ("٣", "٣"),
    ],
)  # fmt: skip
def test_a_scalar_has_its_value_by_the_yaml_1_2_core_schema(written: str, value: object, libyaml: bool) -> None:
    source = read(f"k: {written}", libyaml=libyaml)
    assert source.data == {"k": value}
    assert isinstance(source.data, dict)
    assert type(source.data["k"]) is type(value)
    assert source.diagnostics == ()


@pytest.mark.parametrize(
    "written", [".inf", "-.INF", ".nan", "1e999", "9223372036854775808", "9" * 10_000, "0x" + "f" * 17]
)
def test_a_number_that_cannot_be_kept_is_refused_and_damages_only_its_place(written: str) -> None:
    source = read(f"k: {written}\nl: 1")
    assert rules(source) == ["number-out-of-range"]
    assert source.data == {"k": None, "l": 1}
    assert source.is_damaged(("k",))
    assert not source.is_damaged(("l",))


def test_keys_are_kept_as_they_are_written() -> None:
    assert read("1: a\ntrue: b\n~: c\non: d\n0x1: e\n'q': f").data == {
        "1": "a", "true": "b", "~": "c", "on": "d", "0x1": "e", "q": "f",
    }  # fmt: skip


@each_parser
def test_what_only_yaml_1_1_takes_for_a_line_break_is_text(libyaml: bool) -> None:
    source = read("a\u2028b: c\x85d\ufeff\ne: \ue000\n", libyaml=libyaml)
    assert source.data == {"a\u2028b": "c\x85d\ufeff", "e": "\ue000"}
    assert source.span(("e",)) == Span.of(2, 4)


# Places

PLACES = """\
workflow: demo   # the key
steps:
  - id: hello
    to: [lead, rep]
    body: |
      Hi 😀

    subject:
    日本: {a: "x y", b: }
  -
    id: two
"""


@each_parser
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("workflow",), "workflow", "demo"),
        (("steps", 0, "to"), "to", "[lead, rep]"),
        (("steps", 0, "to", 1), "rep", "rep"),
        (("steps", 0, "日本", "a"), "a", '"x y"'),
        (("steps", 0, "日本", "b"), "b", ""),
        (("steps", 0, "subject"), "subject", ""),
        (("steps", 0), "id: hello", "id: hello"),
        (("steps",), "steps", "- id: hello"),
        (("steps", 1), "id: two", "id: two"),
        ((), "workflow: demo", "workflow: demo"),
        (("steps", 0, "missing", 3), "id: hello", "id: hello"),
    ],
)
def test_keys_and_values_are_found_where_they_are_written(
    path: tuple[str | int, ...], key: str, value: str, mark: str, line_break: str, libyaml: bool
) -> None:
    source = read(mark + PLACES.replace("\n", line_break), libyaml=libyaml)
    assert source.diagnostics == ()
    assert written_at(source, source.key_span(path)) == key
    assert written_at(source, source.span(path)) == value


def test_block_text_ends_before_the_blank_lines_after_it() -> None:
    span = read(PLACES).span(("steps", 0, "body"))
    assert (span.start.line, span.start.column, span.end.line, span.end.column) == (5, 11, 6, 11)


def test_how_a_scalar_was_written_can_be_asked() -> None:
    source = read("a: 09:30\nb: '09:30'\nc: [x]\nd: |\n  text")
    assert [source.is_plain((key,)) for key in "abcde"] == [True, False, False, False, False]
    assert [source.scalar_text((key,)) for key in "abce"] == ["09:30", "'09:30'", None, None]


# What is refused


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty-file"), (b"\n# only a comment\n", "empty-file"), (codecs.BOM_UTF8, "empty-file"),
        (b"null", "not-a-mapping"), (b"''", "not-a-mapping"), (b"- a", "not-a-mapping"),
        ("a: 1".encode("utf-16"), "not-utf8"), ("a: 1".encode("utf-32"), "not-utf8"),
        (b"a: \xff", "not-utf8"), (b"a: \xed\xa0\x80", "not-utf8"), (b"a: \xc3", "not-utf8"),
        ("a: 1".encode("utf-16-le"), "binary-file"), (b"a: \x00", "binary-file"),
        (b"a: \xc2\x9b31m", "binary-file"), (b"a: \x7f", "binary-file"), (b"\x89PNG\r\n", "not-utf8"),
        (b"a: 1\n" * 300_000, "file-too-large"), (b"\xff" * 1_048_577, "file-too-large"),
        (b'a: "\\ud800"', "yaml-syntax"), (b'a: "\\UFFFFFFFF"', "yaml-syntax"),
        (b"%YAML 1.1\n---\na: 1", "yaml-syntax"),
        (b"*a", "alias-not-allowed"), (b"<<: {a: 1}", "merge-key-not-allowed"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
@each_parser
def test_a_file_that_is_no_playbook_gets_one_finding(content: bytes, rule: str, libyaml: bool) -> None:
    source = read_source("p.yaml", content, libyaml=libyaml)
    assert rules(source) == [rule]
    assert source.readable == (rule == "merge-key-not-allowed")
    assert (source.data is None) != source.readable


def test_a_file_of_exactly_one_mebibyte_is_read() -> None:
    content = b"a: " + b"x" * (1_048_576 - 3)
    assert read_source("p.yaml", content).readable


@pytest.mark.parametrize(
    ("before", "line", "column", "offset"),
    [(b"", 1, 1, 0), ("é日\r\n😀x".encode(), 2, 3, 12), (codecs.BOM_UTF8 + b"a: ", 1, 4, 6)],
)
def test_a_byte_that_is_not_utf8_is_named_with_its_place(before: bytes, line: int, column: int, offset: int) -> None:
    (found,) = read_source("p.yaml", before + b"\xe9 \xe9").diagnostics
    assert (found.span.start.line, found.span.start.column) == (line, column)
    assert f"offset {offset} " in found.message


@each_parser
def test_the_second_of_two_equal_keys_is_reported_with_the_first_and_the_first_kept(libyaml: bool) -> None:
    source = read("a: 1\nb: 2\n'a': {c: *x, c: 4}\na: 5", libyaml=libyaml)
    assert source.data == {"a": 1, "b": 2}
    assert rules(source) == ["duplicate-key", "alias-not-allowed", "duplicate-key"]
    label = source.diagnostics[0].label
    assert label is not None
    assert label.span == Span.of(1, 1)


@each_parser
def test_unrelated_problems_are_all_reported_in_one_pass(libyaml: bool) -> None:
    source = read("a: &x 1\nb: *x\nc: !t 2\n[d]: 3\n<<: {}\ne: .nan\ne: 1\nf: 'open", libyaml=libyaml)
    assert rules(source) == [
        "anchor-not-allowed", "alias-not-allowed", "tag-not-allowed", "key-not-text", "merge-key-not-allowed",
        "number-out-of-range", "duplicate-key", "yaml-syntax",
    ]  # fmt: skip


def test_aliases_are_never_expanded() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 200))]
    source = read("\n".join(lines))
    assert set(rules(source)) == {"anchor-not-allowed", "alias-not-allowed"}
    assert isinstance(source.data, dict)
    assert source.data["a199"] == [None, None]
    assert len(source.diagnostics) == 2 * 21


def test_the_twenty_first_finding_of_a_rule_counts_the_rest() -> None:
    source = read("".join(f"k{i}: !t v\n" for i in range(500)))
    assert len(source.diagnostics) == 21
    assert source.diagnostics[-1].message == "480 more of these from here on"
    assert source.diagnostics[-1].span.start.line == 21


def test_fifty_levels_are_read_and_one_more_is_refused() -> None:
    def nest(levels: int) -> Source:
        return read("k: " + "[" * (levels - 1) + "]" * (levels - 1) + "\nl: &x 1")

    assert rules(nest(DEPTH_MAX)) == ["anchor-not-allowed"]
    too_deep = nest(DEPTH_MAX + 1)
    assert rules(too_deep) == ["too-deep", "anchor-not-allowed"]
    assert too_deep.readable
    assert too_deep.is_damaged(("k", *[0] * 49))


@each_parser
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10_000, b"k: " + b"[" * 10_000 + b"]" * 10_000, b"{a: " * 10_000, b"- " * 10_000,
        b"? " * 10_000, b"{" * 10_000, b"\n".join(b" " * i + b"a:" for i in range(1_400)), b"[" * 1_048_576,
    ],
    ids=lambda content: repr(content[:12]),
)  # fmt: skip
def test_a_nest_of_thousands_is_one_finding(content: bytes, libyaml: bool) -> None:
    source = read_source("p.yaml", content, libyaml=libyaml)
    assert rules(source).count("too-deep") == 1
    assert set(rules(source)) <= {"too-deep", "key-not-text"}
    assert not source.readable


def test_an_unreadable_file_still_answers_where() -> None:
    source = read("")
    assert source.span(("steps", 0)) == FILE_START
    assert source.key_span(("steps",)) == FILE_START
    assert source.scalar_text(()) is None


# Anything at all

YAML_PARTS = st.sampled_from(
    [*'ab:-?,[]{}"\'#|>&*!%@`\\ \t\n\r~1.+', "\n  ", ": ", "- ", "<<: ", "---\n", "...\n", "\u2028", "日",
     "😀", '"\\ud800"', "{{ x }}", "0x1f", ".inf", "!!str ", "&x ", "*x ", "\x00", "\ufeff"]
)  # fmt: skip
YAML_LIKE = st.lists(YAML_PARTS, max_size=25).map("".join)


@each_parser
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | YAML_LIKE.map(str.encode))
def test_any_bytes_are_answered_and_every_finding_is_inside_the_text(content: bytes, libyaml: bool) -> None:
    source = read_source("p.yaml", content, libyaml=libyaml)
    assert source.readable or source.diagnostics
    spans = [found.span for found in source.diagnostics] + [node.span for node in source.nodes.values()]
    for span in spans:
        assert span.start <= span.end
        assert span == FILE_START or span.end.line <= len(source.lines)
        assert span == FILE_START or span.start.column <= len(source.lines[span.start.line - 1]) + 1
    render_text(source.diagnostics, {"p.yaml": source.text}, colour=True).encode("utf-8")


@pytest.mark.skipif(not HAS_LIBYAML, reason="PyYAML was built without libyaml")
@given(text=YAML_LIKE.filter(lambda text: "\t" not in text))
def test_what_both_parsers_can_read_they_read_alike(text: str) -> None:
    pure, fast = read(text, libyaml=False), read(text, libyaml=True)
    if pure.readable and fast.readable:
        assert (pure.data, pure.nodes, pure.diagnostics) == (fast.data, fast.nodes, fast.diagnostics)


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.from_regex(r"[-+.0-9eExo_:~]{1,6}|true|NULL|<<|=", fullmatch=True)
)  # fmt: skip
JSON_LIKE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@each_parser
@given(data=st.dictionaries(st.text(max_size=8), JSON_LIKE, min_size=1), flow=st.booleans())
@settings(max_examples=50, deadline=None)
def test_data_dumped_as_yaml_is_read_back_the_same(data: dict[str, Any], flow: bool, libyaml: bool) -> None:
    dumped = json.dumps(data, ensure_ascii=False) if flow else _dump_with_quotes(data)
    source = read(dumped, libyaml=libyaml)
    if source.diagnostics:  # JSON leaves DEL, C1 and noncharacters raw; YAML wants them escaped
        assert rules(source)[0] == "binary-file"
        return
    assert source.data == data
    assert json.dumps(source.data, sort_keys=True) == json.dumps(data, sort_keys=True)


def _dump_with_quotes(data: dict[str, Any]) -> str:
    """Block style; text in quotes, because PyYAML leaves plain what only YAML 1.1 takes for text."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, '"'))
    return str(yaml.dump(data, Dumper=Dumper, default_flow_style=False, allow_unicode=True))
