"""How a command line is explained: the arguments in `--help`, and what was wrong with the one that was typed.

The one thing to know: typer's errors are told in its own words and over four lines; `explained` makes them one line
and a way out, as everywhere else. It goes by what an error carries, for typer keeps most of their classes private.
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand

from spara_cli.diagnostics import did_you_mean, suggestion
from spara_cli.errors import UsageError

_NO_COMMAND = re.compile(r"No such command '(.*?)'")
_NO_CHOICE = re.compile(r"'(.*)' is not one of (.*?)\.?$", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)$", re.DOTALL)
_RANGE = (
    (re.compile(r"greater than or equal to (\S+)"), r"\1 or more"),
    (re.compile(r"less than or equal to (\S+)"), r"\1 or less"),
    (re.compile(r"a valid integer.*", re.DOTALL), "a whole number"),
    (re.compile(r"a valid number.*", re.DOTALL), "a number"),
)


class Command(TyperCommand):
    """A command whose help names its arguments as the person types them: `[STEP]`, `PATH…`, without a type."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands after the command's name in the usage line."""
        arguments = [each for each in self.get_params(ctx) if each.param_type_name == "argument"]
        names = [(_argument_name(each), each.required) for each in arguments]
        return ["[OPTIONS]", *(name if required else f"[{name}]" for name, required in names)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments, then the options, each with its help."""
        arguments, options = [], []
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is None:
                continue
            if each.param_type_name == "argument":
                arguments.append((_argument_name(each), record[1]))
            else:
                options.append(record)
        for title, records in (("Arguments", arguments), ("Options", options)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def explained(error: typer.TyperException) -> UsageError | None:
    """The error in our words; None for one that is no mistake: a group without a command, which shows its help."""
    ctx, message = getattr(error, "ctx", None), str(getattr(error, "message", ""))
    if message.startswith("Usage:"):
        return None
    command = ctx.command_path if ctx is not None else "spara"
    help_line = f"`{command} --help` says how it is used"
    if hasattr(error, "possibilities"):
        name = str(getattr(error, "option_name", ""))
        near = did_you_mean(name, _options_of(ctx))
        hint = f"did you mean `{near}`?" if near is not None else help_line
        return UsageError(f"{command} has no option `{_printable(name)}`", hint=hint)
    if found := _NO_COMMAND.search(message):
        near = did_you_mean(found[1], getattr(getattr(ctx, "command", None), "commands", {}))
        hint = f"did you mean `{command} {near}`?" if near is not None else f"`{command} --help` lists them"
        return UsageError(f"there is no command `{command} {_printable(found[1])}`", hint=hint)
    if found := _EXTRA.match(message):
        return UsageError(f"{command} has no use for `{_printable(found[1])}`", hint=help_line)
    parameter = getattr(error, "param", None)
    if parameter is None:
        return UsageError(_sentence(error.format_message()), hint=help_line)
    name = _argument_name(parameter) if parameter.param_type_name == "argument" else parameter.opts[-1]
    if not message:
        return UsageError(f"{name} is missing", hint=help_line)
    if found := _NO_CHOICE.search(message):
        hint = suggestion(found[1], re.findall(r"'(.*?)'", found[2]))
        return UsageError(f"{name}: `{_printable(found[1])}` is not one of its values", hint=hint)
    return UsageError(f"{name}: {_sentence(message)}", hint=help_line)


def _argument_name(argument: Any) -> str:
    """As its command calls it; a metavar's own brackets are the usage line's business."""
    name = str(argument.metavar or argument.name.upper())
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name


def _options_of(ctx: Any) -> list[str]:
    return [name for each in ctx.command.get_params(ctx) for name in each.opts] if ctx is not None else []


def _sentence(message: str) -> str:
    """Without capital, full stop and the words of the library that found it."""
    text = message.removeprefix("Value error, ").replace("Input should be", "should be").replace("'", "`").rstrip(".")
    for pattern, plain in _RANGE:
        text = pattern.sub(plain, text)
    return _printable(text[:1].lower() + text[1:])


def _printable(text: str) -> str:
    from spara_cli.output.text import visible

    return visible(text)
