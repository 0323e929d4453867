"""`api`: a request to another system, with values taken from its answer (SPEC S10, S11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, field_validator

from spara_cli.model.effect import CallApi
from spara_cli.model.fields import TemplateText, Timeout, invalid
from spara_cli.model.template import TemplateError, compile_template
from spara_cli.model.transition import Deliver
from spara_cli.steps.base import BaseStep, Place, json_templates
from spara_cli.steps.extract import ApiExtract, names_of
from spara_cli.steps.run import Always, Run

_URL = re.compile(r"(https?://\S|\{\{|\$\{)", re.IGNORECASE)
_FILLED_IN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ANSWER_FOR = timedelta(seconds=30)


class ApiStep(BaseStep):
    """After its retries a failure takes `on: {failure: …}`, else the lead goes on without the fields."""

    OUTCOMES = frozenset({"success", "failure"})

    type: Literal["api"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(default="GET", description="The HTTP method.")
    url: TemplateText = Field(description="An http or https URL; Liquid.")
    headers: dict[str, TemplateText] = Field(
        default_factory=dict, description="Header fields; `${env:NAME}` for secrets."
    )
    json_: Any = Field(default=None, alias="json", description="The JSON body; texts in it are Liquid.")
    timeout: Timeout = Field(default=_ANSWER_FOR, description="How long to wait for the answer; default 30 seconds.")
    expect_status: list[int] = Field(
        default_factory=list, description="The status codes that are a success; default 200 to 299."
    )
    extract: list[ApiExtract] = Field(default_factory=list, description="Values to save to the lead.")

    @field_validator("url")
    @classmethod
    def _web_url(cls, value: str) -> str:
        if not _URL.match(value):
            raise invalid("invalid-url", "a URL begins with `http://` or `https://`")
        if re.search(r"[\s\x00-\x1f]", _FILLED_IN.sub("", value)):
            raise invalid("invalid-url", "a URL has no blanks or line breaks")
        return value

    @field_validator("headers")
    @classmethod
    def _header_fields(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _TOKEN.fullmatch(name):
                raise invalid("invalid-value", f"`{name}` is no name of a header field (RFC 9110)", at=name)
            if re.search(r"[\x00-\x08\x0a-\x1f]", text):
                raise invalid("invalid-value", "a header field is one line", at=name)
        return value

    @field_validator("expect_status")
    @classmethod
    def _status_codes(cls, value: list[int]) -> list[int]:
        if any(not 100 <= code <= 599 for code in value):
            raise invalid("invalid-value", "a status code lies from 100 to 599")
        return value

    @field_validator("json_")
    @classmethod
    def _json_templates(cls, value: Any) -> Any:
        for path, text in json_templates(value, ()):
            try:
                compile_template(text)
            except TemplateError as error:
                raise invalid("template-error", str(error), at=".".join(map(str, path))) from None
        return value

    def field_names(self) -> Iterator[tuple[str, str]]:
        """The extracted fields."""
        return names_of(self.extract)

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """URL, headers and every text of the body."""
        yield ("url",), self.url
        for name, value in self.headers.items():
            yield ("headers", name), value
        yield from json_templates(self.json_, ("json",))

    def compile(self, place: Place) -> Run:
        """One effect, shared by every lead."""
        effect = CallApi(
            method=self.method,
            url=compile_template(self.url),
            headers={name: compile_template(value) for name, value in self.headers.items()},
            json=_compiled(self.json_),
            timeout=self.timeout.total_seconds(),
            expect_status=tuple(self.expect_status),
            extract=tuple(item.compiled() for item in self.extract),
        )
        return Always(Deliver(effect))


def _compiled(value: Any) -> Any:
    """A JSON value with every text replaced by its template."""
    if isinstance(value, str):
        return compile_template(value)
    if isinstance(value, dict):
        return {key: _compiled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_compiled(item) for item in value]
    return value
