"""The import contracts of pyproject.toml cover the whole package; `nox -s layers` then checks them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PURE = {"model", "steps", "playbook", "engine", "lint", "publish", "simulate"}


def _contract(name: str) -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == name)


def _packages() -> set[str]:
    return {path.parent.name for path in (ROOT / "spara_cli").glob("*/__init__.py")}


def test_every_package_has_a_layer() -> None:
    layered = {part.strip(" ()") for layer in _contract("layers")["layers"] for part in layer.split("|")}
    assert _packages() <= layered


def test_every_package_of_the_core_that_exists_is_held_to_purity() -> None:
    held = {name.removeprefix("spara_cli.") for name in _contract("pure-core")["source_modules"]}
    assert held == PURE & _packages(), "bring source_modules in pyproject.toml in line"
