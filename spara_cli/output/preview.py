"""Previews of messages: as text, as data, and the HTML of one email as a file would hold it.

The one thing to know: an email's two parts are taken out of the very bytes a channel would send, footer and
all, so what is shown here is what arrives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import default as default_policy
from html.parser import HTMLParser

from spara_cli.channels.mail_headers import MailError
from spara_cli.channels.mime import email_bytes, envelope_recipients
from spara_cli.model.lead import Lead
from spara_cli.model.message import ApiRequest, Call, Email, Notification, PromptRequest, Text
from spara_cli.model.segments import measure_sms
from spara_cli.output.colour import Style, paint
from spara_cli.output.text import visible
from spara_cli.output.words import where_in_words
from spara_cli.simulate.preview import STAND_IN, Preview, marked

_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # a date is asked for, and not shown
_OPEN, _CLOSE = "⟨", "⟩"


def email_parts(message: Email) -> tuple[str, str]:
    """The text and the HTML of an email, as every recipient gets them; lines end in LF."""
    mail = replace(message, to=(STAND_IN["email"],), cc=(), bcc=(), sender=None, reply_to=None)
    content = email_bytes(mail, message_id="preview@spara.invalid", date=_ANY_DAY, default_sender=STAND_IN["email"])
    parsed = BytesParser(policy=default_policy).parsebytes(content)
    parts = [part.get_content() for kind in ("plain", "html") if (part := parsed.get_body((kind,))) is not None]
    text, html = (str(part).replace("\r\n", "\n") for part in parts)
    return text, html


def links_of(preview: Preview) -> list[str]:
    """Where the message leads to, each address once, in order."""
    match preview.message:
        case Email() as message:
            reader = _Links()
            reader.feed(email_parts(message)[1])
            found = reader.links
        case Text(body=body) | Notification(body=body):
            found = _LINK.findall(body)
        case _:
            found = []
    return list(dict.fromkeys(found))


def as_data(preview: Preview, sender: str | None) -> dict[str, object]:
    """One step's preview as JSON-like data; `sender` is the email channel's own."""
    return {
        "step": preview.id,
        "type": preview.step.type,
        "name": preview.step.name,
        "only_if": where_in_words(preview.step.only_if) if preview.step.only_if is not None else None,
        "skip": preview.skip,
        "block": preview.block,
        "problem": _problem(preview),
        "missing": list(preview.missing),
        "links": links_of(preview),
        "message": _message(preview, sender),
    }


def render_preview(preview: Preview, sender: str | None, *, colour: bool) -> str:
    """One step's preview for a person, without a line break at the end."""
    head = f"{preview.id}  {preview.step.type}"
    lines = [paint(head, Style.BOLD, colour=colour)]
    lines += [_heading(heading, text) for heading, text in _facts(preview, sender) if text]
    body = _body(preview)
    if body:
        lines += ["", *(visible(line) for line in body.replace("\r\n", "\n").rstrip("\n").split("\n"))]
    tail = [("link", link) for link in links_of(preview)]
    tail += [("missing", f"{name} has no value for this lead") for name in preview.missing]
    if tail:
        lines += ["", *(_heading(heading, text) for heading, text in tail)]
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(f"{_OPEN}[^{_OPEN}{_CLOSE}\n]*{_CLOSE}", lambda mark: _loud(mark.group(), colour), text)


def lead_line(lead: Lead, *, is_example: bool) -> str:
    """Whom the previews are for."""
    name = " ".join(text for key in ("first_name", "last_name") if (text := lead.text(key)))
    known = ", ".join(text for text in (name, lead.text("email")) if text)
    return f"as {visible(known or lead.id)} would get it" + (
        " (an example; --lead ID takes a real one, --set FIELD=VALUE changes it)" if is_example else f" ({lead.id})"
    )


