"""An effect and a lead become the message a channel is handed (SPEC S6).

Rendering happens when the step runs, with the lead as it is then. Raises TemplateError when a template
hits a limit or a filter refuses its value; who calls turns that into a refusal of this one delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spara_cli.engine.facts import Facts
from spara_cli.model.effect import CallApi, ExtractField, Notify, PlaceCall, RunPrompt, SendEmail, SendText
from spara_cli.model.message import ApiRequest, Call, Email, Message, Notification, PromptRequest, Text
from spara_cli.model.template import Template

Rendered = SendEmail | SendText | PlaceCall | Notify | CallApi | RunPrompt


def render(effect: Rendered, facts: Facts, memory: Mapping[str, Any], scope: Mapping[str, Any]) -> Message:
    """The message of one delivery; `memory` and `scope` are the enrollment's at this moment."""
    match effect:
        case SendEmail():
            return _email(effect, facts, memory, scope)
        case SendText():
            return Text(
                facts.lead.text("phone_number") or "", effect.body.render(scope), effect.sender, effect.marketing
            )
        case PlaceCall():
            to = facts.lead.text("phone_number") or ""
            return Call(to, effect.agent, effect.mode, effect.voicemail, effect.timeout, effect.marketing)
        case Notify():
            rep = facts.lead.rep_email if effect.to == "rep" else None
            return Notification(effect.name, effect.to, effect.title.render(scope), effect.body.render(scope), rep)
        case CallApi():
            headers = {name: value.render(scope) for name, value in effect.headers.items()}
            body = _filled(effect.json, scope)
            return ApiRequest(effect.method, effect.url.render(scope), headers, body, effect.timeout)
        case RunPrompt():
            wanted = tuple(_described(item) for item in effect.extract)
            return PromptRequest(effect.model, effect.instructions.render(scope), wanted, effect.tools, effect.max_cost)


def _email(effect: SendEmail, facts: Facts, memory: Mapping[str, Any], scope: Mapping[str, Any]) -> Email:
    rep = facts.lead.rep_email
    roles = {"lead": facts.lead.text("email"), "rep": rep}
    thread = tuple(memory.get("thread", ())) if effect.thread else ()
    return Email(
        to=tuple(dict.fromkeys(address for role in effect.to if (address := roles[role]) is not None)),
        cc=_copies(effect.cc, rep),
        bcc=_copies(effect.bcc, rep),
        subject=effect.subject.render(scope),
        text=effect.body.render(scope),
        markdown=effect.body.render_markdown(scope),
        sender=effect.sender,
        reply_to=effect.reply_to,
        in_reply_to=thread[-1] if thread else None,
        references=thread,
        marketing=effect.marketing,
        account_name=facts.rules.account_name,
        account_address=facts.rules.account_address,
    )


def _copies(wanted: tuple[str, ...], rep: str | None) -> tuple[str, ...]:
    return tuple(address for item in wanted if (address := rep if item == "rep" else item) is not None)


def _filled(value: Any, scope: Mapping[str, Any]) -> Any:
    """A JSON body with every template in it rendered."""
    if isinstance(value, Template):
        return value.render(scope)
    if isinstance(value, Mapping):
        return {key: _filled(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, scope) for item in value]
    return value


def _described(item: ExtractField) -> dict[str, object]:
    return {"name": item.name, "type": str(item.type), "describe": item.describe or "", "one_of": list(item.one_of)}
