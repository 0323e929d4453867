"""A YAML file read as data with the place of everything in it: `read_source(path, bytes) -> Source`.

The one thing to know: nothing is raised. Whatever the bytes are, the answer is a `Source`; what is wrong
is in its `diagnostics`, all of it where YAML allows. The data is built from the parser's event stream with
a stack of our own, so neither depth nor aliases can exhaust anything: aliases are refused, never expanded,
and reading stops well before a nest becomes costly.

PyYAML reads YAML 1.1. What its grammar keeps of 1.1 is evened out here: plain words are resolved by the
1.2 core schema (`scalars.resolve`), and U+0085, U+2028 and U+2029, line breaks in 1.1 only, are hidden from
the parser behind stand-ins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import yaml
from yaml.error import Mark
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from spara_cli.diagnostics import FILE_START, Diagnostic, Label, Span
from spara_cli.playbook.scalars import (
    BAD_ESCAPE,
    Characters,
    Findings,
    NotANumber,
    decode,
    explain,
    resolve,
)

Path: TypeAlias = tuple[str | int, ...]

DEPTH_MAX: Final = 50
# Findings inside a nest that is too deep are still collected down to here; then reading stops, because
# the parsers need quadratic time for nests of tens of thousands.
_DEPTH_GIVEN_UP: Final = 100
_SHOWN_MAX: Final = 60  # characters of the author's text that a message repeats

HAS_LIBYAML: Final = hasattr(yaml, "CSafeLoader")


@dataclass(frozen=True, slots=True)
class Node:
    """Where one value was written: its span, its key's span in a mapping, and how a scalar looked."""

    span: Span
    key: Span | None = None
    written: str | None = None  # the source text of a scalar, quotes included; None for a collection
    plain: bool = False  # an unquoted scalar


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
    reader = _Reader(characters, findings)
    reader.read(yaml.CSafeLoader if libyaml and HAS_LIBYAML else yaml.SafeLoader)
    return Source(
        path, characters.text, reader.data(), findings.all(), characters.lines, reader.nodes,
        frozenset(reader.damaged),
    )  # fmt: skip


# --- what the parser is shown ------------------------------------------------------------------------

