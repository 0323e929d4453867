"""A channel that only counts: what benchmarks send through, so that they measure spara and nothing else."""

from __future__ import annotations

from spara_cli.model.message import DeliveryKey, Message
from spara_cli.model.message_detail import recorded_outcome
from spara_cli.model.outcome import Answer, Sent


class CountingChannel:
    """Takes everything, keeps nothing. `sent` is how many messages came; not exact across threads."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, message: Message, key: DeliveryKey) -> Answer:
        """Count it and answer with the outcome an outbox would give, without detail."""
        self.sent += 1
        return Sent(recorded_outcome(message))

    def reconcile(self, key: DeliveryKey) -> Answer | None:
        """None: nothing is kept, so nothing is known to have gone out."""
        return None

    def flush(self) -> None:
        """Nothing is written, so nothing can be lost."""
