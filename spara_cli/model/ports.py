"""The border of the pure core: what the world must offer, as Protocols."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from spara_cli.model.message import DeliveryKey, Message
from spara_cli.model.outcome import Answer


class Channel(Protocol):
    """One way out. `send` never raises for what the provider does; every fault is an `Answer`."""

    def send(self, message: Message, key: DeliveryKey) -> Answer:
        """Deliver once under `key`; calling again with the same key must not deliver twice if it can know."""
        ...

    def reconcile(self, key: DeliveryKey) -> Answer | None:
        """What became of an attempt whose result was lost; None when it certainly never went out."""
        ...

    def flush(self) -> None:
        """Make everything that `send` answered for survive a power cut; called before results are committed."""
        ...


class Clock(Protocol):
    """Where time comes from: the wall in `run`, a virtual clock in tests and fast-forward."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...
