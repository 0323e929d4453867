"""What is an email address and what is not (model/address.py)."""

from __future__ import annotations

import pytest

from spara_cli.model.address import parse_address

LONG = "a" * 60


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com",
        "Ada.Lovelace+fair@Mail.Example.org",
        "o'rourke@example.com",
        "a!#$%&'*+-/=?^_`{|}~b@example.com",
        '"two words"@example.com',
        '"an @ and a \\" quote"@example.com',
        "ada@käse-welt.test",
        "ada@例え.test",
        "ada@xn--kse-welt-0za.test",
        "1@2.example.com",
        f"{'l' * 64}@example.com",
        f"a@{LONG}.{LONG}.{LONG}.{LONG}.test",
    ],
)
def test_an_address_comes_back_as_it_was_written_without_the_blanks_around_it(address: str) -> None:
    assert parse_address(f" \t{address}\u00a0\n") == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no `@`"),
        ("n/a", "no `@`"),
        ("@example.com", "nothing stands before"),
        ("ada@", "nothing stands after"),
        ("ada@example", "no dot"),
        ("ada@@example.com", "more than one `@`"),
        ("ada@example.com,bob@example.com", "more than one `@`"),
        ("ada..l@example.com", "dot before the `@`"),
        (".ada@example.com", "dot before the `@`"),
        ("ada.@example.com", "dot before the `@`"),
        ("ada lovelace@example.com", "not allowed stands before"),
        ("Ada <ada@example.com>", "not allowed stands before"),
        ("mailto:ada@example.com", "not allowed stands before"),
        ("jörg@example.com", "outside ASCII"),
        ("ada@example..com", "empty label"),
        ("ada@example.com.", "empty label"),
        ("ada@-example.com", "not allowed"),
        ("ada@exam ple.com", "not allowed"),
        ("ada@exam\u200bple.com", "not allowed"),
        ("ada@exa_mple.com", "not allowed"),
        ("ada@[192.0.2.1]", "not allowed"),
        ("ada@192.0.2.1", "ends in a number"),
        ("ada\n@example.com", "not allowed"),
        (f"{'l' * 65}@example.com", "longer than 64"),
        (f"a@{'d' * 64}.test", "longer than 63"),
        (f"a@{'ä' * 63}.test", "in ASCII"),
        (f"a@{LONG}.{LONG}.{LONG}.{LONG}.{LONG}.test", "longer than 254"),
        pytest.param("a" * 1_000_000, "no `@`", id="a million letters"),
        pytest.param("a@" + "ä" * 1_000_000, "longer than 254", id="a million umlauts"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_address(text)
    assert reason in str(caught.value)
