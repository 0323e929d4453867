"""The effective settings of one command: `load_settings(start, …) -> Settings`.

A flag beats a `SPARA_*` variable, which beats spara.yaml, which beats the default; what a test file lays over
spara.yaml beats the variables too, so that a test means the same on every machine. The one thing to know: relative
paths count from the project's root, the folder of spara.yaml, wherever the command was started.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spara_cli.diagnostics import FILE_START, Diagnostic, Severity
from spara_cli.errors import ConfigError
from spara_cli.model.rules import DEFAULT_ZONE, Rules
from spara_cli.playbook.complaints import complaint_about
from spara_cli.playbook.parse import validate
from spara_cli.playbook.source import Source
from spara_cli.settings.channel_models import CallOutbox
from spara_cli.settings.model import Project
from spara_cli.settings.origins import HOME_VARIABLE, Leaf, dotted, from_variable, leaves, variables
from spara_cli.settings.overlay import nested, overlay_settings
from spara_cli.settings.project_file import FILE_NAME, SettingsInvalid, find_file, parse_settings, read_file
from spara_cli.settings.project_rules import rules_of

__all__ = ["Settings", "SettingsInvalid", "load_settings", "overlay_settings", "parse_settings", "rules_of"]

STATE_FOLDER = ".spara"
DATABASE_NAME = "spara.db"
DEFAULT = "default"
FLAG = "flag"
OVERLAY = "overlay"

_NOTHING: Mapping[str, object] = MappingProxyType({})
_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Settings:
    """What a command goes by.

    `root` is the folder of spara.yaml, without one the folder the command was started in; `state` holds database,
    outbox and logs. `origins` says of each dotted key of the project, and of `state`, where its value comes from:
    `flag`, `overlay`, a variable, `spara.yaml:12` or `default`. `data` is what was given, before defaults, to lay a
    test's settings over. `warnings` are not errors, and shown once.
    """

    root: Path
    file: Path | None
    project: Project
    state: Path
    store: str
    database: Path
    rules: Rules
    origins: Mapping[str, str] = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def call_outcome(self) -> str:
        """How every call ends in the outbox."""
        call = self.project.channels.call
        return call.outcome if isinstance(call, CallOutbox) else str(CallOutbox.model_fields["outcome"].default)

    def values(self) -> Iterator[Leaf]:
        """Every effective value, the state folder and the database's address included."""
        for leaf in leaves(self.project):
            yield replace(leaf, value=self.store) if leaf.key == "store" else leaf
        yield Leaf(("state",), str(self.state))


