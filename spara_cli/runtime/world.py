"""The world a turn acts in: the store, the clock, the project's rules, the ways out, the compiled programs.

Built by the command line (`cli/wiring.py`) and by tests; everything below it takes what it needs from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from spara_cli.engine.compile import compile_workflow
from spara_cli.engine.facts import Facts
from spara_cli.engine.program import Program
from spara_cli.errors import StoreError
from spara_cli.model.lead import Lead
from spara_cli.model.ports import Channel, Clock
from spara_cli.model.rules import Rules
from spara_cli.playbook.workflow import Workflow
from spara_cli.store.sqlite.store import SqliteStore
from spara_cli.store.sqlite.workflows import WorkflowRow

EMAIL_CHANNELS = ("email",)
PHONE_CHANNELS = ("text", "call")


@dataclass(slots=True)
class World:
    """One project at work. `channel` delivers every message in this release's modes (outbox, counting)."""

    store: SqliteStore
    clock: Clock
    rules: Rules
    channel: Channel
    programs: dict[tuple[str, int], Program] = field(default_factory=dict)
    _listening: tuple[tuple[WorkflowRow, ...], frozenset[str]] = ((), frozenset())

    def program(self, workflow: str, version: int) -> Program:
        """The compiled program of a published version, compiled once."""
        program = self.programs.get((workflow, version))
        if program is None:
            row = self.store.workflows.version(workflow, version)
            if row is None:
                raise StoreError(f"version {version} of workflow `{workflow}` is missing from the store")
            definition = Workflow.model_validate_json(row.definition)
            program = compile_workflow(definition, version, self.rules.zone)
            self.programs[workflow, version] = program
        return program

    def active(self) -> list[tuple[WorkflowRow, Program]]:
        """The active workflows, each with the program new leads follow."""
        rows = [row for row in self.store.workflows.all() if row.status == "active"]
        return [(row, self.program(row.key, row.version)) for row in rows]

    def listening(self) -> frozenset[str]:
        """The internal events that anybody waits for; only those are written.

        Paused workflows count, for exits act at once in them too (X3), and every version leads may still follow.
        """
        rows = tuple(row for row in self.store.workflows.all() if row.status != "cancelled")
        marks = tuple(replace(row, swept_change=0, swept_at=None) for row in rows)
        if marks != self._listening[0]:
            names: set[str] = set()
            for row in rows:
                for version in range(1, row.version + 1):
                    program = self.program(row.key, version)
                    names |= {"lead_updated"} if program.watches_fields else set()
                    names |= {program.trigger.on} if program.trigger.on is not None else set()
            self._listening = (marks, frozenset(names))
        return self._listening[1]

    def facts(self, leads: Mapping[str, Lead]) -> dict[str, Facts]:
        """What the engine may know of these leads now, by id."""
        addresses = {address for lead in leads.values() for address in addresses_of(lead).values()}
        suppressed = self.store.inbox.suppressed(sorted(addresses))
        found = {}
        for identity, lead in leads.items():
            stopped: dict[str, str] = {}
            if suppressed:
                for channel, address in addresses_of(lead).items():
                    reason = suppressed.get((channel, address))
                    if reason is not None:
                        stopped[channel] = reason
            found[identity] = Facts(lead, self.rules, stopped)
        return found


def addresses_of(lead: Lead) -> dict[str, str]:
    """A lead's address on each channel, as suppressions know it: folded email, E.164 number."""
    found = {}
    email, phone = lead.text("email"), lead.text("phone_number")
    if email is not None:
        found["email"] = email.casefold()
    if phone is not None:
        found |= {"text": phone, "call": phone}
    return found
