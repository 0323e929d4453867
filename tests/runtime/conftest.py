"""A world in memory: a real SQLite store, a clock that stands still, a channel that only records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from spara_cli.channels.recording import RecordingChannel
from spara_cli.model.lead import Lead
from spara_cli.model.message import DeliveryKey, Message
from spara_cli.model.outcome import Answer
from spara_cli.model.rules import Agent, Rules
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.clock import VirtualClock
from spara_cli.runtime.lead_changes import create_lead
from spara_cli.runtime.publishing import Author, InFlight, Published, publish
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.store import SqliteStore

START = datetime(2026, 3, 2, 15, tzinfo=UTC)


class Desk:
    """A world with short ways to do what tests do."""

    def __init__(self, store: SqliteStore) -> None:
        self.clock = VirtualClock(START)
        self.channel = RecordingChannel()
        rules = Rules(agents={"sdr": Agent("sdr", "+12125550199")})
        self.world = World(store, self.clock, rules, self.channel)

    def lead(self, identity: str = "L1", **fields: Any) -> Lead:
        values = {"email": f"{identity.lower()}@example.com", "first_name": "Ada", "phone_number": "+12125550100"}
        return create_lead(self.world, identity, {**values, **fields}, self.clock.now())

    def publish(self, steps: list[dict[str, Any]], *in_flight: str, **keys: Any) -> Published:
        content = {"workflow": "w", "steps": steps, **keys}
        workflow = Workflow.model_validate_json(json.dumps(content))
        return publish(self.world, workflow, InFlight.parse(in_flight), Author("ada"), self.clock.now())

    def kinds(self, identity: str = "L1") -> list[str]:
        return [row.entry.kind for row in self.world.store.timeline.of_lead(identity)]

    def last(self, identity: str = "L1") -> Any:
        return self.world.store.timeline.of_lead(identity)[-1].entry


@pytest.fixture
def desk() -> Iterator[Desk]:
    store = SqliteStore.in_memory(START)
    yield Desk(store)
    store.close()


class Crash(BaseException):
    """The process dies here."""


class Faulty:
    """A channel that answers as told, or dies before or after the message went out."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.answers, self.die = inner, list[Answer](), ""

    def send(self, message: Message, key: DeliveryKey) -> Answer:
        if self.die == "before":
            raise Crash
        if self.answers:
            return self.answers.pop(0)
        answer = self.inner.send(message, key)
        if self.die == "after":
            raise Crash
        return answer

    def reconcile(self, key: DeliveryKey) -> Answer | None:
        return self.inner.reconcile(key)

    def flush(self) -> None:
        self.inner.flush()
