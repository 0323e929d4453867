"""The exceptions spara raises on purpose, each with the exit code it ends the command with.

    SparaError
    ├── UsageError     2  the person at the command asked for something that cannot be done
    │   └── ConfigError   2  spara.yaml or a SPARA_* variable says something impossible
    └── StoreError     3  the machine: database locked, corrupt, read-only, newer; disk full

Mistakes in a playbook are not exceptions but `Diagnostic` values; what the world answers
(a refusal, a time-out) is an event handed to the engine. Any other exception is a defect of
spara: the command line writes a crash log and exits 3.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_FAILURE = 3
EXIT_INTERRUPTED = 130


class SparaError(Exception):
    """An expected failure: one clear line, an optional hint and an exit code; never a traceback."""

    exit_code = EXIT_FAILURE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SparaError):
    """What was asked cannot be done as asked; `hint` says what would work."""

    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """The project's settings contradict themselves or name what does not exist."""


class StoreError(SparaError):
    """The machine failed us: the database cannot be opened, read or written."""

    exit_code = EXIT_FAILURE
