"""A channel that only remembers what it was handed: for `run --dry-run` and for tests."""

from __future__ import annotations

from spara_cli.model.message import DeliveryKey, Message
from spara_cli.model.message_detail import recorded_detail, recorded_outcome
from spara_cli.model.outcome import Answer, Sent


class RecordingChannel:
    """Answers like the outbox, writes nothing; `sent` holds every message by its key, in order."""

    def __init__(self, call_outcome: str = "no_answer") -> None:
        self._call_outcome = call_outcome
        self.sent: dict[DeliveryKey, Message] = {}

    def send(self, message: Message, key: DeliveryKey) -> Answer:
        """Remember the message."""
        self.sent.setdefault(key, message)
        return Sent(recorded_outcome(message, self._call_outcome), recorded_detail(message))

    def reconcile(self, key: DeliveryKey) -> Answer | None:
        """Sent when it was handed over here."""
        message = self.sent.get(key)
        return self.send(message, key) if message is not None else None

    def flush(self) -> None:
        """Nothing is written, so nothing can be lost."""
