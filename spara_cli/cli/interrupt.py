"""Ctrl-C in long work: the first finishes what is in flight and stops, the second stops now (UX 49)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from spara_cli.cli.context import note


class Interrupt:
    """Whether the person asked to stop."""

    def __init__(self) -> None:
        self.is_asked = False

    def __call__(self) -> bool:
        """Asked between turns."""
        return self.is_asked


@contextmanager
def first_finishes() -> Iterator[Interrupt]:
    """Within, the first SIGINT or SIGTERM only sets the flag; a second one raises KeyboardInterrupt."""
    interrupt = Interrupt()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if interrupt.is_asked:
            raise KeyboardInterrupt
        interrupt.is_asked = True
        note("finishing what is in flight; once more stops now")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
