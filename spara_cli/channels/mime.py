"""An `Email` as the bytes a mail server takes: text and HTML, headers, footer (RFC 5322, 2045–2047, 8058).

The one thing to know: the same message, id and date give the same bytes; nothing here is drawn at random.
`Bcc` goes into the envelope (`envelope_recipients`), never into the bytes, unless the outbox asks for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from spara_cli.channels.mail_headers import (
    WIRE,
    MailError,
    address_header,
    message_id_header,
    one_line,
    split_address,
    unstructured,
    url_header,
)
from spara_cli.channels.mail_html import html_document
from spara_cli.model.message import DeliveryKey, Email

__all__ = ["MailError", "email_bytes", "envelope_recipients", "envelope_sender", "footer_text", "message_id_for"]

FOOTER_MARK = "\n\n-- \n"
"""Before the footer of the text part: the signature separator readers know (RFC 3676 section 4.3)."""
_REFERENCES_MAX = 20


def email_bytes(
    message: Email,
    *,
    message_id: str,
    date: datetime,
    default_sender: str,
    unsubscribe_url: str | None = None,
    extra_headers: Mapping[str, str] | None = None,
    bcc: bool = False,
) -> bytes:
    """The mail with CRLF line ends, 7 bits wide, as multipart/alternative of plain text and HTML.

    `date` must be aware. `message_id`, `in_reply_to` and `references` may have angle brackets or not; one of
    the latter that is no Message-ID is left out, for it came from outside. With `unsubscribe_url` the mail
    carries `List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 8058) and a link in its footer; a marketing
    mail also names the account and its postal address there. Values of `extra_headers` are folded to one line.
    `bcc` writes that header too, for a copy that is kept and not sent.
    Raises MailError for an address, id or URL that is none, and when nobody would receive it.
    """
    mail = EmailMessage(policy=WIRE)
    if not envelope_recipients(message):
        raise MailError("to", "there is no recipient")
    mail["From"] = address_header((message.sender or default_sender,), "from")
    for header, texts in (("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc if bcc else ())):
        if texts:
            mail[header] = address_header(texts, header.lower())
    if message.reply_to:
        mail["Reply-To"] = address_header((message.reply_to,), "reply_to")
    mail["Subject"] = unstructured(message.subject)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = message_id_header(message_id)
    for header, value in _thread_headers(message).items():
        mail[header] = value
    if unsubscribe_url is not None:
        mail["List-Unsubscribe"] = url_header(unsubscribe_url, "unsubscribe_url")
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for header, value in (extra_headers or {}).items():
        mail[header] = unstructured(value)
    _add_body(mail, message, unsubscribe_url)
    return mail.as_bytes()


def _add_body(mail: EmailMessage, message: Email, unsubscribe_url: str | None) -> None:
    document = html_document(
        message.markdown,
        title=one_line(message.subject),
        footer=_sender_lines(message),
        link=unsubscribe_url,
    )
    text = message.text + footer_text(message, unsubscribe_url)
    mail.set_content(_encodable(text), cte=_transfer_encoding(text))
    mail.add_alternative(_encodable(document), subtype="html", cte=_transfer_encoding(document))
    # Theirs is drawn at random. `=_` stands in no quoted-printable or base64 line (RFC 2045 section 6.7).
    digest = hashlib.blake2b(f"{mail['Message-ID']}\0{text}".encode(errors="replace"), digest_size=12)
    mail.set_boundary(f"=_{digest.hexdigest()}")


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _transfer_encoding(text: str) -> str:
    """Readable where most of it is ASCII, else base64, which is shorter."""
    return "quoted-printable" if len(text.encode(errors="replace")) <= len(text) * 4 / 3 else "base64"


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
    found = {}
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
