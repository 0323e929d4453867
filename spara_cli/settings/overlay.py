"""Settings laid over settings: what the `settings:` of a test file does to spara.yaml (FORMATS, A test).

The one thing to know: maps merge key by key, to any depth; every other value, lists included, replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spara_cli.diagnostics import Diagnostic
from spara_cli.playbook.locate import value_at
from spara_cli.playbook.parse import parse_model
from spara_cli.playbook.reading import Path
from spara_cli.playbook.source import Source
from spara_cli.settings.model import Project


def overlay_settings(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `overlay` laid over it; neither is changed, though they share what is not merged."""
    merged = dict(base)
    for key, value in overlay.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = overlay_settings(below, value)
        else:
            merged[key] = value
    return merged


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """The settings that say only this: `("account", "zone")` gives `{"account": {"zone": value}}`."""
    *above, last = path
    settings: dict[str, Any] = {last: value}
    for key in reversed(above):
        settings = {key: settings}
    return settings


def parse_overlay(
    base: Mapping[str, Any], source: Source, at: Path = ("settings",)
) -> tuple[Project | None, tuple[Diagnostic, ...]]:
    """The project that the settings at `at` in `source` make of `base`, or None with the reasons, located in `source`.

    `base` is `Settings.data`, which is without errors: what is wrong was laid over it. None without a reason when
    there is no mapping at `at`, which is the source's own model to complain of.
    """
    overlay = value_at(source.data, at)
    if not isinstance(overlay, Mapping):
        return None, ()
    nodes = {path[len(at) :]: node for path, node in source.nodes.items() if path[: len(at)] == at}
    damaged = frozenset(path[len(at) :] for path in source.damaged if path[: len(at)] == at)
    merged = overlay_settings(base, overlay)
    return parse_model(Source(source.path, source.text, merged, (), source.lines, nodes, damaged), Project)
