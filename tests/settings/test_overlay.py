"""What a test file's settings do to spara.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.playbook.source import read_source
from spara_cli.settings.overlay import nested, overlay_settings, parse_overlay

MAPS = st.recursive(
    st.none() | st.integers() | st.lists(st.integers()),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner),
).filter(lambda value: isinstance(value, dict))


@pytest.mark.parametrize(
    ("base", "overlay", "merged"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
    ],
)
def test_maps_merge_and_other_values_replace(
    base: dict[str, Any], overlay: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert overlay_settings(base, overlay) == merged


@given(MAPS, MAPS, MAPS)
def test_laying_over_nothing_or_twice_changes_nothing_more(
    base: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert overlay_settings(base, {}) == base
    once = overlay_settings(base, first)
    assert overlay_settings(once, first) == once
    assert set(overlay_settings(once, second)) == {*base, *first, *second}


def test_nested_puts_a_value_at_its_path() -> None:
    assert nested(("a", "b", "c"), 1) == {"a": {"b": {"c": 1}}}


BASE = {"account": {"zone": "Europe/Berlin"}, "windows": {"call": {"mon": ["08:00-09:00"]}}}


def test_the_settings_of_a_test_file_are_checked_together_with_those_below() -> None:
    text = "workflow: x\nsettings:\n  windows: {call: {zone: lead}, email: null}\ntests: []\n"
    project, found = parse_overlay(BASE, read_source("x.test.yaml", text.encode()))
    assert found == ()
    assert project is not None
    assert project.windows is not None
    assert project.windows.call == {"mon": ["08:00-09:00"], "zone": "lead"}
    assert project.account.zone == "Europe/Berlin"


def test_a_mistake_in_the_settings_of_a_test_file_is_located_there() -> None:
    text = "workflow: x\nsettings:\n  account: {zoen: UTC}\n  windows: {call: {mon: [x]}}\ntests: []\n"
    project, found = parse_overlay(BASE, read_source("x.test.yaml", text.encode()))
    assert project is None
    assert {(each.path, each.span.start.line, each.span.start.column, each.rule) for each in found} == {
        ("x.test.yaml", 3, 13, "unknown-key"),
        ("x.test.yaml", 4, 26, "invalid-window"),
    }


@pytest.mark.parametrize("text", ["workflow: x\n", "workflow: x\nsettings: 3\n"])
def test_without_a_mapping_there_is_nothing_to_lay_over(text: str) -> None:
    assert parse_overlay(BASE, read_source("x.test.yaml", text.encode())) == (None, ())
