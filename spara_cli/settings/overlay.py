"""Settings laid over settings: what the `settings:` of a test file does to spara.yaml (FORMATS, A test).

The one thing to know: maps merge key by key, to any depth; every other value, lists included, replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
