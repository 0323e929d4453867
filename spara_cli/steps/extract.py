"""What `api` and `prompt` take out of an answer, and how they save it (SPEC S10, S11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field, model_validator

from spara_cli.model.effect import ExtractField
from spara_cli.model.fields import FieldName, Node, invalid
from spara_cli.model.fieldtypes import field_name_problem
from spara_cli.model.lead import FieldType


class Extracted(Node):
    """A field to fill; a value that is not found, or of another type, leaves it undefined."""

    name: FieldName = Field(description="The lead's field to save to.")
    type: FieldType = Field(default=FieldType.STRING, strict=False, description="The field's type; default string.")

    @model_validator(mode="after")
    def _writable(self) -> Extracted:
        problem = field_name_problem(self.name)
        if problem is not None:
            raise invalid("invalid-field-name", f"the name `{self.name}` {problem}", at="name")
        return self


class ApiExtract(Extracted):
    """Taken by a JMESPath, or described for a language model."""

    path: str | None = Field(default=None, min_length=1, description="A JMESPath into the JSON answer.")
    describe: str | None = Field(
        default=None, min_length=1, description="What to look for, in words, for a language model."
    )

    @model_validator(mode="after")
    def _one_way(self) -> ApiExtract:
        if (self.path is None) == (self.describe is None):
            raise invalid("missing-key", "an `extract` has either `path` or `describe`")
        if self.path is not None:
            _check_jmespath(self.path)
        return self

    def compiled(self) -> ExtractField:
        """The same without pydantic."""
        return ExtractField(self.name, self.type, self.path, self.describe)


class PromptExtract(Extracted):
    """Described for the language model, maybe restricted to a few words."""

    describe: str | None = Field(default=None, min_length=1, description="What the value means, in words.")
    one_of: list[str] | None = Field(default=None, min_length=1, description="The only values allowed.")

    def compiled(self) -> ExtractField:
        """The same without pydantic."""
        return ExtractField(self.name, self.type, None, self.describe, tuple(self.one_of or ()))


def names_of(extract: Sequence[Extracted]) -> Iterator[tuple[str, str]]:
    """Each field that an extract saves, with its type's name."""
    return ((item.name, str(item.type)) for item in extract)


def _check_jmespath(path: str) -> None:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(path)
    except JMESPathError as error:
        reason = str(error).splitlines()[0]
        raise invalid("invalid-path", f"`{path}` is no JMESPath: {reason}", at="path") from None
