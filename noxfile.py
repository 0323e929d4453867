"""Every check of the project, each one session: `nox` runs all, `nox -t static` all but the tests.

All sessions share one environment: the one nox runs in when it holds the `dev` extra (as after
`pip install -e ".[dev]"`), else `.nox/dev`, made once and made again when pyproject.toml changes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from importlib import metadata
from pathlib import Path

import nox

nox.options.error_on_missing_interpreters = True

TOOLS = ("hypothesis", "import-linter", "jsonschema", "mypy", "pytest", "pytest-xdist", "ruff", "spara")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as main; main()"


@nox.session(venv_backend="none", tags=["static"])
def lint(session: nox.Session) -> None:
    """Ruff: the rules, and the format nobody discusses."""
    python = _python(session)
    session.run(python, "-m", "ruff", "check", ".")
    session.run(python, "-m", "ruff", "format", "--check", ".")


@nox.session(venv_backend="none", tags=["static"])
def types(session: nox.Session) -> None:
    """Mypy in strict mode over the package and this file."""
    session.run(_python(session), "-m", "mypy")


@nox.session(venv_backend="none", tags=["static"])
def layers(session: nox.Session) -> None:
    """The import contracts of pyproject.toml: who may know whom, and how pure the core is."""
    session.run(_python(session), "-c", LINT_IMPORTS, "--no-logo", "--no-cache")


@nox.session(venv_backend="none", tags=["static"])
def schemas(session: nox.Session) -> None:
    """The JSON Schemas in schemas/ are what the models would generate today."""
    session.run(_python(session), "-m", "spara_cli.cli.schema", "--check", "schemas")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Documents agree with the code and with each other; the tests marked `docs`, alone."""
    session.run(_python(session), "-m", "pytest", "-q", "-m", "docs", *session.posargs)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Every test, on every core; arguments after `--` go to pytest."""
    session.run(_python(session), "-m", "pytest", "-n", "auto", *session.posargs)


def _python(session: nox.Session) -> str:
    """The interpreter that has the `dev` extra: ours, or that of `.nox/dev`, made when missing or stale."""
    if all(map(_installed, TOOLS)):
        return sys.executable
    home = Path(".nox", "dev").absolute()
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "pyproject.sha256"
    wanted = hashlib.sha256(Path("pyproject.toml").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        session.run(sys.executable, "-m", "venv", "--clear", str(home))
        session.run(str(python), "-m", "pip", "install", "--quiet", "--editable", ".[dev]")
        stamp.write_text(wanted)
    return str(python)


def _installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
