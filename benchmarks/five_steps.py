"""10,000 leads through five steps: condition, send, update_lead, condition, send.

State and history are durable after every step (`synchronous=FULL`), an intent is committed before every
send. Prints step transitions per second and peak memory, for a channel that only counts and for the outbox.

    python benchmarks/five_steps.py [--leads 10000] [--channel counting|outbox]
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from spara_cli.channels.counting import CountingChannel
from spara_cli.channels.outbox import Outbox
from spara_cli.model.lead import Lead
from spara_cli.model.rules import Rules
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.clock import WallClock
from spara_cli.runtime.publishing import Author, InFlight, publish
from spara_cli.runtime.tick import run_until_idle
from spara_cli.runtime.world import World
from spara_cli.store.sqlite.store import SqliteStore

STEPS = 5
PLAYBOOK = {
    "workflow": "five-steps",
    "trigger": {"where": [{"field": "num_employees", "op": "greater_than", "value": 10}]},
    "steps": [
        {
            "id": "size",
            "type": "condition",
            "branches": [
                {"name": "Big", "when": [{"field": "num_employees", "op": "at_least", "value": 500}]},
                {"name": "Small"},
            ],
        },
        {
            "id": "hello",
            "type": "send_email",
            "subject": "Hi {{ first_name }}",
            "body": "How is {{ company_name | default: 'work' }}?",
        },
        {"id": "mark", "type": "update_lead", "set": {"stage": "contacted"}},
        {
            "id": "again",
            "type": "condition",
            "branches": [
                {"name": "Contacted", "when": [{"field": "stage", "op": "equals", "value": "contacted"}]},
                {"name": "Other"},
            ],
        },
        {"id": "text", "type": "send_text", "body": "Hello {{ first_name }}"},
    ],
}


def main() -> None:
    """Run the workload once and print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--channel", choices=["counting", "outbox"], default="counting")
    options = parser.parse_args()
    clock = WallClock()
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "spara.db", clock.now())
        outbox = Outbox(Path(folder) / "outbox", clock)
        channel = CountingChannel() if options.channel == "counting" else outbox
        world = World(store, clock, Rules(), channel)
        now = clock.now()
        with store.database.transaction():
            store.leads.put([_lead(number, now) for number in range(options.leads)])
        publish(world, Workflow.model_validate_json(json.dumps(PLAYBOOK)), InFlight(), Author(), now)
        started = time.perf_counter()
        counts = run_until_idle(world)
        seconds = time.perf_counter() - started
        store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = counts.finished * STEPS
    speed = f"{steps:,} steps in {seconds:.2f} s = {steps / seconds:,.0f} steps/s"
    print(f"{options.channel}: {speed}, peak {memory:.0f} MB")


def _lead(number: int, now: object) -> Lead:
    fields = {
        "email": f"lead{number}@example.com",
        "phone_number": f"+1212555{number % 10000:04d}",
        "first_name": f"Ada{number}",
        "company_name": "Acme",
        "num_employees": 11 + number % 1000,
    }
    return Lead(f"L{number}", fields, now, now, now)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