# Line breaks in YAML 1.1 but text in 1.2; U+FEFF is skipped or counted differently by the two parsers.
_ONLY_TEXT_IN_1_2: Final = "\x85\u2028\u2029\ufeff"
_PROPERTY = re.compile(r"&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*")
_PROPERTIES = re.compile(rf"(?:(?:{_PROPERTY.pattern})(?:\s|(?<=\s)#[^\r\n]*)*)+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _stand_ins(text: str) -> dict[int, str]:
    """For each such character in `text` another one, of those private to applications, that is not in it."""
    used = set(text)
    free = (chr(code) for code in range(0xE000, 0x110000) if chr(code) not in used)
    return {ord(char): next(free) for char in _ONLY_TEXT_IN_1_2 if char in used}


def _events(text: str, loader: Any) -> Iterator[Event]:
    """The parser's events; an escape beyond Unicode, a Python error in the pure parser, made one of YAML."""
    try:
        yield from yaml.parse(text, Loader=loader)
    except (ValueError, OverflowError) as error:
        raise yaml.YAMLError(BAD_ESCAPE) from error


def _start(event: Event) -> int:
    return cast(Mark, event.start_mark).index


def _end(event: Event) -> int:
    return cast(Mark, event.end_mark).index


# --- events to data ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A collection being read. In a mapping `key` is the key whose value comes next."""

    path: Path
    data: dict[str, object] | list[object]
    start: int
    flow: bool
    keys: dict[str, Span] = field(default_factory=dict)
    key: str | None = None
    drops_value: bool = False  # the key was refused; so is its value

    @property
    def wants_key(self) -> bool:
        return isinstance(self.data, dict) and self.key is None and not self.drops_value


class _Reader:
    """Builds data and nodes from events; one instance per file."""

    def __init__(self, characters: Characters, findings: Findings) -> None:
        self.characters = characters
        self.findings = findings
        self.nodes: dict[Path, Node] = {}
        self.damaged: set[Path] = set()
        self._root: object = None
        self._complete = False
        self._open: list[_Open] = []
        self._skipping = 0  # open collections that are read but not kept
        self._documents = 0
        self._at = 0  # the index up to which the parser's events have come
        self._too_deep_told = False

    def read(self, loader: Any) -> None:
        """Take in every event until the end, a syntax error or what makes going on pointless."""
        stand_ins = _stand_ins(self.characters.text)
        self._restore = {ord(stand_in): chr(code) for code, stand_in in stand_ins.items()}
        try:
            for event in _events(self.characters.text.translate(stand_ins), loader):
                self._at = _end(event)
                if not self._take(event):
                    break
        except yaml.YAMLError as error:
            self._complete = False
            self._refuse_syntax(error)

    def data(self) -> dict[str, object] | None:
        """The top-level mapping, or None with the reason among the findings."""
        if self._complete and isinstance(self._root, dict):
            return self._root
        if not self.findings.none and not self._complete:
            return None
        if not self.nodes or self.nodes[()].written == "":
            message, way_out = (
                "the file is empty",
                "write `workflow: <name>` and its steps, or remove the file",
            )
            self.findings.add("empty-file", FILE_START, message, way_out)
        elif () not in self.damaged:
            kind = "a list" if isinstance(self._root, list) else "a single value"
            message = f"the file holds {kind} where a mapping belongs"
            self.findings.add("not-a-mapping", self.nodes[()].span, message, "begin with `key: value` lines")
        return None

    def _take(self, event: Event) -> bool:
        """Take in one event; False when reading should stop."""
        if isinstance(event, NodeEvent):
            self._node(event)
        elif isinstance(event, CollectionEndEvent):
            self._close(_end(event))
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if event.version not in (None, (1, 2)):
                raise yaml.MarkedYAMLError(problem="incompatible", problem_mark=cast(Mark, event.start_mark))
            if self._documents > 1:
                start = self._after_blanks(_start(event))
                message, way_out = "a second document begins here", "keep one document to a file"
                self.findings.add("several-documents", self.characters.span(start, start + 3), message, way_out)
                return False
        return len(self._open) + self._skipping <= _DEPTH_GIVEN_UP

    def _node(self, event: NodeEvent) -> None:
        start = self._refuse_properties(event)
        is_collection = isinstance(event, SequenceStartEvent | MappingStartEvent)
        too_deep = is_collection and self._is_too_deep(start)
        if self._skipping:
            self._skipping += is_collection
            return
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.wants_key:
            self._key(frame, event, start)
            return
        if frame is not None and frame.drops_value:
            frame.drops_value = False
            self._skipping = int(is_collection)
            return
        path = self._next_path(frame)
        if isinstance(event, ScalarEvent):
            self._scalar(path, event, start)
        elif isinstance(event, AliasEvent) or too_deep:
            self.damaged.add(path)
            self._skipping = int(is_collection)
            self._place(path, None, self.characters.span(start, _end(event)))
        else:
            data: dict[str, object] | list[object] = {} if isinstance(event, MappingStartEvent) else []
            self._open.append(_Open(path, data, start, bool(getattr(event, "flow_style", False))))

    def _next_path(self, frame: _Open | None) -> Path:
        if frame is None:
            return ()
        if isinstance(frame.data, list):
            return (*frame.path, len(frame.data))
        return (*frame.path, frame.key or "")

    def _key(self, frame: _Open, event: NodeEvent, start: int) -> None:
        """Take in a key: text as it stands, whatever it would be as a value; anything else is refused."""
        frame.drops_value = True
        if not isinstance(event, ScalarEvent):
            self.damaged.add(frame.path)
            if not isinstance(event, AliasEvent):
                self._skipping = 1
                self._refuse_key(start)
            return
        start, end = self._extent(event, start)
        span = self.characters.span(start, end)
        key = event.value.translate(self._restore)
        if key == "<<" and not event.style:
            self.damaged.add(frame.path)
            message = "merge keys (`<<`) are not allowed"
            self.findings.add("merge-key-not-allowed", span, message, "write the entries out")
        elif key in frame.keys:
            label = Label(frame.keys[key], "first defined here")
            message, way_out = f"key `{_shortened(key)}` is defined twice", "remove or rename one of the two"
            self.findings.add("duplicate-key", span, message, way_out, label)
        else:
            frame.drops_value = False
            frame.key = key
            frame.keys[key] = span

    def _scalar(self, path: Path, event: ScalarEvent, start: int) -> None:
        start, end = self._extent(event, start)
        span = self.characters.span(start, end)
        value: object = event.value.translate(self._restore)
        if event.style == '"' and _SURROGATE.search(event.value):
            raise yaml.MarkedYAMLError(problem=BAD_ESCAPE, problem_mark=cast(Mark, event.start_mark))
        if not event.style:
            value = resolve(event.value.translate(self._restore))
            if isinstance(value, NotANumber):
                message = f"`{_shortened(event.value)}` {value.reason}"
                self.findings.add("number-out-of-range", span, message, "put it in quotes if it is text")
                self.damaged.add(path)
                value = None
        self._place(path, value, span, self.characters.text[start:end], not event.style)

    def _extent(self, event: ScalarEvent, start: int) -> tuple[int, int]:
        """Where a scalar begins and ends, the same with both parsers.

        Block text ends before the blank lines after it. A value left out is the point right behind what
        precedes it: in flow style one parser puts it before the blanks there, the other after them.
        """
        text, end = self.characters.text, _end(event)
        if event.value == "" and not event.style:
            while start > 0 and text[start - 1] in " \t\r\n":
                start -= 1
            return start, start
        return start, start + len(text[start:end].rstrip())

    def _close(self, end: int) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        frame = self._open.pop()
        self._place(frame.path, frame.data, self._collection_span(frame, end))

    def _collection_span(self, frame: _Open, end: int) -> Span:
        if frame.flow:
            return self.characters.span(frame.start, end)
        if isinstance(frame.data, list):
            head, first = self.characters.span(frame.start, frame.start + 1), self.nodes.get((*frame.path, 0))
        elif frame.keys:
            key, head = next(iter(frame.keys.items()))
            first = self.nodes.get((*frame.path, key))
        else:
            return self.characters.span(frame.start, frame.start + 1)
        if first is not None and first.span.end.line == head.start.line and first.span.end > head.end:
            return Span(head.start, first.span.end)
        return head

    def _place(self, path: Path, value: object, span: Span, written: str | None = None, plain: bool = False) -> None:
        """Put a finished value into the collection it belongs to."""
        key: Span | None = None
        if not self._open:
            self._root, self._complete = value, True
        elif isinstance(data := self._open[-1].data, list):
            data.append(value)
        else:
            name, self._open[-1].key = self._open[-1].key or "", None
            key = self._open[-1].keys[name]
            data[name] = value
        self.nodes[path] = Node(span, key, written, plain)

    # --- what is refused ---

    def _after_blanks(self, index: int) -> int:
        text = self.characters.text
        while index < len(text) and text[index] in " \t\r\n":
            index += 1
        return index

    def _refuse_properties(self, event: NodeEvent) -> int:
        """Record an alias, an anchor and a tag; the index at which the value proper begins."""
        start = _start(event)
        tag = getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            span = self.characters.span(start, _end(event))
            message = f"aliases (`*{_shortened(event.anchor or '')}`) are not allowed"
            self.findings.add("alias-not-allowed", span, message, "write the value out, or quote it if it is text")
        elif event.anchor is not None or tag is not None:
            properties = _PROPERTIES.match(self.characters.text, start, _end(event))
            end = properties.end() if properties else start
            for found in _PROPERTY.finditer(self.characters.text, start, end):
                rule, name = ("anchor", "anchors") if found.group().startswith("&") else ("tag", "tags")
                message = f"{name} (`{_shortened(found.group())}`) are not allowed"
                span = self.characters.span(found.start(), found.end())
                self.findings.add(f"{rule}-not-allowed", span, message, "remove it, or quote it if it is text")
            return end
        return start

    def _is_too_deep(self, start: int) -> bool:
        """Whether the collection that begins at `start` is nested too deep; only the first is recorded."""
        if len(self._open) + self._skipping < DEPTH_MAX:
            return False
        if not self._too_deep_told:
            self._too_deep_told = True
            message = f"more than {DEPTH_MAX} levels of lists and mappings"
            self.findings.add("too-deep", self.characters.span(start, start + 1), message, "nest less deeply")
        return True

    def _refuse_key(self, start: int) -> None:
        text = self.characters.text
        if text[start - 1 : start + 1] == "{{" and start > 0:
            end = text.find("}}", start)
            start, end = start - 1, end + 2 if end >= 0 else start + 1
            message, way_out = (
                "text that begins with `{{` must be quoted",
                'put the whole text in "double quotes"',
            )
        else:
            end = start + 1
            message, way_out = "a key must be text, not a list or a mapping", "quote it if it is text"
        self.findings.add("key-not-text", self.characters.span(start, end), message, way_out)

    def _refuse_syntax(self, error: yaml.YAMLError) -> None:
        found = explain(error, self.characters, self._at)
        label = None
        if found.opened_at is not None:
            label = Label(self.characters.span(found.opened_at, found.opened_at + 1), "opened here")
        line_start, line = self.characters.line_at(found.start)
        end = max(found.start, min(found.end, line_start + len(line)))
        span = self.characters.span(found.start, end)
        self.findings.add("yaml-syntax", span, found.message, found.help, label)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…"
