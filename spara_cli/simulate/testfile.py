"""A playbook's tests as written in `*.test.yaml` (FORMATS, A test; SPEC V2).

The one thing to know: the models here know shapes only. Whether a step exists, an answer is one that step can
get, or a value has its field's type is asked when the case meets its workflow (`case.py`, `answer.py`).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from spara_cli.model.entry import KINDS
from spara_cli.model.fields import Duration, FieldName, Node, WorkflowKey, invalid
from spara_cli.model.localtime import parse_instant

START = "2026-03-02T09:00:00"
"""When a case begins that does not say: a Monday morning in the account's zone."""
CASES_MAX = 1_000
HAPPENINGS_MAX = 1_000

_ANY_ZONE = ZoneInfo("UTC")


def _instant_text(value: str) -> str:
    try:
        parse_instant(value, _ANY_ZONE)
    except ValueError as error:
        raise invalid("invalid-instant", str(error)) from None
    return value


InstantText = Annotated[str, AfterValidator(_instant_text)]
Action = Literal["publish", "unpublish", "cancel", "enroll", "remove"]


class Given(Node):
    """What there is when the case begins."""

    at: InstantText = Field(
        default=START,
        description="The virtual clock's start, ISO 8601 with its offset; without one, in the account's zone.",
    )
    lead: dict[FieldName, Any] = Field(
        default_factory=dict, description="The lead's fields; also `id`, `created_at` and `last_active_at`."
    )
    answers: dict[str, Any] = Field(
        default_factory=dict,
        description="What the outside world answers, by step id; a list is used up in order, its last stays.",
    )


class Happening(Node):
    """One thing that happens while the case runs: an event, a change of fields, or what a person does."""

    after: Duration | None = Field(default=None, description="How long after `given.at`.")
    at: InstantText | None = Field(default=None, description="The instant, ISO 8601.")
    event: str | None = Field(
        default=None,
        min_length=1,
        description="`email_reply`, `text_reply`, `unsubscribe`, `bounce`, `stop`, or any event's name.",
    )
    data: dict[str, Any] = Field(default_factory=dict, description="The event's data, such as a text's `body`.")
    set: dict[FieldName, Any] | None = Field(
        default=None, min_length=1, description="Fields that change; null removes one."
    )
    do: Action | None = Field(default=None, description="What a person does with the workflow or the lead.")

    @model_validator(mode="after")
    def _one_thing_at_one_time(self) -> Happening:
        if (self.after is None) == (self.at is None):
            raise invalid("missing-key", "give either `after` or `at`: when it happens")
        if sum(item is not None for item in (self.event, self.set, self.do)) != 1:
            raise invalid("missing-key", "give one of `event`, `set` and `do`: what happens")
        if self.data and self.event is None:
            raise invalid("unknown-key", "`data` belongs to an `event`", at="data")
        return self


class Expectation(Node):
    """One timeline entry as far as the case cares; any key of an entry or of its `detail` may be named."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, populate_by_name=True)

    after: Duration | None = Field(default=None, description="When: this long after `given.at`, to the second.")
    at: InstantText | None = Field(default=None, description="When: the instant, to the second.")
    until: InstantText | None = Field(default=None, description="Until when it waits or is held, to the second.")
    kind: str | None = Field(default=None, description="The entry's kind, such as `sent`, `held` or `exited`.")
    step: str | None = Field(default=None, description="The id of the step the entry belongs to.")
    visit: int | None = Field(default=None, ge=0, description="The visit of the step, counted from 1.")
    outcome: str | None = Field(default=None, description="The step's outcome, or the branch taken.")
    reason: str | None = Field(default=None, description="Why: of a skip, hold, block, refusal or exit.")
    workflow: str | None = Field(default=None, description="The workflow's key.")
    version: int | None = Field(default=None, description="The workflow's version; a draft under test is 1.")
    detail: dict[str, Any] | None = Field(default=None, description="The whole of the entry's detail.")

    @model_validator(mode="after")
    def _means_something(self) -> Expectation:
        if not self.wanted:
            raise invalid("missing-key", "an expectation names at least one key of a timeline entry")
        if "at" in self.wanted and "after" in self.wanted:
            raise invalid("missing-key", "give either `after` or `at`, not both", at="after")
        if self.kind is not None and self.kind not in KINDS:
            message = f"there is no kind of entry `{self.kind}`"
            raise invalid("unknown-kind", message, at="kind", help=f"kinds: {', '.join(KINDS)}")
        return self

    @property
    def wanted(self) -> dict[str, Any]:
        """The keys that were given, and only those; a null asks that the entry has nothing there."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}
        return given | (self.model_extra or {})


class Case(Node):
    """One test: given a lead and a world, when this happens, expect that timeline."""

    name: str = Field(min_length=1, max_length=200, description="What is true, in a few words.")
    given: Given = Field(default_factory=Given, description="The start, the lead, and what the world answers.")
    when: list[Happening] = Field(
        default_factory=list, max_length=HAPPENINGS_MAX, description="What happens, and when; default: nothing."
    )
    expect: list[Expectation] = Field(
        default_factory=list, description="Entries that must appear in this order; others may stand in between."
    )
    expect_exactly: list[Expectation] | None = Field(
        default=None, description="As `expect`, and nothing outward (sends, calls, requests, skips, exits) besides."
    )
    never: list[Expectation] = Field(default_factory=list, description="Entries that must not appear at all.")
    enters: bool | None = Field(default=None, description="Whether the lead enters the workflow; `false`: refused.")


class TestFile(Node):
    """The tests of one workflow."""

    __test__: ClassVar[bool] = False  # the name is the format's, not pytest's

    workflow: WorkflowKey = Field(description="The key of the workflow under test.")
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Laid over `spara.yaml` for these tests, key by key."
    )
    tests: list[Case] = Field(min_length=1, max_length=CASES_MAX, description="The cases.")

    @model_validator(mode="after")
    def _distinct_names(self) -> TestFile:
        seen: set[str] = set()
        for number, case in enumerate(self.tests):
            if case.name in seen:
                raise invalid("duplicate-test", f"two tests are named `{case.name}`", at=f"tests.{number}.name")
            seen.add(case.name)
        return self
