"""Phone numbers become E.164 or are refused with a reason word (runtime/phone.py, SPEC L5)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spara_cli.runtime.phone import PhoneError, known_region, normalise_phone


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+12125550123", "US", "+12125550123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1.212.555.0123", "US", "+12125550123"),
        (" 212 555 0123\t", "US", "+12125550123"),
        ("212\u2013555\u00a00123", "US", "+12125550123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 (0)20 7946 0123", "US", "+442079460123"),
        ("0044 20 7946 0123", "US", "+442079460123"),
        ("0044 20 7946 0123", "DE", "+442079460123"),
        ("0011 44 20 7946 0123", "AU", "+442079460123"),
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("'+442079460123", "US", "+442079460123"),
        ("＋４４　２０　７９４６　０１２３", "US", "+442079460123"),
        ("٠٢٠٧٩٤٦٠١٢٣", "GB", "+442079460123"),
        ("\u202a+44 20 7946 0123\u202c", "US", "+442079460123"),
        ("442079460123.0", "GB", "+442079460123"),
        ("030/23125 012", "DE", "+493023125012"),
        ("22 00 01 23", "NO", "+4722000123"),
        ("+47 22 00 01 23", "XX", "+4722000123"),
        ("07700 900123", "GB", "+447700900123"),
        ("+33639980123", "US", "+33639980123"),
    ],
)
def test_a_number_as_people_write_it_becomes_e164(text: str, region: str, number: str) -> None:
    assert normalise_phone(text, region) == number


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("", "US", "not_a_number"),
        ("n/a", "US", "not_a_number"),
        ("+", "US", "not_a_number"),
        ("call 212 555 0123", "US", "not_a_number"),
        ("1-800-FLOWERS", "US", "not_a_number"),
        ("212+5550123", "US", "not_a_number"),
        ("212\x005550123", "US", "not_a_number"),
        pytest.param("2" * 1_000_000, "US", "not_a_number", id="a million digits"),
        ("4.47912E+11", "US", "digits_lost"),
        ("4,47912e11", "DE", "digits_lost"),
        ("(212) 555-0147 x204", "US", "extension"),
        ("+1 212 555 0147;ext=204", "US", "extension"),
        ("555-0123", "US", "too_short"),
        ("+1 555 12", "US", "too_short"),
        ("212 555 01234567", "US", "too_long"),
        ("2125550123 / 2125550124", "US", "too_long"),
        ("+999 1234567", "US", "invalid_country_code"),
        ("212 555 0123", "XX", "unknown_region"),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_a_reason_word(text: str, region: str, reason: str) -> None:
    with pytest.raises(PhoneError) as caught:
        normalise_phone(text, region)
    assert caught.value.reason == reason
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("code", "region"),
    [("NO", "NO"), (" no ", "NO"), ("UK", "GB"), ("Norway", None), ("XX", None), ("001", None), ("", None)],
)
def test_a_region_is_a_two_letter_code_with_a_numbering_plan(code: str, region: str | None) -> None:
    assert known_region(code) == region


@settings(deadline=None)
@given(st.text() | st.text("+0123456789 ()-./'", max_size=30), st.sampled_from(["US", "GB", "NO", "??"]))
def test_any_text_is_refused_or_becomes_a_number_that_stays_the_same(text: str, region: str) -> None:
    try:
        number = normalise_phone(text, region)
    except PhoneError:
        return
    assert number.startswith("+") and number[1:].isdigit() and len(number) <= 16
    assert normalise_phone(number, region) == number


def test_a_number_that_no_plan_knows_yet_is_taken_as_it_is() -> None:
    """L5 refuses what cannot be normalised; whether a number is assigned changes daily, and only a call tells."""
    assert normalise_phone("(555) 123-4567", "US") == "+15551234567"
