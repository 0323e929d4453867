"""Email addresses: whether a text is one address a mail server would take.

The check is shaped by RFC 5321 section 4.1.2 and deliberately small: one `@`, a dot-atom or quoted local
part in ASCII, a domain of two labels or more (internationalised ones too, RFC 5890). It never asks the
network, and it never mends: what comes back is what was written, without the blanks around it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ADDRESS_OCTETS_MAX = 254
"""RFC 5321 section 4.5.3.1.3 allows a path of 256 octets, two of them the angle brackets."""
LOCAL_OCTETS_MAX = 64
LABEL_OCTETS_MAX = 63

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
# Nearly every address there is, in one step; what it does not match gets the full check.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)(?=.{1,254}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def parse_address(text: str) -> str:
    """The address in `text` without the blanks around it, otherwise unchanged (RFC 5321 section 4.1.2).

    A display name (`Ada <ada@example.com>`), several addresses, an address literal (`a@[192.0.2.1]`) and a
    domain of one label are refused: none of them is a person's address. Raises ValueError with the reason
    as a phrase that completes "not an email address: …".
    """
    address = text.strip()
    if _PLAIN.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not at:
        raise ValueError("it has no `@`")
    if len(address) > ADDRESS_OCTETS_MAX:
        raise ValueError(f"it is longer than {ADDRESS_OCTETS_MAX} characters")
    _check_local(local)
    if len(local) + 1 + len(_ascii_domain(domain)) > ADDRESS_OCTETS_MAX:
        raise ValueError(f"it is longer than {ADDRESS_OCTETS_MAX} characters, its domain in ASCII")
    return address


def _check_local(local: str) -> None:
    if not local:
        raise ValueError("nothing stands before the `@`")
    if not local.isascii():
        raise ValueError("a letter outside ASCII stands before the `@`")
    if len(local) > LOCAL_OCTETS_MAX:
        raise ValueError(f"the part before the `@` is longer than {LOCAL_OCTETS_MAX} characters")
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return
    if "@" in local:
        raise ValueError("it has more than one `@`")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("a dot before the `@` has no letter beside it")
    raise ValueError("a character that is not allowed stands before the `@`")


def _ascii_domain(domain: str) -> str:
    """The domain as it goes over the wire, each label in its ASCII form (RFC 5891)."""
    labels = domain.split(".")
    if not domain:
        raise ValueError("nothing stands after the `@`")
    if "" in labels:
        raise ValueError("its domain has an empty label (a dot too many)")
    if len(labels) < 2:
        raise ValueError("its domain has no dot")
    wire = [_ascii_label(label) for label in labels]
    if wire[-1].isdigit():
        raise ValueError("its domain ends in a number")
    return ".".join(wire)


def _ascii_label(label: str) -> str:
    wire = label if label.isascii() else _idna_label(label)
    if len(wire) > LABEL_OCTETS_MAX:
        raise ValueError(f"its domain holds a label longer than {LABEL_OCTETS_MAX} characters")
    if not _LABEL.fullmatch(wire):
        raise ValueError("its domain holds a character that is not allowed")
    return wire


@lru_cache(maxsize=1_024)  # the codec is slow, and the leads of one company share a domain
def _idna_label(label: str) -> str:
    # The codec drops invisible characters in silence; they are refused here instead.
    if not all(sign == "-" or sign.isalnum() or unicodedata.category(sign)[0] == "M" for sign in label):
        raise ValueError("its domain holds a character that is not allowed")
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("its domain holds a label that cannot be written in ASCII") from None
