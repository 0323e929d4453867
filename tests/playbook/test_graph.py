"""The step graph: the ways a lead can go, as the engine goes them (SPEC S7, S8)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from spara_cli.engine.compile import compile_workflow
from spara_cli.playbook.graph import NO_BRANCH, StepGraph
from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow

EVERYONE = "field: id, op: is_defined"


def workflow_of(steps: str) -> Workflow:
    parsed = parse_workflow(read_source("p.yaml", f"workflow: trial\nsteps:\n{steps}".encode()))
    assert parsed.workflow is not None, parsed.diagnostics
    return parsed.workflow


def edges(steps: str) -> list[tuple[str, str, str]]:
    return [(edge.source, edge.label, edge.target) for edge in StepGraph(workflow_of(steps)).edges]


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (
            "- {id: a, type: wait, for: 1 day}\n- {id: b, type: wait, for: 1 day}",
            [("a", "", "b"), ("b", "", "end")],
        ),
        (
            "- {id: a, type: send_text, body: x, next: a, on: {failed: end}}",
            [("a", "failed", "end"), ("a", "", "a")],
        ),
        (
            "- {id: a, type: goto, step: b}\n- {id: b, type: end, outcome: dropped}",
            [("a", "", "b"), ("b", "dropped", "end")],
        ),
        (
            f"- {{id: a, type: goto, step: a, only_if: {{{EVERYONE}}}}}\n- {{id: b, type: end}}",
            [("a", "", "a"), ("a", "", "b"), ("b", "completed", "end")],
        ),
        (
            "- {id: a, type: wait_for, event: x, on: {happened: end, timed_out: a}}\n- {id: b, type: end}",
            [("a", "happened", "end"), ("a", "timed_out", "a"), ("b", "completed", "end")],
        ),
        (
            f"- {{id: a, type: condition, branches: [{{name: X, when: {{{EVERYONE}}},"
            " steps: [{id: x, type: wait, for: 1 day}]}, {name: Y, when: {field: a, op: is_true}}]}\n"
            "- {id: b, type: wait, for: 1 day}",
            [("a", "X", "x"), ("a", "Y", "b"), ("a", NO_BRANCH, "end"), ("x", "", "b"), ("b", "", "end")],
        ),
        (
            "- {id: a, type: split, on: {X: b}, branches: [{name: X}, {name: Y, steps: [{id: y, type: end}]}]}\n"
            "- {id: b, type: wait, for: 1 day}",
            [("a", "X", "b"), ("a", "Y", "y"), ("y", "completed", "end"), ("b", "", "end")],
        ),
    ],
)
def test_a_step_leads_where_the_engine_goes(steps: str, wanted: list[tuple[str, str, str]]) -> None:
    assert edges(steps) == wanted


def test_every_way_of_the_compiled_program_is_in_the_graph() -> None:
    text = """
- id: a
  type: condition
  branches:
    - name: X
      when: {field: id, op: is_defined}
      steps:
        - {id: x, type: send_text, body: hi, on: {failed: z}}
        - {id: y, type: split, branches: [{name: 1, steps: [{id: z, type: end}]}, {name: 2}]}
    - {name: Z}
- {id: b, type: wait, for: 1 day, next: a}
""".replace("name: 1", "name: one").replace("name: 2", "name: two")
    workflow = workflow_of(text)
    program, graph = compile_workflow(workflow, 1, ZoneInfo("UTC")), StepGraph(workflow)
    ids = [*(slot.id for slot in program.slots), "end"]
    known = {(edge.source, edge.target) for edge in graph.edges}
    for slot in program.slots:
        for target in slot.routes.values():
            assert (slot.id, ids[target]) in known
        if not graph.nodes[slot.id].step.branches_of and slot.type not in ("end", "goto"):
            assert (slot.id, ids[slot.next]) in known


def test_what_can_come_after_a_step_holds_the_step_itself_only_on_a_loop() -> None:
    graph = StepGraph(
        workflow_of("- {id: a, type: wait, for: 1 day}\n- {id: b, type: goto, step: a}\n- {id: c, type: end}")
    )
    assert graph.after("a") == {"a", "b"}
    assert graph.after("c") == frozenset()
    assert graph.reachable == {"a", "b"}
    assert graph.loops() == [("a", "b")]
    assert graph.loops(without=["a"]) == []


def test_a_target_that_does_not_exist_has_no_edge_and_is_noted() -> None:
    graph = StepGraph(workflow_of("- {id: a, type: goto, step: nowhere}"))
    assert graph.edges == ()
    assert not graph.is_complete


def test_a_thousand_steps_in_one_loop_are_one_component() -> None:
    steps = "".join(f"- {{id: s{n}, type: send_text, body: x}}\n" for n in range(999)) + "- {type: goto, step: s0}"
    (loop,) = StepGraph(workflow_of(steps)).loops()
    assert len(loop) == 1_000
