"""The topics of `spara explain` that are not about one rule, step or operator: exit codes, modes, states."""

from __future__ import annotations

from collections.abc import Callable, Mapping

EXIT_CODES = """\
Exit codes

  0    yes: done, clean, passed
  1    no: findings, a failing test, coverage below what was asked for
  2    asked wrongly: unknown option, missing file, nothing found
  3    spara failed: its database, the machine, or a defect (a crash log is written)
  130  interrupted with Ctrl-C
"""

FORMATS = """\
Formats

Answers go to stdout; progress, logs and hints go to stderr.

  text     for people: the line, a caret under it, and a way out
  concise  one line each: path:line:column: severity: message [rule]
  json     one object with format_version, command, ok; arrays are there even when empty

Tables are drawn on a terminal and are tab-separated in a pipe. --json gives data where a table would be.
"""

MODES = """\
Modes

`mode` in spara.yaml says where messages go.

  outbox  files in the project's state folder; nobody is reached (the default)
  test    everything goes to `test_recipient`, your own email and phone
  live    to the leads

A `call_phone` step has a mode of its own: `live` dials, `qa` dials nobody and answers `answered`.
"""

STATES = """\
States

An enrollment is one lead's way through one workflow. While it is active it is in exactly one state:

  ready      runs at the next turn
  waiting    until an instant: wait, time_of_day, a retry
  held       outside a window or over a cap; runs when that is over
  blocked    the configuration is broken; goes on by itself when it is mended
  awaiting   for an event, or for a field to change
  in_flight  a delivery is under way
  finished   it has left, with a reason

Skip, block and hold are three different things: a skipped step cannot run for this lead and the lead goes on; a
blocked one cannot run for any lead; a held one may not run yet.
"""


def _environment() -> str:
    from spara_cli.settings.origins import HOME_VARIABLE, variables

    lines = [f"  {name:<34} {'.'.join(path)}" for name, path in variables().items()]
    general = [
        f"  {HOME_VARIABLE:<34} the state folder",
        f"  {'NO_COLOR, FORCE_COLOR, TERM=dumb':<34} whether to colour",
    ]
    head = "Environment\n\nA flag beats a variable, which beats spara.yaml, which beats the default.\n\n"
    return head + "\n".join([*general, *lines]) + "\n"


CASE_RULES: Mapping[str, str] = {
    "test-failed": "A case of a test file went otherwise than it says. The caret stands under the expectation that "
    "was not met; below it is the timeline: `=` came as expected, `-` did not come, `+` came nearest instead, `!` "
    "should not be there.",
    "unknown-step": "A test speaks of a step that its workflow does not have. An answer for one is a warning only.",
    "wrong-answer": "What `given.answers` has for a step is nothing that this step can get: the step asks nobody, or "
    "the answer is none of its outcomes.",
    "unknown-workflow": "A test file names under `workflow` a key that no playbook beside it declares, or another key "
    "than the playbook of its own name: `trial.test.yaml` is about `trial.yaml`.",
    "invalid-settings": "The `settings` of a test file, laid over those of spara.yaml, do not make valid settings.",
}
"""What the findings of `spara workflow test` mean that no other command has."""


TOPICS: Mapping[str, Callable[[], str]] = {
    "environment": _environment,
    "exit-codes": lambda: EXIT_CODES,
    "formats": lambda: FORMATS,
    "modes": lambda: MODES,
    "states": lambda: STATES,
}
"""Every topic by name; a function, since some are gathered from the code."""
