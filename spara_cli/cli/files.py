"""Which files a command is about: PATHs become files, folders their YAML files (FORMATS, Commands).

The one thing to know: nothing is opened to find files and nothing is passed over in silence. A path that is not
there, a special file and a search without a find are usage errors; symbolic links to folders are not followed below
the path that was given, so no loop can catch us.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from spara_cli.cli.context import OPTIONS
from spara_cli.diagnostics import did_you_mean
from spara_cli.errors import UsageError
from spara_cli.playbook.scalars import BYTES_MAX
from spara_cli.playbook.source import Source, read_source
from spara_cli.settings.project_file import FILE_NAME, find_file

PLAYBOOKS_FOLDER = "playbooks"
STDIN = "-"

_SUFFIXES = (".yaml", ".yml")


class FileKind(StrEnum):
    """What a YAML file of a project holds, by its name."""

    PLAYBOOK = "playbook"
    TEST = "test"
    SIMULATION = "simulation"
    PROJECT = "project"


def kind_of(path: Path) -> FileKind:
    """The kind of a file: `spara.yaml`, `*.test.yaml`, `*.sim.yaml`, and all else a playbook."""
    name = path.name.lower()
    if name == FILE_NAME:
        return FileKind.PROJECT
    stem = name.removesuffix(".yaml").removesuffix(".yml")
    if stem.endswith(".test"):
        return FileKind.TEST
    return FileKind.SIMULATION if stem.endswith(".sim") else FileKind.PLAYBOOK


def playbook_files(paths: Sequence[Path], *, tests: bool, project: bool = False) -> list[Path]:
    """The files that `paths` mean, in order and each once: files as they are, folders searched recursively.

    In folders, `*.yaml` and `*.yml` count; hidden folders do not. `tests` takes in `*.test.yaml`, `project`
    takes in spara.yaml; a file that is named itself is always taken. Without `paths` it is `playbooks/` of the
    nearest project, else the current folder.

    Raises UsageError for a path that is not there or is a special file, a folder that cannot be read, and when
    nothing is found, naming where it was looked for.
    """
    kinds = {FileKind.PLAYBOOK} | ({FileKind.TEST} if tests else set()) | ({FileKind.PROJECT} if project else set())
    wanted = list(paths) or [default_folder()]
    found: dict[str, Path] = {}
    for path in wanted:
        for file in _files_at(path, kinds):
            found.setdefault(os.path.realpath(file), file)
    if not found:
        places = ", ".join(str(path) for path in wanted)
        raise UsageError(f"no playbook found in {places}", hint="a playbook is a .yaml or .yml file")
    return list(found.values())


def default_folder() -> Path:
    """Where playbooks are looked for when nobody says: `playbooks/` of the project, else its folder itself.

    The project is that of `--project`, else the nearest from the current folder upward, else that folder. The
    answer is relative to the current folder, as people would type it.
    """
    here = Path.cwd()
    start = OPTIONS.project or here
    file = find_file(start) if OPTIONS.project is None else None
    folder = (file.parent if file is not None else start) / PLAYBOOKS_FOLDER
    return Path(os.path.relpath(folder if folder.is_dir() else start, here))


def read_playbook(path: Path) -> Source:
    """The file as read, called by its path. Raises UsageError, in one line, when it cannot be opened."""
    try:
        with path.open("rb") as stream:
            return read_source(str(path), stream.read(BYTES_MAX + 1))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _files_at(path: Path, kinds: set[FileKind]) -> Iterator[Path]:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise UsageError(f"there is no file or folder `{path}`", hint=_file_meant(path)) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if stat.S_ISDIR(mode):
        yield from _files_below(path, kinds)
    elif stat.S_ISREG(mode):
        yield path
    else:
        raise UsageError(f"{path} is not a regular file", hint="to read from a pipe, pass `-`")


def _file_meant(path: Path) -> str | None:
    """The playbook to name where somebody gave a workflow's key, or nearly its path; None when there is none.

    Looks only at the files of the project's playbooks folder itself; one that cannot be read gives its name.
    """
    folder = default_folder()
    if not folder.is_dir():
        return None
    known: dict[str, Path] = {}
    for file in sorted(folder.glob("*.y*ml")):
        if file.is_file() and os.access(file, os.R_OK) and kind_of(file) is FileKind.PLAYBOOK:
            data = read_playbook(file).data
            key = data.get("workflow") if isinstance(data, dict) else None
            known |= {file.stem: file, str(file): file} | ({key: file} if isinstance(key, str) else {})
    meant = str(path) if str(path) in known else did_you_mean(str(path), known)
    return f"did you mean `{known[meant]}`?" if meant is not None else None


def _files_below(folder: Path, kinds: set[FileKind]) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            is_yaml = name.lower().endswith(_SUFFIXES) and not name.startswith(".")
            if is_yaml and kind_of(file) in kinds and file.is_file():
                yield file
