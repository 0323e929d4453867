"""A YAML file read as data with the place of everything in it: `read_source(path, bytes) -> Source`.

The one thing to know: nothing is raised. Whatever the bytes are, the answer is a `Source`; what is wrong
is in its `diagnostics`, all of it where YAML allows. The data is built from the parser's event stream
(`reading.py`), so neither depth nor aliases can exhaust anything: aliases are refused, never expanded, and
reading stops well before a nest becomes costly.

PyYAML reads YAML 1.1. What its grammar keeps of 1.1 is evened out on the way: plain words are resolved by
the 1.2 core schema (`scalars.py`), and line breaks in 1.1 only are hidden from the parser (`yaml_events.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spara_cli.diagnostics import FILE_START, Diagnostic, Span
from spara_cli.playbook.reading import Node, Path, Reader
from spara_cli.playbook.scalars import Findings, decode
from spara_cli.playbook.yaml_events import HAS_LIBYAML


@dataclass(frozen=True)
class Source:
    """A file as read. `data` is JSON-like, and a mapping whenever `readable`; paths are its keys and indices.

    A readable source may still have errors: of a duplicate key `data` holds the first value, for what had
    to be refused it holds None or nothing. `is_damaged` tells where, so that one mistake is reported once.
    `text` is without its byte order mark.
    """

    path: str
    text: str
    data: object
    diagnostics: tuple[Diagnostic, ...]
    lines: tuple[str, ...] = field(repr=False)
    nodes: Mapping[Path, Node] = field(repr=False)
    damaged: frozenset[Path] = frozenset()

    @property
    def readable(self) -> bool:
        """Whether `data` could be read, which makes it a mapping."""
        return self.data is not None

    def span(self, path: Path) -> Span:
        """The span of the value at `path`; of its nearest existing ancestor where nothing is there.

        A scalar's or flow collection's span is all of it. A value left out has an empty span, right behind
        its key. A block collection's span is its first entry, as far as that is on one line.
        """
        for length in range(len(path), -1, -1):
            if (node := self.nodes.get(path[:length])) is not None:
                return node.span
        return FILE_START

    def key_span(self, path: Path) -> Span:
        """The span of the key whose value is at `path`; as `span` for list items and where nothing is."""
        node = self.nodes.get(path)
        return self.span(path) if node is None or node.key is None else node.key

    def is_plain(self, path: Path) -> bool:
        """Whether the scalar at `path` was written without quotes (and is no block text)."""
        node = self.nodes.get(path)
        return node is not None and node.plain

    def scalar_text(self, path: Path) -> str | None:
        """The scalar at `path` as it was written, quotes included; None where there is no scalar."""
        node = self.nodes.get(path)
        return None if node is None else node.written

    def is_damaged(self, path: Path) -> bool:
        """Whether a part of `data` that holds `path` is incomplete because of an error reported here."""
        return any(path[:length] in self.damaged for length in range(len(path) + 1))


def read_source(path: str, content: bytes, *, libyaml: bool = HAS_LIBYAML) -> Source:
    """Read a YAML 1.2 file (FORMATS.md: UTF-8, one document, at most 1 MiB and 50 levels). Never raises.

    `path` is only named in the diagnostics. `libyaml` chooses between PyYAML's two parsers: the same data
    and findings (tests hold them to it), the C one four times as fast. Where they differ the pure one is the
    stricter: it refuses a tab between a key and its value, which YAML allows.
    """
    findings = Findings(path)
    characters = decode(content, findings)
    if not findings.none:
        return Source(path, characters.text, None, findings.all(), characters.lines, {})
    reader = Reader(characters, findings)
    reader.read(libyaml=libyaml)
    return Source(
        path, characters.text, reader.data(), findings.all(), characters.lines, reader.nodes,
        frozenset(reader.damaged),
    )  # fmt: skip
