"""What a case leaves behind: its timeline, and what of the workflow it has used (SPEC V2, coverage).

The one thing to know: most of what was used can be read off the timeline. How a `wait_for` ended cannot, for it
leaves no entry of its own; that is noted as it happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spara_cli.engine.program import Program
from spara_cli.model.enrollment import Enrollment, State
from spara_cli.model.entry import Entry
from spara_cli.model.event import Due, Event, Happened


@dataclass(slots=True)
class Run:
    """What came of a case: the timeline, the steps reached, and the pairs of step and outcome (or branch).

    `endless` says where the lead was when the case was stopped; None when it ended. `unmet` are the trigger's
    criteria that kept the lead out the last time, none once it has entered.
    """

    entries: list[Entry] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    outcomes: set[tuple[str, str]] = field(default_factory=set)
    endless: str | None = None
    unmet: tuple[str, ...] = ()

    def note(self, entry: Entry) -> None:
        """Write down an entry, and the outcome it tells of: its own, or the disposition of a call."""
        self.entries.append(entry)
        if entry.step is None:
            return
        words = [entry.outcome, entry.detail.get("disposition")]
        if entry.kind == "skipped" and entry.reason == "failed":
            words.append("failed")  # recorded as skipped where no route tells it apart (S5)
        self.outcomes.update((entry.step, word) for word in words if isinstance(word, str))

    def note_awaited(self, program: Program, before: Enrollment, after: Enrollment, event: Event) -> None:
        """Write down how a `wait_for` ended, when this event has ended one."""
        slot = program.slot_of(before.step)
        if slot is None or slot.type != "wait_for" or before.state is not State.AWAITING:
            return
        if (after.step, after.visit, after.state) == (before.step, before.visit, before.state):
            return
        if after.state is State.FINISHED and after.reason != "completed" and after.step == before.step:
            return  # an exit took the lead out of the wait
        if isinstance(event, Due):
            self.outcomes.add((slot.id, "timed_out"))
        elif isinstance(event, Happened):
            self.outcomes.add((slot.id, "happened"))