def _facts(preview: Preview, sender: str | None) -> Iterator[tuple[str, str]]:
    """The lines above the text: addresses and settings, and what keeps the step from running."""
    match preview.message:
        case Email() as mail:
            yield "from", mail.sender or sender or "the email channel's own"
            yield "to", ", ".join(mail.to) or marked("email")
            yield "cc", ", ".join(mail.cc)
            yield "bcc", ", ".join(mail.bcc)
            yield "reply to", mail.reply_to or ""
            yield "subject", mail.subject
        case Text() as text:
            yield "from", text.sender or ""
            yield "to", text.to or marked("phone_number")
            yield "size", _size(text.body)
        case Call() as call:
            yield "to", call.to or marked("phone_number")
            yield "agent", call.agent
            yield "mode", f"{call.mode}, rings {call.timeout:g} seconds, voicemail: {call.voicemail}"
        case Notification() as notice:
            to_rep = notice.rep or marked("salesforce_assigned_sales_rep_email")
            yield "channel", notice.channel
            yield "to", to_rep if notice.to == "rep" else "the team"
            yield "title", notice.title
        case ApiRequest() as request:
            yield "request", f"{request.method} {request.url}"
            for name, value in request.headers.items():
                yield "header", f"{name}: {value}"
        case PromptRequest() as prompt:
            yield "model", prompt.model or "the project's"
            yield "tools", ", ".join(prompt.tools)
            yield "saves", ", ".join(str(item["name"]) for item in prompt.extract)
    if preview.step.only_if is not None:
        yield "only if", where_in_words(preview.step.only_if)
    yield "skipped", f"{preview.skip}: this lead would go on without it" if preview.skip else ""
    yield "blocked", f"{preview.block}: leads wait here until it is mended" if preview.block else ""
    yield "problem", _problem(preview) or ""


def _body(preview: Preview) -> str:
    match preview.message:
        case Email() as mail:
            return email_parts(mail)[0]
        case Text(body=body) | Notification(body=body) | PromptRequest(instructions=body):
            return body
        case ApiRequest(json=content) if content is not None:
            return json.dumps(content, ensure_ascii=False, indent=2)
        case _:
            return ""


def _message(preview: Preview, sender: str | None) -> dict[str, object] | None:
    match preview.message:
        case None:
            return None
        case Email() as mail:
            text, html = email_parts(mail)
            return {
                "from": mail.sender or sender,
                "to": list(mail.to),
                "cc": list(mail.cc),
                "bcc": list(mail.bcc),
                "reply_to": mail.reply_to,
                "subject": mail.subject,
                "text": text,
                "html": html,
            }
        case Text() as text_message:
            size = measure_sms(text_message.body)
            return {
                "from": text_message.sender,
                "to": text_message.to,
                "body": text_message.body,
                "encoding": size.encoding,
                "units": size.units,
                "segments": size.segments,
                "non_gsm": list(size.non_gsm),
            }
        case other:
            return asdict(other)


def _problem(preview: Preview) -> str | None:
    """Why it could not be sent as it is: a template, or an address that is none."""
    if preview.problem is not None or not isinstance(preview.message, Email) or not preview.message.to:
        return preview.problem
    try:
        envelope_recipients(preview.message)
    except MailError as error:
        return str(error)
    return None


def _size(body: str) -> str:
    size = measure_sms(body)
    segments = "1 segment" if size.segments == 1 else f"{size.segments} segments"
    because = f" because of {' '.join(size.non_gsm)}" if size.non_gsm else ""
    return f"{segments}, {size.encoding}{because}, {size.units} {'unit' if size.units == 1 else 'units'}"


def _heading(heading: str, text: str) -> str:
    return f"{heading:<9}{visible(text)}"


def _loud(text: str, colour: bool) -> str:
    return paint(text, Style.BOLD_YELLOW, colour=colour)


class _Links(HTMLParser):
    """Collects where the links of our own HTML lead."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == "href" and value is not None]
