"""`compile_workflow`: a checked workflow becomes a program, once per version.

Branches are flattened: every step gets an index in reading order, and the step that follows it in
its list, or where its branch rejoins (S7), is worked out here so that `advance` only follows numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from spara_cli.engine.program import END, Exits, Program, Reentry, Slot, TriggerProgram
from spara_cli.model import fields
from spara_cli.model.criteria import WhereNode, criteria_of
from spara_cli.model.operators import RELATIVE_OPERATORS
from spara_cli.model.predicate import compile_where
from spara_cli.playbook.workflow import AfterExit, Path, PerKey, Trigger, Workflow, step_id
from spara_cli.steps import BaseStep, ConditionStep, Place
from spara_cli.steps.base import MAX_VISITS


class _Layout:
    """The steps of a workflow in reading order, with the index each leads to."""

    def __init__(self, workflow: Workflow) -> None:
        self.steps: list[BaseStep] = []
        self.ids: list[str] = []
        self.after: list[int] = []
        self.branch_starts: list[tuple[int, ...]] = []
        self._number(workflow.steps, ("steps",))
        self.index = {identity: number for number, identity in enumerate(self.ids)}
        self._link(workflow.steps, 0, END)

    def _number(self, steps: Sequence[BaseStep], path: Path) -> None:
        for position, step in enumerate(steps):
            here = (*path, position)
            self.steps.append(step)
            self.ids.append(step_id(here, step))
            self.after.append(END)
            self.branch_starts.append(())
            for number, branch in enumerate(step.branches_of):
                self._number(branch.body, (*here, "branches", number, "steps"))

    def _link(self, steps: Sequence[BaseStep], first: int, rejoin: int) -> int:
        """Fill in where each step of a list leads, the list beginning at `first`; answers the index past it."""
        at = first
        for position, step in enumerate(steps):
            mine = at
            at += 1 + sum(_size(branch.body) for branch in step.branches_of)
            after = at if position + 1 < len(steps) else rejoin
            # `next` is also where the branches of the step rejoin (S7).
            after = self.index_of(step.next) if step.next is not None else after
            self.after[mine] = after
            starts, inner = [], mine + 1
            for branch in step.branches_of:
                starts.append(inner if branch.body else after)
                inner = self._link(branch.body, inner, after)
            self.branch_starts[mine] = tuple(starts)
        return at

    def index_of(self, target: str) -> int:
        """The index of a step id or of `end`; KeyError for a target that a check should have refused."""
        return END if target == fields.END else self.index[target]


def compile_workflow(workflow: Workflow, version: int, zone: ZoneInfo) -> Program:
    """The program of a workflow that has no error; `zone` is the account's.

    Raises KeyError for a `next`, `on` or `goto` target that does not exist: check the workflow first.
    """
    layout = _Layout(workflow)
    slots = tuple(_slot(layout, number, workflow.workflow, zone) for number in range(len(layout.steps)))
    settings, goal = workflow.settings, workflow.settings.goal
    stays = any(isinstance(step, ConditionStep) and step.otherwise == "stay" for step in layout.steps)
    return Program(
        workflow=workflow.workflow,
        version=version,
        slots=slots,
        index=layout.index,
        trigger=_trigger(workflow.trigger, zone),
        exits=Exits(
            settings.end_on_email_reply,
            settings.end_on_text_reply,
            settings.end_on_call_answer,
            settings.end_on_unsubscribe,
            settings.end_on_bounce,
        ),
        goal=compile_where(goal.where, zone) if goal is not None else None,
        goal_reason=goal.outcome if goal is not None else "goal",
        late_after=settings.late_after,
        exclusive_group=settings.exclusive_group,
        watches_fields=goal is not None or stays,
    )


def _size(steps: Sequence[BaseStep]) -> int:
    return sum(1 + sum(_size(branch.body) for branch in step.branches_of) for step in steps)


def _slot(layout: _Layout, number: int, workflow: str, zone: ZoneInfo) -> Slot:
    step, after = layout.steps[number], layout.after[number]
    place = Place(layout.ids[number], after, layout.branch_starts[number], layout.index_of, zone, workflow)
    return Slot(
        index=number,
        id=place.id,
        type=step.type,
        run=step.compile(place),
        next=after,
        routes={outcome: layout.index_of(target) for outcome, target in step.on.items()},
        only_if=compile_where(step.only_if, zone) if step.only_if is not None else None,
        max_visits=step.max_visits or MAX_VISITS,
    )


def _trigger(trigger: Trigger, zone: ZoneInfo) -> TriggerProgram:
    reentry = Reentry()
    if isinstance(trigger.reentry, AfterExit):
        reentry = Reentry("after_exit", after_exit=trigger.reentry.after_exit)
    elif isinstance(trigger.reentry, PerKey):
        reentry = Reentry("per_key", key=trigger.reentry.per)
    return TriggerProgram(
        on=trigger.on,
        where=compile_where(trigger.where, zone) if trigger.where is not None else None,
        active_within=trigger.active_within,
        reentry=reentry,
        backfill=trigger.backfill,
        watches_time=reentry.mode == "after_exit" or _is_relative(trigger.where),
    )


def _is_relative(where: WhereNode | None) -> bool:
    return any(criterion.op in RELATIVE_OPERATORS for criterion in criteria_of(where))
