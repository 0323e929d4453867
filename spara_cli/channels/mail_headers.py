"""Mail headers as they go over the wire: addresses, encoded words, folding (RFC 5322, RFC 2047).

The one thing to know: the standard library encodes any unbroken token over 78 columns, also a Message-ID
or the URL of `List-Unsubscribe`, and Gmail's threading and one-click unsubscribe then fail in silence. So
every value is made ASCII here, and `folded` breaks lines at spaces only and encodes nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode

from spara_cli.model.address import parse_address

LINE_COLUMNS = 76
LINE_COLUMNS_MAX = 998
"""RFC 5322 section 2.1.1: no line may be longer, its end not counted."""
_CHUNK_OCTETS = 39  # 52 letters of base64, so an encoded word has 64 of its 75 (RFC 2047 section 2)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN_WORDS = re.compile(r"[!-~]{1,60}(?: [!-~]{1,60})*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NAMED_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_MESSAGE_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_MESSAGE_ID_MAX = 250
_URL = re.compile(r"https?://[!-;=?-~]+")
_URL_MAX = 900


class MailError(ValueError):
    """A message that cannot be a mail. `field` names the part at fault, as a playbook writes it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def one_line(text: str) -> str:
    """`text` with line ends and control characters folded to one space, so that it can begin no header."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)).strip()


def unstructured(text: str) -> str:
    """A subject: as it is when short plain words, else encoded words of at most 64 columns (RFC 2047)."""
    line = one_line(text)
    if not line or (_PLAIN_WORDS.fullmatch(line) and "=?" not in line):
        return line
    return _encoded_words(line)


def _encoded_words(text: str) -> str:
    """Base64 words, none of which splits a character; a reader drops the spaces between them."""
    words: list[bytes] = [b""]
    for sign in text:
        octets = sign.encode()
        if len(words[-1]) + len(octets) > _CHUNK_OCTETS:
            words.append(b"")
        words[-1] += octets
    return " ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)


def split_address(text: str, field: str) -> tuple[str, str]:
    """Display name and address of `a@b.c` or `Name <a@b.c>`, the domain in ASCII. Raises MailError."""
    line = one_line(text)
    named = _NAMED_ADDRESS.fullmatch(line)
    name, address = (named["name"].strip(), named["address"]) if named else ("", line)
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    try:
        local, _, domain = parse_address(address).rpartition("@")
    except ValueError as error:
        raise MailError(field, f"{line!r} is not an email address: {error}") from error
    return name, f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def address_header(texts: tuple[str, ...], field: str) -> str:
    """The value of `To`, `From` and the like. Raises MailError for what is no address."""
    return ", ".join(_address(*split_address(text, field)) for text in texts)


def _address(name: str, address: str) -> str:
    if not name:
        return address
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{address}>"
    if _PLAIN_WORDS.fullmatch(name) and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_encoded_words(name)} <{address}>"


def message_id_header(identifier: str, field: str = "message_id") -> str:
    """`<id>` of an id with or without its angle brackets. Raises MailError for what is none."""
    bare = identifier.strip().removeprefix("<").removesuffix(">")
    if len(bare) > _MESSAGE_ID_MAX or not _MESSAGE_ID.fullmatch(bare):
        raise MailError(field, f"{identifier!r} is not a Message-ID")
    return f"<{bare}>"


def url_header(url: str, field: str) -> str:
    """`<url>` of an http(s) URL in ASCII. Raises MailError for anything else."""
    if len(url) > _URL_MAX or not _URL.fullmatch(url):
        raise MailError(field, f"{url!r} is not an http or https address of at most {_URL_MAX} characters")
    return f"<{url}>"


def folded(name: str, value: str) -> str:
    """The header's lines with CRLF, broken before a space once a line is full; `value` is printable ASCII."""
    if not value.isascii() or not value.isprintable():
        raise MailError(name, "a header holds printable ASCII only")
    lines = [f"{name}:"]
    for word in value.split(" "):
        # The first word stays beside the name: some readers take an empty first line for the end.
        if word and len(lines[-1]) + 1 + len(word) > LINE_COLUMNS and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"
