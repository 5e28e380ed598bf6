"""What a criterion may ask, and how narrowly. The vocabulary is closed: whatever is not here is refused.

Each property becomes one column, or more, of a row that the hub makes of a need (``matching/eligible.py``). Columns are
plain where a database may decide by them. The others are opened in the hub and decided there alone: no statement's
result depends on anybody's age, sex, income or disability.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from hub.domain.codes import AssistanceCategory, Sex
from hub.settings import load_yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "matching/criteria.yaml"
"""Where the widths stand in the schema directory."""
FEN: Final = 100
"""Amounts are compared in whole fen: there is nothing to round."""

Form = Literal["number", "code", "flag", "categories", "division"]


@dataclass(frozen=True, slots=True)
class Property:
    """Something that may be asked of whoever needs help.

    ``form``: what it is compared with. ``plain``: whether a database may decide by it. ``unit``: of a number, and
    ``scale``: how many of its column's units are one of it. ``codes``: those that may be named.
    """

    name: str
    form: Form
    zh: str
    en: str
    plain: bool
    unit: str = ""
    scale: int = 1
    codes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is decided by."""
        return tuple(map(category_column, self.codes)) if self.form == "categories" else (self.name,)


def category_column(category: str) -> str:
    """Return the column that says whether somebody is enrolled in this category."""
    return f"category_{category.lower()}"


# Who gets a disability subsidy is asked as ``disability``: then no database decides by it.
_CATEGORIES: Final = tuple(each.name for each in AssistanceCategory if each.name != "DISABILITY_SUBSIDY")

VOCABULARY: Final = {
    each.name: each
    for each in (
        Property("age", "number", "年龄", "age in full years on the day of the run", plain=False, unit="years"),
        Property("sex", "code", "性别", "sex", plain=False, codes=tuple(each.name for each in Sex)),
        Property("disability", "flag", "残疾", "a disability subsidy is in force", plain=False),
        Property(
            "income_per_person", "number", "人均月收入",
            "declared monthly income of the household, divided by its size",
            plain=False, unit="CNY a month", scale=FEN,
        ),
        Property("household_size", "number", "家庭人口", "people in the household", plain=True, unit="people"),
        Property(
            "categories", "categories", "救助类别", "kinds of assistance in force for the person or the household",
            plain=True, codes=_CATEGORIES,
        ),
        Property("division", "division", "所属区划", "division of residence", plain=True),
    )
}  # fmt: skip
"""By name."""
COLUMNS: Final = {column: each for each in VOCABULARY.values() for column in each.columns}
"""Column to the property that it is of."""
PLAIN: Final = frozenset(column for column, each in COLUMNS.items() if each.plain)
"""Columns that a database may decide by."""
NUMBERS: Final = tuple(each.name for each in VOCABULARY.values() if each.form == "number")

Reason = Annotated[str, StringConstraints(min_length=10, max_length=1000)]
Whole = Annotated[int, Field(ge=0, le=1_000_000)]


class NumberWidth(BaseModel):
    """Where criteria may cut a number: at these places and no others, so that many criteria tell no more than one.

    ``width``: how far any two places lie apart at least.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cuts: Annotated[tuple[Whole, ...], Field(min_length=1, max_length=50)]
    width: Annotated[int, Field(ge=1)]
    reason: Reason

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if any(other - one < self.width for one, other in pairwise(self.cuts)):
            raise ValueError(f"the places must rise, and lie {self.width} apart or more")
        return self


class DivisionWidth(BaseModel):
    """How small a division may be that a criterion names, by the digits of its code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: Literal[4, 6, 9, 12]
    reason: Reason


class Widths(BaseModel):
    """How narrow criteria may be. ``version`` rises with each change that was approved."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Widths of criteria")

    version: Annotated[int, Field(ge=1)]
    numbers: dict[str, NumberWidth]
    division: DivisionWidth

    @model_validator(mode="after")
    def _each_number_has_its_own(self) -> Self:
        if sorted(self.numbers) != sorted(NUMBERS):
            raise ValueError(f"numbers must have {', '.join(NUMBERS)}, and nothing else")
        return self


def load_widths(file: Path) -> Widths:
    """Read the file. Raises ``SettingsError`` with file and place."""
    return load_yaml(file, Widths)
