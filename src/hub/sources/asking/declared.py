"""What a department answers, and how it is asked: ``schema/answers/<source>.yaml``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub.domain.codes import Department, MeansItem
from hub.errors import SettingsError
from hub.settings import load_yaml

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY: Final = "answers"
"""Where they stand in the schema directory."""
PLACE: Final = ":id_number"
"""Where the identity number is put in a statement: as a bound value, never as text."""
_WORDS: Final = re.compile(
    r"\b(insert|update|delete|merge|call|execute|copy|grant|alter|drop|create|truncate|into|for\s+update|for\s+share)\b",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")

Column = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemAnswer(_Part):
    """How an item is asked for, and where its values stand in a row of the answer.

    ``select``: one SELECT with ``:id_number``. ``path``: of an HTTP source, to which the number is posted. Neither: a
    source that answers by file, where ``named`` is what its file calls the item.
    """

    select: str | None = None
    path: str | None = Field(None, pattern=r"^/[A-Za-z0-9/_.-]*$")
    named: str | None = None
    id_number: Column = Field(
        description="Column that repeats the identity number: rows of somebody else are found by it"
    )
    amount: Column | None = Field(None, description="CNY")
    months: Column | int = Field(1, description="Column with the months that amount is for, or their number")
    day: Column | None = Field(None, description="Day or month that the report is of")
    text: str | None = Field(None, description='Words for people, with columns in braces: "{brand} {plate}"')
    exempt: dict[Column, list[str]] = Field(
        default_factory=dict, description="Column to the values by which the department says that it does not count"
    )
    details: dict[str, Column] = Field(
        default_factory=dict, description="Further numbers: employment_cost, basic_pension"
    )

    @model_validator(mode="after")
    def _one_select(self) -> Self:
        if self.select is not None:
            said = _QUOTED.sub("''", self.select)
            if (
                not said.lstrip().lower().startswith(("select ", "select\n"))
                or ";" in said
                or "--" in said
                or "/*" in said
            ):
                raise ValueError("select must be one SELECT, without a semicolon or comments")
            if (word := _WORDS.search(said)) is not None:
                raise ValueError(f"select may not say {word[0]}: it reads, and nothing else")
            if PLACE not in said:
                raise ValueError(f"select must say where the identity number is put: {PLACE}, outside of quotes")
        return self


class Answers(_Part):
    """One department that answers. Its place is set as a source's: ``HUB_SOURCE_<NAME>`` or ``sources.json``.

    ``attempts``: how often a question is asked that could not be answered for want of a connection.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, title="What a department answers")

    source: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="Name of the source")
    title: str = Field(description="What it is, in words")
    department: str = Field(description="Its code: TAX, BANKS …")
    kind: Literal["sql", "http", "file"] = Field(description="sql: PostgreSQL or MariaDB, by its URL")
    mandatory: bool = Field(description="Whether nothing can be said of a household without its answer")
    wait_days: int = Field(5, ge=1, le=60, description="Working days that its answer is waited for")
    seconds: float = Field(10.0, ge=0.05, le=10, description="Time for one answer")
    per_second: float = Field(20.0, gt=0, le=10_000, description="Questions a second that it is asked at most")
    at_once: int = Field(4, ge=1, le=64, description="Questions that it is asked at the same time at most")
    attempts: int = Field(3, ge=1, le=10, description="How often it is asked when it cannot be reached")
    rows: str = Field("rows", description="HTTP: where the list of rows stands in the answer, with dots")
    id_field: str = Field("idNumber", description="HTTP: what the number is called in what is posted")
    encoding: str = Field("utf-8-sig", description="Files: their encoding, gb18030 for instance")
    items: dict[str, ItemAnswer] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.department not in Department.__members__:
            raise ValueError(f"{self.department} is no department: {', '.join(Department.__members__)}")
        for name, item in self.items.items():
            if name.upper() not in MeansItem.__members__:
                raise ValueError(f"{name} is no item: {', '.join(each.lower() for each in MeansItem.__members__)}")
            asked = {"sql": item.select, "http": item.path, "file": item.named}[self.kind]
            if asked is None or sum(each is not None for each in (item.select, item.path, item.named)) != 1:
                wanted = {"sql": "select", "http": "path", "file": "named"}[self.kind]
                raise ValueError(f"{name} is asked for by {wanted}, and by nothing else")
        return self

    @property
    def codes(self) -> tuple[str, ...]:
        """The items by their codes."""
        return tuple(sorted(each.upper() for each in self.items))


def load_answers(directory: Path) -> tuple[Answers, ...]:
    """Read every ``*.yaml`` of the directory; none where there is no such directory. Raises ``SettingsError``."""
    found: dict[str, Answers] = {}
    for file in sorted(directory.glob("*.yaml")):
        made = load_yaml(file, Answers)
        if made.source in found:
            raise SettingsError(f"{file}: the source {made.source} is declared in another file too.")
        found[made.source] = made
    return tuple(found.values())