def load_settings(
    start: Path,
    *,
    project: Path | None,
    env: Mapping[str, str],
    flags: Mapping[str, object] = _NOTHING,
    overlay: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings for a command started in the folder `start`.

    `project` is the folder that `--project` names: its spara.yaml and no other. `flags` are by dotted key, None
    meaning not given. `overlay` is laid over the file. Raises SettingsInvalid for a bad file and ConfigError for a
    bad variable, flag or overlay; nothing is created.
    """
    file = find_file(start) if project is None else _file_in(project)
    root = file.parent if file is not None else (project or start).resolve()
    source = None if file is None else read_file(file, start)
    found = _checked(source)
    layers = [*_layers(env, overlay, flags)]
    data = source.data if source is not None and isinstance(source.data, dict) else {}
    for layer in layers:
        data = overlay_settings(_without_null(data, layer.path), layer.settings)
    effective = _validated(data, "the settings laid over each other")
    origins = _origins(effective, source, layers)
    _refuse_live(effective, origins["mode"])
    rules = rules_of(effective)
    home = env.get(HOME_VARIABLE)
    state = root / home if home else root / STATE_FOLDER
    database = state / DATABASE_NAME if effective.store is None else _database(effective.store, root, origins["store"])
    return Settings(
        root=root,
        file=file,
        project=effective,
        state=state,
        store=effective.store or f"{_SQLITE}{database}",
        database=database,
        rules=rules,
        origins={**origins, "state": HOME_VARIABLE if home else DEFAULT},
        data=data,
        warnings=(*found, *_zone_missing(source, origins["account.zone"])),
    )


def _file_in(folder: Path) -> Path | None:
    file = folder.resolve() / FILE_NAME
    return file if file.is_file() else None


def _checked(source: Source | None) -> tuple[Diagnostic, ...]:
    """The warnings of the file; its errors are raised, before anything is laid over it."""
    if source is None:
        return ()
    _, found = parse_settings(source)
    if any(each.severity is Severity.ERROR for each in found):
        raise SettingsInvalid(source, found)
    return found


@dataclass(frozen=True)
class _Layer:
    """Settings laid over the file: what they are, what is called their origin, and the one path they set."""

    settings: Mapping[str, Any]
    origin: str
    path: tuple[str, ...] = ()


def _layers(env: Mapping[str, str], overlay: Mapping[str, Any] | None, flags: Mapping[str, object]) -> Iterator[_Layer]:
    """What is laid over the file, the strongest last; each value that stands alone is checked alone."""
    for name, path in variables().items():
        text = env.get(name)
        if text:
            settings = nested(path, from_variable(path, text))
            _validated(settings, name, alone=True)
            yield _Layer(settings, name, path)
    if overlay:
        yield _Layer(overlay, OVERLAY)
    for key, value in flags.items():
        if value is not None:
            path = tuple(key.split("."))
            settings = nested(path, value)
            _validated(settings, f"the flag for `{key}`", alone=True)
            yield _Layer(settings, FLAG, path)


def _without_null(data: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    """`data`, where a section on the way to `path` that is null becomes an empty one, to be laid over."""
    if len(path) > 1 and path[0] in data and data[path[0]] is None:
        return {**data, path[0]: {}}
    return data


def _validated(data: Mapping[str, Any], whose: str, *, alone: bool = False) -> Project:
    """The data as a project, or ConfigError about the first thing wrong; `alone`: there is but one value."""
    project, problems = validate(dict(data), Project)
    if project is None:
        told = complaint_about(problems[0], Source("", "", data, (), (), {}))
        place = "" if alone else f"{dotted(problems[0].place.path)}: "
        raise ConfigError(f"{whose}: {place}{told.message}", hint=told.help)
    return project


def _origins(project: Project, source: Source | None, layers: list[_Layer]) -> dict[str, str]:
    """Where each value comes from: the strongest layer that has it, else its line in the file, else nowhere."""
    origins = {}
    for leaf in leaves(project):
        origin = DEFAULT
        if source is not None and leaf.path in source.nodes:
            origin = f"{FILE_NAME}:{source.key_span(leaf.path).start.line}"
        for layer in layers:
            if _says(layer.settings, leaf.path):
                origin = layer.origin
        origins[leaf.key] = origin
    return origins


def _says(settings: Any, path: tuple[str | int, ...]) -> bool:
    """Whether the settings give the value at `path`, or a list or lone value in which it lies."""
    for key in path:
        if not isinstance(settings, Mapping):
            return True
        if key not in settings:
            return False
        settings = settings[key]
    return True


def _refuse_live(project: Project, origin: str) -> None:
    """The one place that keeps this release from sending to anybody (D3)."""
    if project.mode != "outbox":
        raise ConfigError(
            f"mode: {project.mode} ({origin}): live sending is not in this release; use mode: outbox",
        )


def _database(store: str, root: Path, origin: str) -> Path:
    """The database file that an address names. The address is not repeated: it may hold a password."""
    scheme = store.partition(":")[0]
    if scheme in ("postgresql", "postgres"):
        raise ConfigError(f"store ({origin}): PostgreSQL comes in a later release; use sqlite:///FILE")
    name = store.removeprefix(_SQLITE)
    if name == store or not name:
        raise ConfigError(f"store ({origin}): write sqlite:/// and a file, such as sqlite:///.spara/spara.db")
    if name == ":memory:":
        raise ConfigError(f"store ({origin}): what is kept in memory is gone with the command; name a file")
    if any(sign in name for sign in "?#\x00"):
        raise ConfigError(f"store ({origin}): the file's name must have no `?` and no `#`; options are not taken")
    return root / name


def _zone_missing(source: Source | None, origin: str) -> Iterator[Diagnostic]:
    """W1: without a zone the default counts, and is told."""
    if origin == DEFAULT:
        yield Diagnostic(
            FILE_NAME if source is None else source.path,
            FILE_START if source is None else source.key_span(("account",)),
            "account-zone-missing",
            f"no account zone is given; times are those of {DEFAULT_ZONE}",
            Severity.WARNING,
            help="set `account: {zone: …}` in spara.yaml, or SPARA_ACCOUNT_ZONE",
        )
