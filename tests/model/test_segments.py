"""SPEC S, send_text: encoding and segments are what the networks make of a text (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.model.segments import GSM_ALPHABET, GSM_EXTENSION, SmsSize, measure_sms


@pytest.mark.parametrize(
    ("body", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("Ünicödé", "GSM-7", 7, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the euro does not fit the first segment's last septet
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2),
        ("line\r\nline", "GSM-7", 10, 1),
        ("ç", "UCS-2", 1, 1),  # only the capital is in the alphabet
        ("Ç", "GSM-7", 1, 1),
        ("\t", "UCS-2", 1, 1),
        ("你" * 70, "UCS-2", 70, 1),
        ("你" * 71, "UCS-2", 71, 2),
        ("你" * 134, "UCS-2", 134, 2),
        ("你" * 135, "UCS-2", 135, 3),
        ("🎉" * 35, "UCS-2", 70, 1),
        ("🎉" * 36, "UCS-2", 72, 2),
        ("🎉" * 67, "UCS-2", 134, 3),  # 33 whole emoji to a segment of 67
        ("👩‍👩‍👧", "UCS-2", 8, 1),
        ("a" * 69 + "’", "UCS-2", 70, 1),
    ],
)
def test_a_text_has_this_size(body: str, encoding: str, units: int, segments: int) -> None:
    size = measure_sms(body)
    assert (size.encoding, size.units, size.segments) == (encoding, units, segments)


def test_the_characters_that_cost_a_longer_message_are_named_once_in_order() -> None:
    assert measure_sms("Hi “Ada” – “ok”") == SmsSize("UCS-2", 15, 1, ("“", "”", "–"))
    assert measure_sms("Hi Ada").non_gsm == ()


def test_the_alphabet_has_127_characters_and_ten_more_behind_the_escape() -> None:
    assert len(GSM_ALPHABET) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_ALPHABET & GSM_EXTENSION


@given(st.text(max_size=400))
def test_segments_hold_the_units_and_none_is_needless(body: str) -> None:
    size = measure_sms(body)
    single, part = (160, 153) if size.encoding == "GSM-7" else (70, 67)
    if size.segments <= 1:
        assert size.units <= single
    else:
        assert (size.segments - 1) * (part - 1) < size.units <= size.segments * part
    if size.encoding == "UCS-2":
        assert size.units == len(body.encode("utf-16-le", "surrogatepass")) // 2
