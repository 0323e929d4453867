"""RFC 5322, 2045–2047, 8058: what leaves is a mail every reader takes, whatever the fields hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spara_cli.channels.mail_html import markdown_html
from spara_cli.channels.mime import (
    MailError,
    email_bytes,
    envelope_recipients,
    envelope_sender,
    message_id_for,
    rendered_text,
)
from spara_cli.model.message import DeliveryKey, Email

DATE = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MAIL = Email(to=("ada@example.com",), subject="Hello", text="Hello", markdown="Hello", marketing=False)
URL = "https://acme.test/u/" + "x" * 200


def raw(message: Email = MAIL, **options: Any) -> bytes:
    options = {"message_id": "m1@acme.test", "date": DATE, "default_sender": "Acme <hi@acme.test>", **options}
    return email_bytes(message, **options)


def parsed(content: bytes) -> EmailMessage:
    mail = BytesParser(policy=default).parsebytes(content)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def body(content: bytes, kind: str = "plain") -> str:
    part = parsed(content).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    "subject",
    [
        *("Hello", "", "Grüße aus Köln", "🎉" * 60, "你好，世界" * 40, "x" * 300, "a  b", "=?utf-8?q?no?=", "a=b?c"),
        "A quite long subject in plain ASCII that has to be folded somewhere because it is over the columns",
    ],
)
def test_a_subject_comes_back_as_it_was(subject: str) -> None:
    content = raw(replace(MAIL, subject=subject))
    assert parsed(content)["Subject"] == subject
    lines = content.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 78 for line in lines)
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", content))


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("ada@example.com", "", "ada@example.com"),
        ("Ada Lovelace <ada@example.com>", "Ada Lovelace", "ada@example.com"),
        ('"Lovelace, Ada (Ms.)" <ada@example.com>', "Lovelace, Ada (Ms.)", "ada@example.com"),
        ("Lovelace, Ada <ada@example.com>", "Lovelace, Ada", "ada@example.com"),
        ('Ada "the first" L. <ada@example.com>', 'Ada "the first" L.', "ada@example.com"),
        ("Ädä, Löv <ada@example.com>", "Ädä, Löv", "ada@example.com"),
        ("你好世界" * 12 + " <ada@example.com>", "你好世界" * 12, "ada@example.com"),
        ("=?utf-8?q?x?= <ada@example.com>", "=?utf-8?q?x?=", "ada@example.com"),
        ("Evil\r\nBcc: x@y.z <ada@example.com>", "Evil Bcc: x@y.z", "ada@example.com"),
        ("Jörg <joerg@müller.example>", "Jörg", "joerg@xn--mller-kva.example"),
        ("a" * 200 + " <ada@example.com>", "a" * 200, "ada@example.com"),
        ("Ada (the first) " * 9 + "<ada@example.com>", ("Ada (the first) " * 9).strip(), "ada@example.com"),
    ],
)
def test_an_address_comes_back_as_it_was(written: str, name: str, address: str) -> None:
    content = raw(replace(MAIL, to=(written, "second@example.com"), cc=(written,), sender=written, reply_to=written))
    mail = parsed(content)
    for header in ("To", "Cc", "From", "Reply-To"):
        first = mail[header].addresses[0]
        # Python 3.11 reads a blank between two encoded words of a name, which RFC 2047 section 6.2 drops.
        assert first.display_name.replace(" ", "") == name.replace(" ", "")
        assert first.addr_spec == address
    assert [found.addr_spec for found in mail["To"].addresses] == [address, "second@example.com"]
    assert "Bcc" not in mail


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ada",
        "a@b@c.de",
        "ada@example.com, eve@evil.test",
        "ada@example.com\r\nBcc: eve@evil.test",
        "<>",
        "a <b>",
        "ä@b.de",
    ],
)
def test_what_is_no_address_is_refused_with_its_field(written: str) -> None:
    for field, name in (("to", "to"), ("cc", "cc"), ("bcc", "bcc"), ("reply_to", "reply_to")):
        value: Any = written if field == "reply_to" else ("ok@example.com", written)
        if field == "reply_to" and not written:
            continue
        with pytest.raises(MailError) as caught:
            raw(replace(MAIL, **{field: value}))
        assert caught.value.field == name
    with pytest.raises(MailError, match="from"):
        raw(default_sender=written)


def test_a_mail_to_nobody_is_refused() -> None:
    with pytest.raises(MailError, match="no recipient"):
        raw(replace(MAIL, to=()))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_field_can_add_a_header_or_reach_the_body(subject: str, name: str) -> None:
    hostile = f"{subject}\r\nBcc: eve@evil.test\r\n\r\nbody"
    message = replace(MAIL, subject=hostile, account_name=hostile, marketing=True)
    content = raw(message, extra_headers={"X-Note": hostile + name})
    mail = parsed(content)
    expected = {"From", "To", "Subject", "Date", "Message-ID", "X-Note", "MIME-Version", "Content-Type"}
    assert set(mail.keys()) == expected
    assert all(line.isascii() and len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_threading_and_one_click_headers_are_whole_in_the_raw_bytes() -> None:
    long = [f"{letter * 90}@mail.acme.test" for letter in "abc"]
    message = replace(MAIL, in_reply_to=long[2], references=tuple(long[:2]))
    content = raw(message, message_id="<" + "m" * 90 + "@acme.test>", unsubscribe_url=URL)
    unfolded = content.split(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    lines = unfolded.split("\r\n")
    assert f"References: <{long[0]}> <{long[1]}> <{long[2]}>" in lines
    assert f"In-Reply-To: <{long[2]}>" in lines
    assert f"Message-ID: <{'m' * 90}@acme.test>" in lines
    assert f"List-Unsubscribe: <{URL}>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert "Date: Mon, 02 Mar 2026 14:30:00 +0000" in lines
    assert b"=?utf-8" not in content
    assert "Auto-Submitted" not in unfolded


def test_a_strangers_id_that_is_none_is_left_out_of_the_thread() -> None:
    message = replace(
        MAIL, in_reply_to="<good@x.test>", references=("bad id\r\nX: y", "ä@b", "one@x.test", "<good@x.test>")
    )
    mail = parsed(raw(message))
    assert (mail["In-Reply-To"], mail["References"]) == ("<good@x.test>", "<one@x.test> <good@x.test>")
    mail = parsed(raw(replace(MAIL, in_reply_to="bad id", references=("one@x.test",))))
    assert (mail["In-Reply-To"], mail["References"]) == (None, "<one@x.test>")
    references = tuple(f"{number}@x.test" for number in range(500))
    kept = str(parsed(raw(replace(MAIL, references=references)))["References"]).split()
    assert (len(kept), kept[0], kept[-1]) == (20, "<0@x.test>", "<499@x.test>")


@pytest.mark.parametrize(
    "url", ["javascript:x", "https://a.test/ x", "https://a.test/>x", "https://ä.test", "x\r\nBcc: a"]
)
def test_an_unsubscribe_url_that_would_break_the_header_is_refused(url: str) -> None:
    with pytest.raises(MailError, match="unsubscribe_url"):
        raw(unsubscribe_url=url)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a\n", "a\n\n\n", "  a  \n\tb ", ".\n.\nFrom x\n", "Grüße\n", "你好\n世界", "x" * 3000, "=20 =\n="],
)
def test_a_copy_to_keep_has_the_rendered_text_to_the_last_blank(text: str) -> None:
    content = raw(replace(MAIL, text=text), kept=True)
    assert rendered_text(parsed(content)) == text
    assert all(len(line) <= 78 for line in content.split(b"\r\n"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_rendered_text_comes_back_from_a_copy_to_keep(text: str) -> None:
    assert rendered_text(parsed(raw(replace(MAIL, text=text), kept=True, unsubscribe_url=URL))) == text


def test_a_mail_that_is_sent_has_no_part_with_the_markdown() -> None:
    sent, kept = raw(), raw(kept=True)
    assert rendered_text(parsed(sent)) is None
    assert [part.get_content_type() for part in parsed(kept).iter_parts()] == [
        *("text/plain", "text/markdown", "text/html"),
    ]
    assert (body(kept), body(kept, "html")) == (body(sent), body(sent, "html"))


def test_the_text_part_is_the_markdown_as_a_person_would_type_it() -> None:
    markdown = "# Hi\n\n**Pick** a\n[time](https://a.test/t)\n\n\n"
    content = raw(replace(MAIL, text=markdown, markdown=markdown), unsubscribe_url=URL)
    assert body(content) == f"Hi\n\nPick a time (https://a.test/t)\n\n-- \nUnsubscribe: {URL}\n"
    assert body(raw(replace(MAIL, markdown=markdown))) == "Hi\n\nPick a time (https://a.test/t)\n"


def test_a_marketing_mail_names_its_sender_and_the_way_out_below_both_parts() -> None:
    message = replace(MAIL, marketing=True, account_name="Acme <Inc.>", account_address="1 Main St,\nSpringfield")
    content = raw(message, unsubscribe_url=URL)
    assert body(content) == f"Hello\n\n-- \nAcme <Inc.>\n1 Main St, Springfield\nUnsubscribe: {URL}\n"
    page = body(content, "html")
    assert "Acme &lt;Inc.&gt;<br>\n1 Main St, Springfield<br>" in page
    assert f'<a href="{URL}">Unsubscribe</a>' in page
    assert "Acme" not in body(raw(replace(message, marketing=False)))


def test_the_html_part_is_a_small_document_without_colours() -> None:
    content = raw(replace(MAIL, subject="A & B", markdown="**Hi** {0} <b>x</b>"))
    page = body(content, "html")
    assert page.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in page
    assert "<title>A &amp; B</title>" in page
    assert "<p><strong>Hi</strong> {0} &lt;b&gt;x&lt;/b&gt;</p>" in page
    assert "max-width: 600px" in page
    assert "color:" not in page
    assert [part.get_content_type() for part in parsed(content).iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("[a](https://a.test/?b=1&c=2)", '<p><a href="https://a.test/?b=1&amp;c=2">a</a></p>\n'),
        (
            "[a](mailto:a@b.c) [t](tel:+12125550100)",
            '<p><a href="mailto:a@b.c">a</a> <a href="tel:+12125550100">t</a></p>\n',
        ),
        ("[*a*](javascript:alert(1)) b", "<p><em>a</em> b</p>\n"),
        ("[a](/pricing) [b]() [c](data:text/html,x)", "<p>a b c</p>\n"),
        ("![pic](file:///etc/passwd)", "<p>pic</p>\n"),
        ("![pic](https://a.test/p.png)", '<p><img src="https://a.test/p.png" alt="pic" /></p>\n'),
        ("https://a.test is plain", "<p>https://a.test is plain</p>\n"),
    ],
)
def test_only_links_a_mail_may_lead_to_are_kept(markdown: str, page: str) -> None:
    assert markdown_html(markdown) == page


def test_the_same_mail_is_the_same_bytes() -> None:
    assert raw() == raw()


def test_the_envelope_has_every_recipient_once_and_bcc_is_in_no_header() -> None:
    message = replace(
        MAIL, to=("Ada <ada@example.com>",), cc=("ADA@example.com", "b@example.com"), bcc=("c@example.com",)
    )
    assert envelope_recipients(message) == ("ada@example.com", "b@example.com", "c@example.com")
    assert envelope_sender(message, "Acme <hi@acme.test>") == "hi@acme.test"
    assert b"c@example.com" not in raw(message)
    assert parsed(raw(message, kept=True))["Bcc"] == "c@example.com"


def test_a_message_id_is_a_function_of_key_and_project() -> None:
    key = DeliveryKey(1, "hello", 1, 1)
    assert message_id_for(key, "acme.test") == message_id_for(key, "acme.test")
    ids = {
        message_id_for(key, "acme.test"),
        message_id_for(key, "acme.test", "other"),
        message_id_for(DeliveryKey(1, "hello", 1, 2), "acme.test"),
    }
    assert len(ids) == 3
    assert all(parsed(raw(message_id=identifier))["Message-ID"] == f"<{identifier}>" for identifier in ids)
