"""The lexical half of the YAML reader: bytes to characters, plain words to values, complaints to sentences.

The one thing to know: nothing here knows about structure. `reading.py` walks the document and asks this
module what a character may be, what an unquoted word means and how to say what the parser disliked.
"""

from __future__ import annotations

import codecs
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from yaml import MarkedYAMLError, YAMLError

from spara_cli.diagnostics import FILE_START, Diagnostic, Label, Position, Span

BYTES_MAX: Final = 1024 * 1024
FINDINGS_PER_RULE_MAX: Final = 20

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# The complement of YAML 1.2 c-printable (production [1]); a byte order mark inside the text is let through.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True)
class Characters:
    """A file's text with its line structure. Lines end at LF, CR LF or CR only, as in YAML 1.2.

    `str.splitlines` would also break at U+2028, U+0085 and form feeds, which no editor counts as lines.
    """

    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """The index in `text` at which each line begins."""
        return [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their breaks."""
        return tuple(_LINE_BREAK.split(self.text))

    def position(self, index: int) -> Position:
        """The 1-based line and column of `text[index]`; an index past the end is the end."""
        index = min(index, len(self.text))
        line = bisect_right(self.line_starts, index)
        return Position(line, index - self.line_starts[line - 1] + 1)

    def span(self, start: int, end: int) -> Span:
        """The span of `text[start:end]`."""
        return Span(self.position(start), self.position(end))

    def line_at(self, index: int) -> tuple[int, str]:
        """The index at which the line holding `index` begins, and that line's text."""
        line = bisect_right(self.line_starts, min(index, len(self.text))) - 1
        return self.line_starts[line], self.lines[line]


class Findings:
    """The errors of one file, at most `FINDINGS_PER_RULE_MAX` of a rule, then one that counts the rest."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._kept: list[Diagnostic] = []
        self._counts: dict[str, int] = {}
        self._first_left_out: dict[str, Span] = {}

    def add(self, rule: str, span: Span, message: str, help: str, label: Label | None = None) -> None:
        """Record an error, unless the same was said of the same place already."""
        if any(known.span.start == span.start and known.message == message for known in self._kept):
            return
        count = self._counts[rule] = self._counts.get(rule, 0) + 1
        if count <= FINDINGS_PER_RULE_MAX:
            self._kept.append(Diagnostic(self.path, span, rule, message, help=help, label=label))
        elif count == FINDINGS_PER_RULE_MAX + 1:
            self._first_left_out[rule] = span

    @property
    def none(self) -> bool:
        """Whether nothing was recorded."""
        return not self._kept

    def all(self) -> tuple[Diagnostic, ...]:
        """Everything recorded, in the order of the file's reading, the counts of what was left out last."""
        return (*self._kept, *self._left_out())

    def _left_out(self) -> Iterator[Diagnostic]:
        for rule, span in self._first_left_out.items():
            more = self._counts[rule] - FINDINGS_PER_RULE_MAX
            message = f"{more} more of these from here on"
            yield Diagnostic(self.path, span, rule, message, help="mend those shown, then look again")


# --- bytes to characters -----------------------------------------------------------------------------


def decode(content: bytes, findings: Findings) -> Characters:
    """The text of a file, without its byte order mark; why it cannot be read as text goes to `findings`.

    The size is checked first, so that nothing large is ever decoded. Of a file that is not UTF-8 the text
    is what can be shown, and the position of the first bad byte is exact: everything before it is UTF-8.
    """
    if len(content) > BYTES_MAX:
        message = f"the file has {len(content):,} bytes; at most {BYTES_MAX:,} (1 MiB) are read"
        findings.add("file-too-large", FILE_START, message, "split it into several files")
        return Characters("")
    for mark, encoding in _WIDE_MARKS:
        if content.startswith(mark):
            findings.add("not-utf8", FILE_START, f"the file is {encoding}, not UTF-8", "save it as UTF-8")
            return Characters("")
    body = content.removeprefix(codecs.BOM_UTF8)
    try:
        characters = Characters(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        characters = Characters(body.decode("utf-8", errors="replace"))
        index = len(body[: error.start].decode("utf-8"))
        offset = error.start + len(content) - len(body)
        message = f"byte 0x{body[error.start]:02X} at offset {offset} is not UTF-8"
        findings.add("not-utf8", characters.span(index, index + 1), message, "save the file as UTF-8")
    else:
        _refuse_control_characters(characters, findings)
    return characters


def _refuse_control_characters(characters: Characters, findings: Findings) -> None:
    for match in _UNPRINTABLE.finditer(characters.text):
        span = characters.span(match.start(), match.end())
        if match.group() == "\0":
            findings.add("binary-file", span, "this is not a text file: it holds a NUL", "save it as UTF-8 text")
            break
        message = f"control character U+{ord(match.group()):04X}"
        findings.add("binary-file", span, message, 'remove it, or write it as an escape in "double quotes"')


# --- plain words to values ---------------------------------------------------------------------------

_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS: Final = dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_NUMBER_FIRST: Final = frozenset("+-.0123456789")
_PHONE = re.compile(r"\+[0-9]{8,}")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BASES: Final = {"0o": 8, "0x": 16}
_INTEGER_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class NotANumber:
    """A plain word that is a number in YAML but none that can be kept; `reason` completes "`x` …"."""

    reason: str


def resolve(word: str) -> str | int | float | bool | NotANumber | None:
    """The value of an unquoted scalar by the YAML 1.2 core schema (section 10.3.2).

    So `NO`, `on`, `10:30` and `2026-03-02` are text. One deliberate exception: `+` and eight or more digits
    is a phone number, and stays text, although the core schema would make it an integer.
    """
    if word in _NULLS:
        return None
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    if word[0] not in _NUMBER_FIRST or _PHONE.fullmatch(word):
        return word
    if _INTEGER.fullmatch(word):
        return _integer(word)
    if _FLOAT.fullmatch(word):
        number = float(word)
        return number if math.isfinite(number) else NotANumber("is too large")
    if _NOT_FINITE.fullmatch(word):
        return NotANumber("cannot be kept: JSON and SQL have no such number")
    return word


def _integer(word: str) -> int | NotANumber:
    base = _BASES.get(word[:2], 10)
    significant = word.lstrip("+-0ox") or "0"
    too_large = NotANumber("is too large: integers have at most 64 bits")
    if len(significant) > _INTEGER_BITS:  # asked first: Python refuses to convert thousands of digits
        return too_large
    number = int(significant, base) * (-1 if word.startswith("-") else 1)
    return number if -(2 ** (_INTEGER_BITS - 1)) <= number < 2 ** (_INTEGER_BITS - 1) else too_large


# --- the parser's complaints to sentences ------------------------------------------------------------

_LIQUID = re.compile(r"(?:^\s*|[:,-]\s+|\[\s*)(\{[{%])")
_ESCAPE_OUTSIDE_UNICODE = re.compile(
    r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}|\\U(?!000[0-9a-fA-F]|0010)[0-9a-fA-F]{8}"
)
BAD_ESCAPE: Final = "found invalid Unicode character escape code"
_QUOTE_IT: Final = 'put the whole text in "double quotes"'
_BACKSLASH: Final = "write `\\\\` for a backslash, or use 'single quotes'"
_COMPLAINTS: Final = (  # part of PyYAML's or libyaml's wording, our sentence, the way out
    ("entries are not allowed", "a list item (`-`) cannot begin here", "begin the list on its own line"),
    ("keys are not allowed", "`?` cannot begin here", _QUOTE_IT),
    ("hex", "this escape wants more hexadecimal digits", _BACKSLASH),
    ("chomping", "no text may follow here on this line", "begin it on the next line"),
    ("comment or", "no text may follow here on this line", "begin it on the next line"),
    ("indentation indicator", "the number after `|` or `>` must be 1 to 9", "leave the number out"),
    ("node content", "a value is missing here", _QUOTE_IT),
    ("',' or ']'", "expected `,` or `]`", "separate items by `,` and close the list with `]`"),
    ("',' or '}'", "expected `,` or `}`", "separate entries by `,` and close the mapping with `}`"),
    ("unexpected ':'", "inside `[…]` and `{…}` a `:` needs a blank after it", _QUOTE_IT),
    ("undefined tag", "tags (`!…`) are not allowed", _QUOTE_IT),
    ("incompatible", "only YAML 1.2 is read", "remove the `%YAML` line"),
    ("<document start>", "text after the end of the document", "remove it, or mend its indentation"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the YAML parser could not read, said for the author: `text[start:end]`, why, and the way out."""

    start: int
    end: int
    message: str
    help: str
    opened_at: int | None = None


def explain(error: YAMLError, characters: Characters, read_up_to: int) -> Complaint:
    """One plain sentence for an error of PyYAML or libyaml, whose wordings differ, at the place to mend.

    `read_up_to` is the index up to which all was well, for the rare error that names no place.
    """
    text, problem, construct, at = characters.text, str(error), "", read_up_to
    context = at
    if isinstance(error, MarkedYAMLError):
        problem, construct = error.problem or problem, error.context or ""
        at = context = min(error.problem_mark.index if error.problem_mark else at, len(text))
        context = error.context_mark.index if error.context_mark else at
    if problem == BAD_ESCAPE:
        escape = _ESCAPE_OUTSIDE_UNICODE.search(text, context)
        start, end = escape.span() if escape else (context, context + 1)
        message = "this escape is no character of Unicode"
        return Complaint(start, end, message, "write the character itself, or one `\\U0001F600` escape")
    line_start, line = characters.line_at(at)
    indent = len(line) - len(line.lstrip(" \t"))
    first, last = line_start + indent, line_start + len(line.rstrip())

    if (tab := text.find("\t", line_start, max(first, at + 1))) >= 0 and (tab < first or tab == at):
        message = "a tab cannot be used for indentation" if tab < first else "a tab cannot stand here"
        return Complaint(tab, tab + 1, message, "use spaces, two for each level")
    if "quoted scalar" in construct and ("stream" in problem or "document" in problem):
        return Complaint(context, context + 1, "this quote is never closed", "close it where the text ends")
    if (liquid := _LIQUID.search(line)) and line_start + liquid.start(1) <= at:
        start = line_start + liquid.start(1)
        return Complaint(start, start + 2, f"text that begins with `{liquid[1]}` must be quoted", _QUOTE_IT)
    if "',' or" in problem and not text[at:].strip():
        return Complaint(context, context + 1, f"this `{text[context]}` is never closed", "close it")
    if "could not find expected ':'" in problem:
        start, its_line = characters.line_at(context)
        message = "expected `key: value` or a list item"
        return Complaint(context, start + len(its_line.rstrip()), message, "write `key: value`, or quote it")
    if "directive" in construct:
        return Complaint(first, last, "this line reads as a `%` directive, but is none", "remove or quote it")
    if "mapping values" in problem:
        if re.search(r":\s", text[line_start:at]):
            return Complaint(at, at + 1, "a value that contains `: ` must be quoted", _QUOTE_IT)
        message = "this line reads as part of the value above it"
        return Complaint(first, at, message, "mend its indentation, or the value above")
    if "block collection" in construct:
        message = "this line does not belong to the list above it"
        return Complaint(at, max(last, at), message, "begin it with `-`, or mend its indentation")
    if "expected key" in problem or "<block end>" in problem:
        if at > first:
            return Complaint(at, max(last, at), "there is more text after the value ended", _QUOTE_IT)
        message = "this line's indentation fits none of the lines above"
        return Complaint(at, max(last, at), message, "indent it exactly as the keys it belongs to")
    if "cannot start" in problem or re.search("alias|anchor|tag", construct):
        at = at if "cannot start" in problem else context
        character = "a backtick" if text[at : at + 1] == "`" else f"`{text[at : at + 1]}`"
        return Complaint(at, at + 1, f"text cannot begin with {character}", _QUOTE_IT)
    if "unknown escape" in problem:  # at the backslash in libyaml, behind it in PyYAML
        at -= text[at : at + 1] != "\\"
        return Complaint(at, at + 2, "this is not an escape that YAML knows", _BACKSLASH)
    for part, message, way_out in _COMPLAINTS:
        if part in problem:
            return Complaint(at, at + 1, message, way_out, context if "',' or" in problem else None)
    return Complaint(at, at + 1, f"this is not valid YAML: {problem}", "see https://yaml.org/spec/1.2.2")
