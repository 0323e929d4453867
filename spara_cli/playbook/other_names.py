"""What somebody meant who writes as another tool wants it: `step_meant`, `word_meant`.

The one thing to know: a name is only suggested, never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from spara_cli.diagnostics import suggestion

_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("email", "e_mail", "mail", "send_mail", "gmail", "smtp"), "send_email"),
    **dict.fromkeys(("sms", "send_sms", "text", "text_message", "message", "whatsapp", "mms"), "send_text"),
    **dict.fromkeys(("call", "phone", "phone_call", "voice_call", "dial", "voice"), "call_phone"),
    **dict.fromkeys(("slack", "teams", "alert", "notification", "task"), "notify"),
    **dict.fromkeys(("delay", "sleep", "pause", "timer", "time"), "wait"),
    **dict.fromkeys(("schedule", "at", "time_window"), "time_of_day"),
    **dict.fromkeys(("if", "branch", "switch", "conditional", "choice", "decision", "filter"), "condition"),
    **dict.fromkeys(("webhook", "http", "http_request", "request", "rest", "fetch"), "api"),
    **dict.fromkeys(("ai", "llm", "gpt", "openai", "chatgpt"), "prompt"),
    **dict.fromkeys(("wait_until", "wait_for_event", "listen"), "wait_for"),
    **dict.fromkeys(("ab_test", "a_b_test", "ab", "experiment", "random"), "split"),
    **dict.fromkeys(("update", "set", "set_field", "update_field", "update_record", "tag", "add_tag"), "update_lead"),
    **dict.fromkeys(("start_workflow", "add_to_workflow", "run_workflow"), "enroll"),
    **dict.fromkeys(("jump", "go_to", "loop"), "goto"),
    **dict.fromkeys(("exit", "stop", "finish", "done", "converted", "dropped"), "end"),
}


QUOTED_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
"""Text that would be a number without its quotes."""


def word_meant(given: str, known: Iterable[str]) -> str:
    """A help line: the word that differs in upper and lower case only, else the nearest, else all of them."""
    words = list(known)
    same = next((word for word in words if word.casefold() == given.casefold()), None)
    return suggestion(given, words) if same is None else f"did you mean `{same}`?"


def step_meant(given: str, known: Iterable[str]) -> str:
    """A help line: the step type that other tools call `given`, else the nearest, else all of them."""
    meant = _ELSEWHERE.get(re.sub(r"[^a-z0-9]+", "_", given.casefold()))
    return suggestion(given, known) if meant is None else f"did you mean `{meant}`?"
