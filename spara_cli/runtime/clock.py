"""Time and chance enter here and nowhere else: the wall clock, a virtual one, and fresh ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import token_hex


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock, ahead by what fast-forwards have skipped: a project's own present."""

    def __init__(self, shift: timedelta) -> None:
        self._wall, self._shift = WallClock(), shift

    def now(self) -> datetime:
        """The project's present instant, UTC."""
        return self._wall.now() + self._shift


class VirtualClock:
    """A clock that stands still until it is told to jump; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant it was set to, UTC."""
        return self._now

    def jump_to(self, instant: datetime) -> None:
        """Go forward to `instant`; an earlier one changes nothing."""
        self._now = max(self._now, instant)


def new_id(kind: str) -> str:
    """A fresh opaque id, such as `lead_3f9c…`; never reused (L3)."""
    return f"{kind}_{token_hex(8)}"
