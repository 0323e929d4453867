"""The text of a lead file: checked as UTF-8 from end to end first, then read line by line.

The one thing to know: the bytes are read twice. A file in another encoding would otherwise be found out
at its first accent, after thousands of rows went in, and read leniently it would damage names in silence.
What cannot be read twice (a pipe) is spooled to a temporary file. Memory stays constant: a chunk, a line.
"""

from __future__ import annotations

import codecs
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from spara_cli.errors import StoreError, UsageError

CHUNK_BYTES = 1 << 20
LINE_LENGTH_MAX = 1 << 20
"""Characters, the line's ending included."""
SPOOL_BYTES_MAX = 4 << 30
"""A pipe that never ends must not fill the disk."""

SAVE_HINT = "save it as UTF-8 text (in Excel: Save As, `CSV UTF-8`)"

_SIGNATURES = {
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
    b"PK\x03\x04": "is a ZIP archive or an Excel workbook, not text",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook, not text",
    b"\x1f\x8b": "is compressed with gzip",
    b"%PDF": "is a PDF, not text",
}


class LineTooLong(Exception):
    """The line just passed over has more than LINE_LENGTH_MAX characters."""


class TextLines:
    """Lines of checked text. `number` is that of the line read last, from 1; `head` how the text begins."""

    def __init__(self, text: io.TextIOWrapper, head: str) -> None:
        self.number = 0
        self.head = head
        self._text = text

    def read(self) -> str:
        """The next line with its ending (LF, CRLF or CR), or `""` after the last.

        Raises LineTooLong for a line over the limit, having passed it; the next call goes on behind it.
        """
        try:
            line = self._text.readline(LINE_LENGTH_MAX)
            if line:
                self.number += 1
            if len(line) < LINE_LENGTH_MAX or line.endswith(("\n", "\r")):
                return line
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(LINE_LENGTH_MAX)
        except UnicodeDecodeError:  # the first pass found none
            raise UsageError("the file changed while it was read", hint="run the import again") from None
        raise LineTooLong


@contextmanager
def checked_lines(stream: BinaryIO) -> Iterator[TextLines]:
    """The lines of `stream`, from where it stands, once all of it is known to be UTF-8 (a BOM is dropped).

    The stream is left open. Raises UsageError for a text that is empty, binary or in another encoding,
    StoreError when a pipe cannot be spooled.
    """
    if stream.seekable():
        start = stream.tell()
        head = _checked(stream, None)
        stream.seek(start)
        with _lines(stream, head) as lines:
            yield lines
        return
    with tempfile.TemporaryFile() as spool:
        head = _checked(stream, spool)
        spool.seek(0)
        with _lines(cast(BinaryIO, spool), head) as lines:
            yield lines


@contextmanager
def _lines(stream: BinaryIO, head: str) -> Iterator[TextLines]:
    # newline="": a CSV cell keeps its line breaks as they are.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield TextLines(text, head)
    finally:
        if not stream.closed:  # by a caller that gave up on the rows: there is nothing left to keep open
            text.detach()


def _checked(stream: BinaryIO, spool: IO[bytes] | None) -> str:
    """Read `stream` to its end, copying it to `spool`; how the text begins, or UsageError."""
    check = _Utf8Check()
    length_bytes = 0
    while chunk := stream.read(CHUNK_BYTES):
        check.feed(chunk)
        length_bytes += len(chunk)
        if spool is None:
            continue
        if length_bytes > SPOOL_BYTES_MAX:
            raise UsageError(f"more than {SPOOL_BYTES_MAX >> 30} GiB from a pipe", hint="split it, or name a file")
        try:
            spool.write(chunk)
        except OSError as error:
            raise StoreError(f"cannot keep the input in a temporary file: {error.strerror}") from error
    check.finish()
    return check.head


class _Utf8Check:
    """Fed a text chunk by chunk, raises UsageError at the first byte that is wrong."""

    def __init__(self) -> None:
        self.head = ""
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._breaks = 0
        self._after_return = False
        self._started = False

    def feed(self, chunk: bytes) -> None:
        if not self._started:
            self._started = True
            for signature, what in _SIGNATURES.items():
                if chunk.startswith(signature):
                    raise UsageError(f"the file {what}", hint=SAVE_HINT)
        if (at := chunk.find(0)) >= 0:
            line = self._breaks + self._count(chunk[:at]) + 1
            raise UsageError(f"line {line}: a NUL byte; the file is binary or UTF-16", hint=SAVE_HINT)
        text = self._decoded(chunk, final=False)
        if len(self.head) < 100:
            self.head = (self.head + text[:1000]).lstrip()
        self._breaks += self._count(chunk)
        self._after_return = chunk.endswith(b"\r")

    def finish(self) -> None:
        self._decoded(b"", final=True)
        if not self.head:
            raise UsageError("the file is empty", hint="it wants a line of column names, then a line for each lead")

    def _decoded(self, chunk: bytes, *, final: bool) -> str:
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            # `error.object` may begin with bytes of the chunk before: part of a character, no line break.
            line = self._breaks + self._count(error.object[: error.start]) + 1
            raise UsageError(
                f"line {line}: byte 0x{error.object[error.start]:02X} is not UTF-8",
                hint="convert the file first: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW_FILE",
            ) from None

    def _count(self, chunk: bytes) -> int:
        """Line breaks in `chunk`: LF, CRLF and CR are one each, also when a CRLF is cut in two."""
        breaks = chunk.count(b"\n") + chunk.count(b"\r") - chunk.count(b"\r\n")
        return breaks - (self._after_return and chunk.startswith(b"\n"))
