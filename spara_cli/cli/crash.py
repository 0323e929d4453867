"""The crash log: what a defect of ours leaves behind, for a bug report (UX 61)."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from spara_cli import __version__
from spara_cli.runtime.clock import WallClock


def write_crash_log(error: Exception, arguments: Sequence[str], project: Path | None) -> str:
    """Write versions, the command's words and the traceback; the path, or a word when nothing can be written."""
    stamp = WallClock().now().strftime("%Y%m%dT%H%M%S%f")
    body = "\n".join(
        [
            f"spara {__version__}, Python {platform.python_version()}, {platform.platform()}",
            # Only the command itself: values may hold a person's data.
            f"command: spara {' '.join(word for word in arguments[:2] if not word.startswith('-'))}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    for folder in ((project or Path.cwd()) / ".spara" / "logs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"crash-{stamp}.log"
            target.write_text(body, encoding="utf-8")
        except OSError:
            continue
        return str(target)
    sys.stderr.write(body)
    return "the lines above"
