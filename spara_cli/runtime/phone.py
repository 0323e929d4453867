"""Phone numbers as people type and spreadsheets mangle them, turned into E.164 (SPEC L5).

The one thing to know: a number comes back certain or not at all. What a spreadsheet has rounded, what
carries an extension and what no numbering plan knows is refused with a reason word, for a wrong number
means calling a stranger. The numbering plans are those of libphonenumber, imported when first needed
(it costs 0.1 s); nothing here asks the network.
"""

from __future__ import annotations

import re
import unicodedata

PHONE_TEXT_LENGTH_MAX = 100

# The shapes of a plain number once digits and signs are ASCII; anything else is words, or two numbers.
_PLAIN = re.compile(r"\+?[0-9 ().\-/]*[0-9][0-9 ().\-/]*")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")
_WHOLE_FLOAT = re.compile(r"(\+?[0-9]{6,15})[.,]0")
_ASCII_SIGNS = str.maketrans({"＋": "+", "（": "(", "）": ")", "．": ".", "／": "/", "−": "-", "ー": "-", "⁄": "/"})

# Kept free for fiction by the regulators, so no plan knows them: fit for tests, never anybody's. Ofcom,
# "Numbers for drama use"; Arcep's numbering plan, audiovisual works; ComReg, 020 91X XXXX.
_FICTIONAL = re.compile(r"\+44(?:7700900|1632960)[0-9]{3}|\+3363998[0-9]{4}|\+3532091[0-9]{5}")


class PhoneError(ValueError):
    """Text that is no dialable number. `reason` is one word to group by; the message is one line."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def normalise_phone(text: str, region: str) -> str:
    """The number in E.164 (`+12125550123`); a national number is read as one of `region` (ISO 3166-1, `US`).

    Spaces, dashes, dots, slashes, parentheses, full-width digits, `00` for `+`, a leading apostrophe and a
    `.0` that a spreadsheet left are understood. Raises PhoneError with `reason` one of `not_a_number`,
    `extension`, `digits_lost`, `too_short`, `too_long`, `invalid_country_code`, `unknown_region`.
    """
    plain = _plain_signs(text)
    if _SCIENTIFIC.fullmatch(plain):
        raise PhoneError("digits_lost", "a spreadsheet rounded it and lost its digits; format the column as text")
    if whole := _WHOLE_FLOAT.fullmatch(plain):
        plain = whole[1]
    if len(plain) > PHONE_TEXT_LENGTH_MAX or not _PLAIN.fullmatch(plain):
        _refuse_words(plain, region)
    if not plain.startswith("00"):
        return _dialable(plain, region)
    try:
        return _dialable(plain, region)  # `0011` is how Australia dials abroad, and `00` may begin `001`
    except PhoneError:
        return _dialable("+" + plain[2:].lstrip(" -"), region)


def known_region(code: str) -> str | None:
    """The region (ISO 3166-1 alpha-2, upper case) that `code` names, None when it has no numbering plan."""
    from phonenumbers import SUPPORTED_REGIONS

    region = code.strip().upper()
    if region == "UK":  # reserved in ISO 3166-1 for exactly this, and what exports say
        region = "GB"
    return region if region in SUPPORTED_REGIONS else None


def _plain_signs(text: str) -> str:
    """The text with every digit, blank and dash in ASCII; invisible direction marks and a leading `'` go."""
    stripped = text.strip()
    if not stripped.isascii():
        stripped = "".join(_ascii_sign(sign) for sign in stripped.translate(_ASCII_SIGNS)).strip()
    return stripped.removeprefix("'").strip()


def _ascii_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    return {"Zs": " ", "Pd": "-", "Cf": ""}.get(category, sign)


def _refuse_words(plain: str, region: str) -> None:
    """Raise for text that is more than a number: an extension gets its own reason."""
    import phonenumbers

    if len(plain) <= PHONE_TEXT_LENGTH_MAX:
        try:
            extension = phonenumbers.parse(plain, region).extension
        except phonenumbers.NumberParseException:
            extension = None
        if extension:
            raise PhoneError("extension", "it has an extension; a text or a call reaches only a direct number")
    raise PhoneError("not_a_number", "it is not one phone number")


def _dialable(plain: str, region: str) -> str:
    import phonenumbers

    errors = phonenumbers.NumberParseException
    try:
        number = phonenumbers.parse(plain, None if plain.startswith("+") else region)
    except errors as error:
        if error.error_type == errors.INVALID_COUNTRY_CODE:
            if plain.startswith("+"):
                raise PhoneError("invalid_country_code", "it begins with a country code nobody has") from None
            if known_region(region) is None:
                raise PhoneError(
                    "unknown_region", f"it has no country code, and no region is called {region!a:.12}"
                ) from None
        if error.error_type == errors.TOO_LONG:
            raise PhoneError("too_long", "it has too many digits") from None
        if error.error_type in (errors.TOO_SHORT_NSN, errors.TOO_SHORT_AFTER_IDD):
            raise PhoneError("too_short", "it has too few digits") from None
        raise PhoneError("not_a_number", "it is not one phone number") from None
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Possible, not valid: number plans change faster than anyone updates a library, and a lead must not be lost
    # for it. What is wrong with the digits is found here; whether somebody answers, the provider says.
    results = phonenumbers.ValidationResult
    possible = phonenumbers.is_possible_number_with_reason(number)
    if (possible == results.IS_POSSIBLE and _E164.fullmatch(e164)) or _FICTIONAL.fullmatch(e164):
        return e164
    if possible == results.TOO_LONG:
        raise PhoneError("too_long", "it has too many digits")
    if possible in (results.TOO_SHORT, results.IS_POSSIBLE_LOCAL_ONLY, results.IS_POSSIBLE):
        raise PhoneError("too_short", "it has too few digits (is the area code missing?)")
    raise PhoneError("not_a_number", "it is not one phone number")
