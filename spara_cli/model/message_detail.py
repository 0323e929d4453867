"""What the timeline keeps of a message that was handed over, and what tests compare (FORMATS, expect).

The one thing to know: text is kept as rendered, untrimmed; empty entries are left out. The outbox adds its
`file` and `message_id`, a live channel the provider's ids.
"""

from __future__ import annotations

from spara_cli.model.message import ApiRequest, Call, Email, Message, Notification, PromptRequest, Text
from spara_cli.model.segments import measure_sms


def recorded_detail(message: Message) -> dict[str, object]:
    """The detail of `message`: JSON values only, the same whether it was sent, recorded or simulated.

    `channel` is `email`, `text`, `call` or a notify channel's own name. Addresses stand as written. Secret
    references such as `${env:KEY}` stay unresolved; headers and the body of a request are not kept.
    """
    return {name: value for name, value in _everything(message).items() if value not in ("", None, [])}


def _everything(message: Message) -> dict[str, object]:
    match message:
        case Email():
            return {
                "channel": "email",
                "to": list(message.to),
                "cc": list(message.cc),
                "bcc": list(message.bcc),
                "subject": message.subject,
                "body": message.text,
            }
        case Text():
            size = measure_sms(message.body)
            return {
                "channel": "text",
                "to": message.to,
                "body": message.body,
                "segments": size.segments,
                "encoding": size.encoding,
            }
        case Call():
            return {"channel": "call", "to": message.to, "agent": message.agent, "mode": message.mode}
        case Notification():
            return {
                "channel": message.channel,
                "to": message.to,
                "rep": message.rep,
                "title": message.title,
                "body": message.body,
            }
        case ApiRequest():
            return {"method": message.method, "url": message.url, "recorded": True}
        case PromptRequest():
            return {"instructions": message.instructions, "recorded": True}


def recorded_outcome(message: Message, call_outcome: str = "no_answer") -> str:
    """How a message ends that nobody carries: as sent, succeeded, or for a live call as `call_outcome`.

    A `qa` call dials nobody and is answered (SPEC S, call_phone).
    """
    match message:
        case Call():
            return "answered" if message.mode == "qa" else call_outcome
        case ApiRequest() | PromptRequest():
            return "success"
        case _:
            return "sent"
