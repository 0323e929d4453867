"""An `Email` as the bytes a mail server takes: text and HTML, headers, footer (RFC 5322, 2045–2047, 8058).

The one thing to know: the same message, id and date give the same bytes; nothing here is drawn at random.
Both parts are made from the message's Markdown. `Bcc` goes into the envelope (`envelope_recipients`), and the
text as it was rendered nowhere at all, unless the outbox asks for a copy to keep.
"""

from __future__ import annotations

import hashlib
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from spara_cli.channels.mail_headers import (
    MailError,
    address_header,
    folded,
    message_id_header,
    one_line,
    split_address,
    unstructured,
    url_header,
)
from spara_cli.channels.mail_html import html_document
from spara_cli.channels.mail_text import markdown_text
from spara_cli.model.message import DeliveryKey, Email

__all__ = [
    "MailError",
    "email_bytes",
    "envelope_recipients",
    "envelope_sender",
    "footer_text",
    "message_id_for",
    "rendered_text",
]

FOOTER_MARK = "\n\n-- \n"
"""Before the footer of the text part: the signature separator readers know (RFC 3676 section 4.3)."""
_REFERENCES_MAX = 20
_SOURCE_TYPE = "text/markdown"


def email_bytes(
    message: Email,
    *,
    message_id: str,
    date: datetime,
    default_sender: str,
    unsubscribe_url: str | None = None,
    extra_headers: Mapping[str, str] | None = None,
    kept: bool = False,
) -> bytes:
    """The mail with CRLF line ends, 7 bits wide, as multipart/alternative of plain text and HTML.

    `date` must be aware. `message_id`, `in_reply_to` and `references` may have angle brackets or not; one of
    the latter that is no Message-ID is left out, for it came from outside. With `unsubscribe_url` the mail
    carries `List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 8058) and a link in its footer; a marketing
    mail also names the account and its postal address there. Values of `extra_headers` are folded to one line.
    `kept` is for a copy that stays here: it has `Bcc`, and between text and HTML a part of text/markdown
    (RFC 7763) with the message's text as rendered, which `rendered_text` reads back.
    Raises MailError for an address, id or URL that is none, and when nobody would receive it.
    """
    if not envelope_recipients(message):
        raise MailError("to", "there is no recipient")
    headers = {"From": address_header((message.sender or default_sender,), "from")}
    for header, texts in (("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc if kept else ())):
        if texts:
            headers[header] = address_header(texts, header.lower())
    if message.reply_to:
        headers["Reply-To"] = address_header((message.reply_to,), "reply_to")
    headers["Subject"] = unstructured(message.subject)
    headers["Date"] = format_datetime(date)
    headers["Message-ID"] = message_id_header(message_id)
    headers |= _thread_headers(message)
    if unsubscribe_url is not None:
        headers["List-Unsubscribe"] = url_header(unsubscribe_url, "unsubscribe_url")
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers |= {name: unstructured(value) for name, value in (extra_headers or {}).items()}
    # `=_` stands in no line of quoted-printable or base64 (RFC 2045 section 6.7).
    digest = hashlib.blake2b(f"{headers['Message-ID']}\0{message.text}".encode(errors="replace"), digest_size=12)
    boundary = f"=_{digest.hexdigest()}"
    headers["MIME-Version"] = "1.0"
    headers["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    document = html_document(
        message.markdown,
        title=one_line(message.subject),
        footer=_sender_lines(message),
        link=unsubscribe_url,
    )
    parts = (
        _text_part(markdown_text(message.markdown) + (footer_text(message, unsubscribe_url) or "\n"), "plain"),
        *((_source_part(message.text),) if kept else ()),
        _text_part(document, "html"),
    )
    head = "".join(folded(name, value) for name, value in headers.items())
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"{head}\r\n{body}--{boundary}--\r\n".encode("ascii")


def rendered_text(mail: EmailMessage) -> str | None:
    """The rendered text in a copy that `email_bytes` made to be kept, exactly; None in a mail that has none."""
    for part in mail.walk():
        octets = part.get_payload(decode=True)
        if part.get_content_type() == _SOURCE_TYPE and isinstance(octets, bytes):
            if part["Content-Transfer-Encoding"] != "base64":
                octets = octets.replace(b"\r\n", b"\n")
            return octets.decode(errors="replace")
    return None


def _source_part(text: str) -> str:
    """The text to the last sign: quoted-printable knows one line end only, so others go as base64."""
    if "\r" not in text:
        return _text_part(text, "markdown")
    return _part(encodebytes(text.encode(errors="replace")), "markdown", "base64")


def _text_part(text: str, subtype: str) -> str:
    """Quoted-printable where most of it is ASCII and can be read raw, else base64, which is shorter."""
    octets = text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace")
    if len(octets) <= len(text) * 4 / 3:
        return _part(b2a_qp(octets, istext=True), subtype, "quoted-printable")
    return _part(encodebytes(octets), subtype, "base64")


def _part(encoded: bytes, subtype: str, encoding: str) -> str:
    content = encoded.decode("ascii").replace("\n", "\r\n")
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}'


def _thread_headers(message: Email) -> dict[str, str]:
    """`In-Reply-To` and `References`, oldest first, the answered mail last (RFC 5322 section 3.6.4)."""
    known: dict[str, None] = {}
    for identifier in (*message.references, *((message.in_reply_to,) if message.in_reply_to else ())):
        try:
            header = message_id_header(identifier)
        except MailError:
            continue  # a stranger's id that would break the header; a thread survives one missing link
        known.pop(header, None)
        known[header] = None
    if not known:
        return {}
    chain = list(known)
    if len(chain) > _REFERENCES_MAX:
        chain = [chain[0], *chain[-_REFERENCES_MAX + 1 :]]
    headers = {"References": " ".join(chain)}
    if message.in_reply_to and chain[-1] == f"<{message.in_reply_to.strip().strip('<>')}>":
        headers["In-Reply-To"] = chain[-1]
    return headers


def _sender_lines(message: Email) -> tuple[str, ...]:
    """Who sends a marketing mail and from where, as CAN-SPAM and its kin ask for."""
    if not message.marketing:
        return ()
    lines = (one_line(message.account_name), one_line(message.account_address))
    return tuple(line for line in lines if line)


def footer_text(message: Email, unsubscribe_url: str | None) -> str:
    """What stands below the plain text, with the separator before it; empty when there is nothing to say."""
    lines = [*_sender_lines(message), *([f"Unsubscribe: {unsubscribe_url}"] if unsubscribe_url else [])]
    return FOOTER_MARK + "\n".join(lines) + "\n" if lines else ""


def envelope_sender(message: Email, default_sender: str) -> str:
    """The bare address for `MAIL FROM`. Raises MailError."""
    return split_address(message.sender or default_sender, "from")[1]


def envelope_recipients(message: Email) -> tuple[str, ...]:
    """The bare addresses for `RCPT TO`, each once: to, cc and bcc. Raises MailError."""
    found: dict[str, str] = {}
    for field, texts in (("to", message.to), ("cc", message.cc), ("bcc", message.bcc)):
        for text in texts:
            address = split_address(text, field)[1]
            found.setdefault(address.casefold(), address)
    return tuple(found.values())


def message_id_for(key: DeliveryKey, domain: str, project: str = "") -> str:
    """The Message-ID of an attempt, without angle brackets: always the same for the same key and project.

    `project` tells apart two databases that send from one domain; anything that differs between them will do.
    """
    digest = hashlib.blake2b(f"{project}\0{key}".encode(errors="replace"), digest_size=16)
    return f"spara.{digest.hexdigest()}@{domain}"
