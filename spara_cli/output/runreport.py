"""What a run did, as a line and as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spara_cli.output.jsonout import dumps, envelope

KEYS = ("turns", "entered", "advanced", "sent", "skipped", "held", "blocked", "finished")


def as_json(counts: Mapping[str, int], seconds: float, *, recorded: Sequence[Mapping[str, Any]] | None) -> str:
    """The counts; with `recorded`, what a dry run would have sent."""
    keys: dict[str, Any] = {name: counts[name] for name in KEYS} | {"seconds": round(seconds, 3)}
    if recorded is not None:
        keys |= {"dry_run": True, "would_send": list(recorded)}
    return dumps(envelope("run", True, **keys))


def as_text(counts: Mapping[str, int], seconds: float, *, recorded: Sequence[Mapping[str, Any]] | None) -> str:
    """One line of counts, and for a dry run a line for each message."""
    lines = []
    for message in recorded or ():
        to = message.get("to", "")
        shown = ", ".join(map(str, to)) if isinstance(to, list) else str(to)
        headline = str(message.get("subject") or message.get("body") or message.get("url") or "").splitlines()
        lines.append(f"would send\t{message['channel']}\t{shown}\t{headline[0] if headline else ''}")
    words = [
        f"{counts[name]:,} {_noun(name, counts[name])}"
        for name in KEYS
        if counts[name] or name in ("advanced", "sent", "finished")
    ]
    lines.append(f"{'dry run: ' if recorded is not None else ''}{', '.join(words)} in {seconds:.1f} s")
    return "\n".join(lines)


def _noun(name: str, count: int) -> str:
    """The counts are participles but for the turns."""
    return "turn" if name == "turns" and count == 1 else name
