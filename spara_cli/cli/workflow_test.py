"""`spara workflow test`: playbooks against their `*.test.yaml`, on a virtual clock (SPEC V2).

The one thing to know: nothing outside is touched. Settings are read as in outbox mode, the world is the one
in `simulate/world.py`, and neither store nor network is opened.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spara_cli.cli.context import OPTIONS, out
from spara_cli.diagnostics import suggestion
from spara_cli.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from spara_cli.cli.testbench import TestBench
    from spara_cli.model.rules import Rules
    from spara_cli.simulate.coverage import Coverage
    from spara_cli.simulate.verdict import FileResult

FORMATS = ("text", "json")
_FORMATS_LATER = ("junit", "github")
_PERCENT_MAX = 100


def test(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH…", help="Playbooks, test files, or folders of them; default: the project's playbooks/."
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Run the happy path of each playbook with this value instead."
        ),
    ] = None,
    coverage: bool = typer.Option(False, "--coverage", help="Report what of each workflow the tests use."),
    min_coverage: float = typer.Option(
        None, "--min-coverage", metavar="N", min=0, max=_PERCENT_MAX, help="Exit 1 when a workflow is below N percent."
    ),
    format: str = typer.Option("text", "--format", metavar="FORMAT", help="text or json."),
    name: str = typer.Option("", "--filter", metavar="TEXT", help="Only the cases with this text in their name."),
    json: bool = typer.Option(False, "--json", help="The same as --format json."),
) -> int:
    """Run the tests of playbooks; nothing is sent.

    They run under a virtual clock, and nothing is stored.

    A playbook without a test file gets an automatic case: a lead that satisfies the trigger and takes the first
    branch of every condition, and the timeline of what happens to it.

    Examples:
      spara workflow test
      spara workflow test playbooks/inbound-demo.yaml --set num_employees=10
      spara workflow test --min-coverage 80 --format json
    """
    from spara_cli.cli.files import PLAYBOOKS_FOLDER, playbook_files
    from spara_cli.cli.testbench import TestBench
    from spara_cli.settings.load import load_settings

    form = _checked_format("json" if json else format)
    values = dict(_split_override(item) for item in overrides or ())

    def rules_under(overlay: Mapping[str, Any]) -> Rules:
        settings = {**overlay, "mode": "outbox"}
        return load_settings(Path.cwd(), project=OPTIONS.project, env=OPTIONS.env, overlay=settings).rules

    bench = TestBench(rules_under({}), rules_under)
    places = [Path(path) for path in paths or ()]
    if not places and OPTIONS.project is not None:
        places = [OPTIONS.project / PLAYBOOKS_FOLDER]
    bench.run(playbook_files(places, tests=True), values, name)
    if not bench.results and not bench.found:
        raise UsageError(f"no test has `{name}` in its name", hint="--filter looks for the text anywhere in the name")
    return _report(bench, form, with_coverage=coverage, min_coverage=min_coverage)


def _checked_format(form: str) -> str:
    if form in FORMATS:
        return form
    if form in _FORMATS_LATER:
        raise UsageError(f"--format {form} is not in this release", hint="formats: text, json")
    raise UsageError(f"--format: there is no format `{form}`", hint=suggestion(form, FORMATS))


def _split_override(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not name or not equals:
        raise UsageError(f"--set: `{item}` is not FIELD=VALUE", hint="an empty VALUE removes the field")
    return name, value


def _report(bench: TestBench, form: str, *, with_coverage: bool, min_coverage: float | None) -> int:
    """Write the answer; the exit code."""
    from spara_cli.output import casereport
    from spara_cli.output.jsonout import diagnostics_as_files, dumps, envelope
    from spara_cli.output.text import render_text

    _warn_of_unheard(bench.unheard)
    measured = _coverage(bench.results)
    below = [each for each in measured.values() if min_coverage is not None and each.percent < min_coverage]
    passed, failed = casereport.counts_of(bench.results)
    is_ok = not (failed or below or bench.found)
    invalid = sorted({found.path for found in bench.found})
    texts = {path: source.text for path, source in bench.sources.items()}
    if form == "json":
        sys.stderr.write(render_text(bench.warned, texts, colour=OPTIONS.colour_err, width=OPTIONS.width_err))
        told = {"files": casereport.files_as_data(bench.results, measured), "passed": passed, "failed": failed}
        out(
            dumps(envelope("workflow test", is_ok, **told, invalid=diagnostics_as_files(invalid, bench.found)["files"]))
        )
        return EXIT_OK if is_ok else EXIT_FINDINGS
    text = render_text([*bench.found, *bench.warned], texts, colour=OPTIONS.colour_out, width=OPTIONS.width_out)
    text += casereport.render_files(bench.results, colour=OPTIONS.colour_out)
    if with_coverage or below:
        text += casereport.render_coverage(measured.values(), colour=OPTIONS.colour_out) + "\n"
    for each in below:
        text += f"coverage of {each.workflow} is {casereport.percent_of(each)} %, below {min_coverage:g} %\n"
    out(text + casereport.summary_of(bench.results, invalid=len(invalid)))
    return EXIT_OK if is_ok else EXIT_FINDINGS


def _warn_of_unheard(unheard: Mapping[str, str | None]) -> None:
    """Say on stderr which fields of `--set` no playbook knows."""
    from spara_cli.cli.testbench import UNHEARD_HELP
    from spara_cli.output.text import visible

    for name, near in unheard.items():
        way_out = f"did you mean `{near}`?" if near is not None else UNHEARD_HELP
        message = f"--set: unknown field `{visible(name)}`: no playbook reads it"
        sys.stderr.write(f"warning: {message}\n  = help: {way_out}\n")


def _coverage(results: Iterable[FileResult]) -> dict[str, Coverage]:
    """The coverage of each workflow by all of its files together."""
    from spara_cli.simulate.coverage import measure

    by_workflow: dict[str, list[FileResult]] = {}
    for each in results:
        by_workflow.setdefault(each.subject.program.workflow, []).append(each)
    return {
        workflow: measure(files[0].subject, (case.run for each in files for case in each.cases))
        for workflow, files in by_workflow.items()
    }
