"""SPEC S6: templates are Liquid under limits, total for data, and give lead data no say in Markdown."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.model import template as template_module
from spara_cli.model.template import OUTPUT_MAX, TemplateError, compile_template
from spara_cli.model.template_engine import parse_liquid

LEAD: dict[str, object] = {
    "first_name": "Ada",
    "white": "  ",
    "nothing": None,
    "tags": ["a", "b"],
    "empty_list": [],
    "yes": True,
    "no": False,
    "whole": 3.0,
    "tail": 0.1 + 0.2,
    "huge": 1e21,
    "tiny": 0.0000001,
    "count": 42,
    "last_call": {"outcome": "answered", "white": ""},
    "at": "2026-03-02T14:30:00Z",
    "when": datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
    "half": "a\ud83d",
}


def render(source: str, **scope: object) -> str:
    return compile_template(source).render({**LEAD, **scope})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("no tags at all {x} %}", "no tags at all {x} %}"),
        ("Hi {{ first_name }}!", "Hi Ada!"),
        ("Hi {{nobody}}!", "Hi !"),
        ("[{{ white }}{{ nothing }}{{ last_call.white }}{{ last_call.none }}{{ first_name.x }}]", "[]"),
        ("{{ last_call.outcome }}", "answered"),
        ("{{ last_call }}", ""),
        ("{{ tags }} {{ empty_list }}", "a, b "),
        ("{{ yes }} {{ no }}", "true false"),
        ("{{ whole }} {{ tail }} {{ huge }} {{ tiny }} {{ count }}", "3 0.3 1000000000000000000000 0.0000001 42"),
        ("{{ when }}", "2026-03-02T14:30:00Z"),
        ("{{ half }}", "a\ufffd"),
        ('{{ nobody | default: "there" }} {{ white | default: "there" }}', "there there"),
        ("{{ first_name | default: 'there' }} {{ no | default: 'x' }}", "Ada x"),
        ("{{ no | default: 'x', allow_false: true }}", "false"),
        ("{{ yes | upcase }} {{ yes | append: no }} {{ tags | upcase }}", "TRUE truefalse A, B"),
        ("{{ tags | join }} {{ tags | join: '; ' }} {{ tags | size }}", "a b a; b 2"),
        ("{{ count | plus: 0.5 }} {{ count | divided_by: 4 }} {{ count | times: 1.5 }}", "42.5 10 63"),
        ("{% if first_name %}y{% endif %}{% if white %}n{% else %}m{% endif %}", "ym"),
        ("{% if count > 40 and first_name == 'Ada' %}y{% endif %}", "y"),
        ("{% for tag in tags %}{{ tag }}{% unless forloop.last %}-{% endunless %}{% endfor %}", "a-b"),
        ("{% assign x = first_name | downcase %}{{ x }}", "ada"),
        ("{% assign gap = ' ' %}a{{ gap }}b", "a b"),
        ("{% raw %}{{ x }}{% endraw %}{% comment %}{{ y }} {% include 'z' %}{% endcomment %}", "{{ x }}"),
        ("a {{- first_name -}} b", "aAdab"),
        ("{{ 'a,b,a' | split: ',' | uniq | join }}", "a b"),
    ],
)
def test_a_template_renders_to(source: str, text: str) -> None:
    assert render(source) == text
    assert type(render(source)) is str


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ at | date: '%Y-%m-%d %H:%M' }}", "2026-03-02 14:30"),
        ("{{ at | date: '%-d %b %e|%l %P|%F %R|%%|%Q', 'America/New_York' }}", "2 Mar  2| 9 am|2026-03-02 09:30|%|%Q"),
        ("{{ at | date: '%s' }} {{ 0 | date: '%Y %^a' }}", "1772461800 1970 THU"),
        ("{{ when | date: '%H', nobody }}{{ nobody | date: '%H' }}", "14"),
        ("{{ 'soon' | date: '%H' }} {{ '10:30' | date: '%Y' }}", "soon 10:30"),
        ("{{ at | date }}", "2026-03-02T14:30:00Z"),
    ],
)
def test_date_is_iso_text_in_utc_or_a_named_zone_and_never_guesses(source: str, text: str) -> None:
    assert render(source) == text


def test_now_is_what_the_scope_says_and_without_it_an_error() -> None:
    for word in ("now", "today"):
        source = f"{{{{ '{word}' | date: '%Y' }}}}"
        assert render(source, now=datetime(1999, 1, 1, tzinfo=UTC)) == "1999"
        assert render(source, now=date(1998, 1, 1)) == "1998"
        with pytest.raises(TemplateError, match="no `now` is given"):
            render(source)
        assert render(f"[{{{{ {word} }}}}{{% if {word} %}}{{{{ {word} | upcase }}}}{{% endif %}}]") == "[]"


@pytest.mark.parametrize(
    ("source", "line", "column", "message"),
    [
        ("a\n b {{ name", 2, 4, "`{{` is not closed by `}}`"),
        ("{{ }}", 1, 1, "nothing stands between"),
        ("{{ first name }}", 1, 10, "expected the end, found word"),
        ("x\n{% if a %}\n", 2, 1, "`{% if %}` has no `{% endif %}`"),
        ("{% if a %}{% endfor %}", 1, 11, "`endfor` inside `if`"),
        ("{% endif %}", 1, 1, "`endif` without its beginning"),
        ("{% unles a %}", 1, 1, "unknown tag `unles`: did you mean `unless`?"),
        ("ab {% include 'x' %}", 1, 4, "the tag `include` is switched off"),
        ("{% render 'x' %}", 1, 1, "the tag `render` is switched off"),
        ("{{ a | truncat: 3 }}", 1, 8, "unknown filter `truncat`: did you mean `truncate`?"),
        ("{{ a | escape }}", 1, 8, "switched off: values are escaped"),
        ("a\n{% if a == %}{% endif %}", 2, 1, "expected a value"),
        ("{% raw %}", 1, 1, "has no `{% endraw %}`"),
        ("{{ " + "a" * 3000 + " }}", 1, 1, "at most 2,000 characters"),
        ("{{ a }}" + "x" * 70_000, 1, 1, "at most 65,536 characters"),
        ("{% if a %}" * 40, 1, 301, "nested more than 30 deep"),
    ],
)
def test_a_mistake_is_located_in_the_source(source: str, line: int, column: int, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..1000000000) reversed %}x{% endfor %}",
        "{% for i in (1..count) %}{% for j in (1..9000) %}{% for k in (1..9000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ (1..1000000000) | join }}",
        "{% assign s = 'a' %}{% for i in (1..1000) %}{% assign s = s | append: s %}{% endfor %}",
        "{{ 'a'" + " | replace: 'a', 'aaaaaaaaaa'" * 60 + " }}",
        "{{ 9" + " | times: 99999999999" * 90 + " }}",
        "{% for i in (1..9999) %}" + "{% assign x = first_name | upcase | downcase %}" * 20 + "{% endfor %}",
        "{% for i in (1..9999) %}{{ first_name }}" + "y" * 30 + "{% endfor %}",
        "{% for i in (1..100) %}{{ first_name }}{% endfor %}" * 1200,
        "{{ 5 | divided_by: 0 }}",
        "{{ first_name | upcase: 3 }}",
        "{% break %}",
        "{{ at | date: '%H', '../../etc/passwd' }}",
    ],
)
def test_a_limit_or_a_filter_that_fails_is_a_template_error_within_two_seconds(source: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError):
        render(source)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("source", ["{{" * 30_000, "{{ a" + " " * 1_900 + "b }}", "{%" * 30_000, "{% raw %}" * 7_000])
def test_hostile_source_is_refused_at_once(source: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateError):
        compile_template(source)
    assert time.process_time() - started < 1


def test_output_is_bounded_also_without_tags() -> None:
    for source in ("{{ x }}", "{{ x | append: '' }}", "{{ x }}{% if y %}{% endif %}"):
        assert len(render(source, x="é" * (OUTPUT_MAX // 2))) == OUTPUT_MAX // 2
        with pytest.raises(TemplateError):
            render(source, x="é" * (OUTPUT_MAX // 2 + 1))
    with pytest.raises(TemplateError):
        compile_template("x" * (OUTPUT_MAX + 1))


def test_variables_are_located_and_know_whether_they_are_guarded() -> None:
    source = (
        "{{ a }}\n{{ b | default: 'x' }}{% if c.d %}{{ c.d }}{% else %}{{ c.d }}{% endif %}\n"
        "{% for x in xs %}{{ x.y }}{{ z }}{% endfor %}{% assign q = r %}{{ q }}"
        "{% unless u %}{{ u }}{% else %}{{ u }}{% endunless %}{% if v or w %}{{ v }}{% endif %}"
        "{% if v != blank and w > 3 %}{{ v }}{{ w }}{% endif %}{% case k %}{% when 'x' %}{{ k }}{% endcase %}"
    )
    found = [(used.name, used.guarded) for used in compile_template(source).variables]
    assert found == [
        *(("a", False), ("b", True), ("c.d", True), ("c.d", True), ("c.d", False)),
        *(("xs", False), ("z", False), ("r", False), ("u", True), ("u", False), ("u", True)),
        *(("v", True), ("w", True), ("v", False), ("v", True), ("w", True), ("v", True), ("w", True)),
        *(("k", True), ("k", True)),
    ]
    first, second = compile_template(source).variables[:2]
    assert (first.position.line, first.position.column) == (1, 4)
    assert (second.position.line, second.position.column) == (2, 4)
    assert compile_template("{{ a | upcase | default: b }}").filters == ("default", "upcase")


def test_the_engine_is_not_imported_for_literals_and_bare_names() -> None:
    program = (
        "import sys; from spara_cli.model.template import compile_template as c;"
        "c('x').render({}); c('{{ a }} {{ b.c }} {{ d | default: \"x\" }}').render({});"
        "assert 'liquid' not in sys.modules; c('{{ a | upcase }}'); assert 'liquid' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# What the own path for bare names says is what the engine says.

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
SCOPES = st.dictionaries(st.sampled_from(["a", "b", "c", "now"]), VALUES)
BARE = st.lists(
    st.sampled_from(
        ["{{ a }}", "{{a.b}}", "{{ b.c.a }}", '{{ a | default: "*x*" }}', "{{ c.a|default:'' }}", "\\", "x *", "\n"]
    ),
    max_size=6,
).map("".join)


@settings(deadline=None)
@given(BARE, SCOPES)
def test_the_fast_path_renders_exactly_what_the_engine_renders(source: str, scope: dict[str, object]) -> None:
    fast = compile_template(source)
    assert not isinstance(fast, template_module._EngineTemplate)
    engine = template_module._EngineTemplate(source, parse_liquid(source))
    assert fast.render_both(scope) == engine.render_both(scope)
    assert fast.render(scope) == engine.render(scope)
    assert fast.variables == engine.variables
    assert fast.filters == engine.filters


PIECES = [
    *("{{ a }}", "{{ a | upcase }}", "{{ a.b[0] }}", "{{ a | date: b }}", "{% if a %}", "{% else %}", "{% endif %}"),
    *("{% for x in a %}", "{{ x }}", "{% endfor %}", "{% assign c = b | split: '' %}", "{{ c | join: a }}"),
    *("{% capture d %}", "{% endcapture %}", "{{ d }}", "{{ a | plus: b | round: c }}", "{{ b | slice: a, c }}"),
    *("{{ a | sort | uniq | sum }}", "{% case a %}", "{% when b %}", "{% endcase %}", "{%", "}}", "{{", "%}", "|"),
    *("{{ a | map: b }}", "{{ b | truncate: a }}", "{{ a | where: b, c }}", "{{ (a..b) | last }}", "{% break %}"),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join), SCOPES)
def test_nothing_but_a_template_error_is_ever_raised(source: str, scope: dict[str, object]) -> None:
    try:
        template = compile_template(source)
        template.render_both(scope)
    except TemplateError as error:
        assert error.line >= 1 and error.column >= 1
