"""What `publish`, `unpublish` and `cancel` share: checked files, the question, who and from which commit."""

from __future__ import annotations

import getpass
import subprocess
from pathlib import Path

from spara_cli.runtime.publishing import Author


def author_of(root: Path) -> Author:
    """The user's name and the commit of the project's checkout, each None when it cannot be known."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = None
    return Author(name, _commit(root))


def _commit(root: Path) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
