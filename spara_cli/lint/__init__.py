"""The rules: an explicit tuple, one file each, its docstring the page. A new rule is one file and one line here."""

from __future__ import annotations

from spara_cli.lint.agent_missing import AgentMissing
from spara_cli.lint.channel_missing import ChannelMissing
from spara_cli.lint.duplicate_step_id import DuplicateStepId
from spara_cli.lint.enroll_unknown_workflow import EnrollUnknownWorkflow
from spara_cli.lint.id_not_explicit import IdNotExplicit
from spara_cli.lint.loop_without_pause import LoopWithoutPause
from spara_cli.lint.missing_modeline import MissingModeline
from spara_cli.lint.operator_misfit import OperatorMisfit
from spara_cli.lint.rule import LintContext, Rule
from spara_cli.lint.shadowed_branch import ShadowedBranch
from spara_cli.lint.unknown_field import UnknownField
from spara_cli.lint.unknown_outcome import UnknownOutcome
from spara_cli.lint.unknown_target import UnknownTarget
from spara_cli.lint.unreachable_step import UnreachableStep
from spara_cli.lint.value_before_it_exists import ValueBeforeItExists

RULES: tuple[Rule, ...] = (
    DuplicateStepId(),
    UnknownTarget(),
    UnknownOutcome(),
    LoopWithoutPause(),
    OperatorMisfit(),
    ValueBeforeItExists(),
    UnknownField(),
    UnreachableStep(),
    ShadowedBranch(),
    EnrollUnknownWorkflow(),
    AgentMissing(),
    ChannelMissing(),
    IdNotExplicit(),
    MissingModeline(),
)

__all__ = ["RULES", "LintContext", "Rule"]
