"""What `init` and `new` copy, and how: the example project that comes with spara.

The one thing to know: nothing is ever overwritten. Each file is made exclusively or left as it is, and
symbolic links are not followed out of the project's folder.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from spara_cli.errors import SparaError, StoreError, UsageError
from spara_cli.playbook.source import read_source

PROJECT_FILE = "spara.yaml"
LEADS_FILE = "leads.csv"
_PLAYBOOK, _TEST = ".yaml", ".test.yaml"
_MACHINE_FAILED = {errno.ENOSPC, errno.EDQUOT, errno.EIO}


@dataclass(frozen=True)
class Example:
    """A playbook that comes with spara, and its tests, as the text of their files."""

    name: str
    playbook: str
    test: str

    @property
    def title(self) -> str:
        """The workflow's name."""
        return self._says("name")

    @property
    def description(self) -> str:
        """What the workflow is for, in one sentence."""
        return self._says("description")

    def renamed(self, key: str) -> Example:
        """The same under another key, every other character kept."""
        return Example(key, with_value(self.playbook, "workflow", key), with_value(self.test, "workflow", key))

    def _says(self, key: str) -> str:
        data = read_source(self.name, self.playbook.encode("utf-8")).data
        value = data.get(key) if isinstance(data, Mapping) else None
        return value if isinstance(value, str) else ""


@dataclass
class Placed:
    """What became of the files, by their paths from the project: made, or there already and left."""

    created: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def examples() -> dict[str, Example]:
    """The playbooks that come with spara, by name, in alphabetical order."""
    folder = _folder()
    names = sorted(file.name.removesuffix(_TEST) for file in folder.iterdir() if file.name.endswith(_TEST))
    return {name: Example(name, _text(folder, name + _PLAYBOOK), _text(folder, name + _TEST)) for name in names}


def example_file(name: str) -> bytes:
    """Another file that comes with them, such as spara.yaml."""
    return (_folder() / name).read_bytes()


def with_value(text: str, key: str, value: str) -> str:
    """A YAML text with the one-line value of a top-level key replaced by text; comments and all else stay."""
    span = read_source("", text.encode("utf-8")).span((key,))
    before, line, after = _around(text, span.start.line)

    def having(written: str) -> str:
        return before + line[: span.start.column - 1] + written + line[span.end.column - 1 :] + after

    plain = having(value)
    data = read_source("", plain.encode("utf-8")).data
    # `2026` and `null` are text in quotes only.
    return plain if isinstance(data, Mapping) and data.get(key) == value else having(json.dumps(value))


def place(root: Path, wanted: Mapping[str, bytes]) -> Placed:
    """Make the files below `root`, in order; one that is there is left as it is, and said to be.

    Raises UsageError when a folder may not be written or is a link, StoreError when the disk is full.
    """
    for name in wanted:
        _refuse_links(root, name)
    placed = Placed()
    for name, content in wanted.items():
        try:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            made = _make(root / name, content)
        except OSError as error:
            raise _explained(root / name, error) from error
        (placed.created if made else placed.left).append(name)
    return placed


def _around(text: str, number: int) -> tuple[str, str, str]:
    """What stands before a line, the line, and what stands after it; `number` counts from 1."""
    lines = text.split("\n")
    before = "".join(f"{line}\n" for line in lines[: number - 1])
    return before, lines[number - 1], "".join(f"\n{line}" for line in lines[number:])


def _make(path: Path, content: bytes) -> bool:
    """Write a new file; False when something is there already. Half a file is not left behind."""
    try:
        stream = path.open("xb")
    except FileExistsError:
        return False
    try:
        with stream:
            stream.write(content)
    except OSError:
        path.unlink()
        raise
    return True


def _refuse_links(root: Path, name: str) -> None:
    for folder in list(Path(name).parents)[:-1]:
        if (root / folder).is_symlink():
            raise UsageError(f"{root / folder} is a symbolic link; files are made in the project's own folders only")


def _explained(path: Path, error: OSError) -> SparaError:
    reason = f"{path} cannot be made: {error.strerror or error}"
    if isinstance(error, FileExistsError):
        reason = f"{path} cannot be made: {os.fspath(error.filename)} is no folder"
    return StoreError(reason) if error.errno in _MACHINE_FAILED else UsageError(reason)


def _text(folder: Traversable, name: str) -> str:
    return (folder / name).read_bytes().decode("utf-8")


def _folder() -> Traversable:
    """The examples: in the package when it was installed, at the top of the checkout otherwise."""
    package = files("spara_cli")
    packed = package / "_examples"
    if packed.is_dir():
        return packed
    checkout = Path(str(package)).parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "playbooks" / PROJECT_FILE).is_file():
        return checkout / "playbooks"
    raise SparaError("the examples are missing from this installation of spara", hint="install it again")
