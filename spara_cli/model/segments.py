"""How large an SMS is: its encoding and the segments it is billed and sent as (3GPP TS 23.038, 23.040).

The one thing to know: one character outside the GSM alphabet turns the whole message into UCS-2, where a
segment holds 70 instead of 160. A character never straddles two segments, so a few units may stay empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet, one septet each (TS 23.038, 6.2.1)."""
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Reached by an escape, two septets each (TS 23.038, 6.2.1.1)."""

_GSM = GSM_ALPHABET | GSM_EXTENSION
_SINGLE_MAX = {"GSM-7": 160, "UCS-2": 70}
_PART_MAX = {"GSM-7": 153, "UCS-2": 67}  # six octets of each part are its header
_BMP_LAST = 0xFFFF


@dataclass(frozen=True, slots=True)
class SmsSize:
    """The size of one message. `units` are septets for GSM-7, UTF-16 code units for UCS-2.

    `non_gsm` are the characters that forced UCS-2, each once, in order of appearance.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    non_gsm: tuple[str, ...] = ()


def measure_sms(body: str) -> SmsSize:
    """The size of `body` as an SMS; an empty body has no segment.

    A long message is cut where the networks cut it: 153 septets or 67 code units to a segment, never inside
    an escape sequence or a surrogate pair (3GPP TS 23.040, 9.2.3.24).
    """
    foreign = tuple(dict.fromkeys(sign for sign in body if sign not in _GSM))
    if foreign:
        return _measured("UCS-2", [2 if ord(sign) > _BMP_LAST else 1 for sign in body], foreign)
    return _measured("GSM-7", [2 if sign in GSM_EXTENSION else 1 for sign in body], ())


def _measured(encoding: Literal["GSM-7", "UCS-2"], widths: Iterable[int], non_gsm: tuple[str, ...]) -> SmsSize:
    sizes = list(widths)
    units = sum(sizes)
    if units <= _SINGLE_MAX[encoding]:
        return SmsSize(encoding, units, 1 if units else 0, non_gsm)
    segments, room = 1, _PART_MAX[encoding]
    for width in sizes:
        if width > room:
            segments, room = segments + 1, _PART_MAX[encoding]
        room -= width
    return SmsSize(encoding, units, segments, non_gsm)
