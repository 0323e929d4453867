"""From the parser's events to data, with the place of every value: `Reader(characters, findings).read(...)`.

The one thing to know: the data is built on a stack of our own, one `_Open` for each collection that has
begun and not ended, so neither depth nor aliases can exhaust anything. What is refused leaves None or
nothing in the data and its path in `damaged`; reading goes on behind it, so that one run finds all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

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

from spara_cli.diagnostics import FILE_START, Label, Span
from spara_cli.playbook.refusals import refuse_key, refuse_properties, refuse_syntax, shortened
from spara_cli.playbook.scalars import BAD_ESCAPE, Characters, Findings, NotANumber, resolve
from spara_cli.playbook.yaml_events import end_of, events, stand_ins, start_of

Path: TypeAlias = tuple[str | int, ...]

DEPTH_MAX: Final = 50
# Findings inside a nest that is too deep are still collected down to here; then reading stops, because
# the parsers need quadratic time for nests of tens of thousands.
_DEPTH_GIVEN_UP: Final = 100
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Node:
    """Where one value was written: its span, its key's span in a mapping, and how a scalar looked."""

    span: Span
    key: Span | None = None
    written: str | None = None  # the source text of a scalar, quotes included; None for a collection
    plain: bool = False  # an unquoted scalar


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


class Reader:
    """Builds data and nodes from events; one instance per file.

    `nodes` has the place of every value by its path, `damaged` the paths at which something was left out.
    """

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

    def read(self, *, libyaml: bool) -> None:
        """Take in every event until the end, a syntax error or what makes going on pointless.

        `libyaml` chooses the parser, as in `read_source`. Never raises.
        """
        hidden = stand_ins(self.characters.text)
        self._restore = {ord(stand_in): chr(code) for code, stand_in in hidden.items()}
        try:
            for event in events(self.characters.text.translate(hidden), libyaml=libyaml):
                self._at = end_of(event)
                if not self._take(event):
                    break
        except yaml.YAMLError as error:
            self._complete = False
            refuse_syntax(error, self.characters, self.findings, self._at)

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
            self._close(end_of(event))
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if event.version not in (None, (1, 2)):
                raise yaml.MarkedYAMLError(problem="incompatible", problem_mark=cast(Mark, event.start_mark))
            if self._documents > 1:
                start = self._after_blanks(start_of(event))
                message, way_out = "a second document begins here", "keep one document to a file"
                self.findings.add("several-documents", self.characters.span(start, start + 3), message, way_out)
                return False
        return len(self._open) + self._skipping <= _DEPTH_GIVEN_UP

    def _node(self, event: NodeEvent) -> None:
        start = refuse_properties(event, self.characters, self.findings)
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
            self._place(path, None, self.characters.span(start, end_of(event)))
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
                refuse_key(start, self.characters, self.findings)
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
            message, way_out = f"key `{shortened(key)}` is defined twice", "remove or rename one of the two"
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
                message = f"`{shortened(event.value)}` {value.reason}"
                self.findings.add("number-out-of-range", span, message, "put it in quotes if it is text")
                self.damaged.add(path)
                value = None
        self._place(path, value, span, self.characters.text[start:end], not event.style)

    def _extent(self, event: ScalarEvent, start: int) -> tuple[int, int]:
        """Where a scalar begins and ends, the same with both parsers.

        Block text ends before the blank lines after it. A value left out is the point right behind what
        precedes it: in flow style one parser puts it before the blanks there, the other after them.
        """
        text, end = self.characters.text, end_of(event)
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

    def _after_blanks(self, index: int) -> int:
        text = self.characters.text
        while index < len(text) and text[index] in " \t\r\n":
            index += 1
        return index

    def _is_too_deep(self, start: int) -> bool:
        """Whether the collection that begins at `start` is nested too deep; only the first is recorded."""
        if len(self._open) + self._skipping < DEPTH_MAX:
            return False
        if not self._too_deep_told:
            self._too_deep_told = True
            message = f"more than {DEPTH_MAX} levels of lists and mappings"
            self.findings.add("too-deep", self.characters.span(start, start + 1), message, "nest less deeply")
        return True
