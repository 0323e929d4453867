"""`call_phone`: a voice agent dials the lead, again if nobody answers (SPEC S, S12).

The step waits for the call to end. Each attempt is a `called` entry; `on` routes after the last one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from spara_cli.model.effect import PlaceCall
from spara_cli.model.enrollment import RETRY
from spara_cli.model.fields import Node, Pause, Timeout
from spara_cli.model.transition import Block, Deliver, Skip, Transition, View, Wait
from spara_cli.steps.base import ChannelStep, Place
from spara_cli.steps.run import Run

CALL_OUTCOMES = frozenset({"answered", "no_answer", "busy", "voicemail", "failed"})
RING_FOR = timedelta(seconds=30)


class CallRetry(Node):
    """When to dial again."""

    attempts: int = Field(ge=1, le=20, description="How many calls at most, the first included.")
    every: Pause = Field(description="From the end of one call to the next.")
    on: list[Literal["no_answer", "busy", "voicemail"]] = Field(
        default=["no_answer", "busy", "voicemail"], min_length=1, description="The outcomes that are tried again."
    )


class CallPhoneStep(ChannelStep):
    """Outcomes are the call's own, or any disposition the agent reports."""

    OUTCOMES = None

    type: Literal["call_phone"]
    agent: str = Field(min_length=1, description="The agent's key in `spara.yaml`.")
    mode: Literal["live", "qa"] = Field(default="live", description="`qa` dials nobody and answers `answered`.")
    retry: CallRetry | None = Field(default=None, description="Further attempts; absent: one call.")
    voicemail: Literal["hang_up", "leave"] = Field(default="hang_up", description="What to do when a machine answers.")
    timeout: Timeout = Field(default=RING_FOR, description="How long to let it ring; default 30 seconds.")

    def compile(self, place: Place) -> Run:
        """The effect and the retry rule."""
        effect = PlaceCall(self.agent, self.mode, self.voicemail, self.timeout.total_seconds(), self.is_marketing)
        return _CallPhone(Deliver(effect), self.agent, self.retry)


class _CallPhone(Run):
    __slots__ = ("_agent", "_attempts", "_deliver", "_every", "_retry_on")

    def __init__(self, deliver: Deliver, agent: str, retry: CallRetry | None) -> None:
        self._deliver, self._agent = deliver, agent
        self._attempts = retry.attempts if retry is not None else 1
        self._every = retry.every if retry is not None else timedelta()
        self._retry_on = frozenset[str](retry.on) if retry is not None else frozenset[str]()

    def start(self, view: View) -> Transition:
        if view.lead.text("phone_number") is None:
            return Skip("no_phone")
        agent = view.rules.agents.get(self._agent)
        if agent is None:
            return Block("agent_unknown", {"agent": self._agent})
        if not agent.published:
            return Block("agent_unpublished", {"agent": self._agent})
        if agent.phone_number is None:
            return Block("agent_without_number", {"agent": self._agent})
        return self._deliver

    def answered(self, view: View, outcome: str) -> Transition | None:
        """Dial again while attempts are left and the outcome is one to retry."""
        if outcome in self._retry_on and view.rounds < self._attempts:
            return Wait(view.now + self._every, reason=RETRY)
        return None
