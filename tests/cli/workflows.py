"""Workflows that the tests of the command line look at, and leads to put into them."""

from __future__ import annotations

from spara_cli.playbook.parse import parse_workflow
from spara_cli.playbook.source import read_source
from spara_cli.playbook.workflow import Workflow
from spara_cli.runtime.lead_changes import create_lead
from tests.cli.conftest import ScratchProject

MODELINE = "# yaml-language-server: $schema=../schemas/workflow.schema.json\n"

DRIP = f"""{MODELINE}workflow: drip
name: A drip
description: Says hello, then rests.
trigger: {{where: [{{field: num_employees, op: at_least, value: 10}}]}}
steps:
  - {{id: hello, type: send_email, subject: "Welcome {{{{ first_name }}}}", body: "Hi **{{{{ first_name }}}}**"}}
  - {{id: pause, type: wait, for: 2 days}}
  - {{id: bye, type: send_text, body: "Bye"}}
"""

ODDS = f"""{MODELINE}workflow: odds
trigger: {{on: page_visited}}
settings: {{end_on_bounce: false, goal: {{where: [{{field: stage, op: equals, value: won}}], outcome: converted}}}}
steps:
  - {{id: hello, type: send_text, body: "Hi", on: {{failed: end}}}}
  - {{id: pause, type: wait, for: 1 day}}
  - id: tier
    type: condition
    branches:
      - name: Hot
        when: [{{field: stage, op: equals, value: hot}}]
        steps:
          - {{id: ab, type: split, branches: [{{name: A, weight: 3}}, {{name: B, steps: [{{id: t, type: end}}]}}]}}
          - {{id: again, type: goto, step: pause}}
      - {{name: Cold, when: [{{field: stage, op: equals, value: cold}}]}}
  - {{id: stop, type: end, outcome: dropped}}
  - {{id: never, type: send_text, body: "no"}}
"""


def parsed(text: str) -> Workflow:
    """The workflow of a playbook's text."""
    workflow = parse_workflow(read_source("playbook.yaml", text.encode())).workflow
    assert workflow is not None
    return workflow


def enter(project: ScratchProject, count: int, **fields: str | int) -> None:
    """Make leads that match `DRIP`, called L-1, L-2, …, and run until nothing is due."""
    with project.world() as world:
        first = world.store.leads.count() + 1
        for number in range(first, first + count):
            values = {"email": f"l{number}@example.com", "first_name": "Ada", "num_employees": 20, **fields}
            create_lead(world, f"L-{number}", values, project.clock.now)
    project.turn()
