"""The step types: an explicit tuple, one file each. A new type is one file and one line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spara_cli.steps.api import ApiStep
from spara_cli.steps.base import BaseStep, Branching, ChannelStep, Place
from spara_cli.steps.call_phone import CallPhoneStep
from spara_cli.steps.condition import ConditionBranch, ConditionStep
from spara_cli.steps.end import EndStep
from spara_cli.steps.enroll import EnrollStep
from spara_cli.steps.goto import GotoStep
from spara_cli.steps.notify import NotifyStep
from spara_cli.steps.prompt import PromptStep
from spara_cli.steps.send_email import SendEmailStep
from spara_cli.steps.send_text import SendTextStep
from spara_cli.steps.split import SplitBranch, SplitStep
from spara_cli.steps.time_of_day import TimeOfDayStep
from spara_cli.steps.update_lead import UpdateLeadStep
from spara_cli.steps.wait import WaitStep
from spara_cli.steps.wait_for import WaitForStep

AnyStep = Annotated[
    SendEmailStep
    | SendTextStep
    | CallPhoneStep
    | NotifyStep
    | WaitStep
    | TimeOfDayStep
    | ConditionStep
    | ApiStep
    | PromptStep
    | WaitForStep
    | SplitStep
    | UpdateLeadStep
    | EnrollStep
    | GotoStep
    | EndStep,
    Field(discriminator="type"),
]

STEP_TYPES: dict[str, type[BaseStep]] = {
    "send_email": SendEmailStep,
    "send_text": SendTextStep,
    "call_phone": CallPhoneStep,
    "notify": NotifyStep,
    "wait": WaitStep,
    "time_of_day": TimeOfDayStep,
    "condition": ConditionStep,
    "api": ApiStep,
    "prompt": PromptStep,
    "wait_for": WaitForStep,
    "split": SplitStep,
    "update_lead": UpdateLeadStep,
    "enroll": EnrollStep,
    "goto": GotoStep,
    "end": EndStep,
}

_NAMES = {"AnyStep": AnyStep}
ConditionBranch.model_rebuild(_types_namespace=_NAMES)
SplitBranch.model_rebuild(_types_namespace=_NAMES)
ConditionStep.model_rebuild(_types_namespace=_NAMES)
SplitStep.model_rebuild(_types_namespace=_NAMES)

__all__ = ["STEP_TYPES", "AnyStep", "BaseStep", "Branching", "ChannelStep", "ConditionStep", "Place", "SplitStep"]
