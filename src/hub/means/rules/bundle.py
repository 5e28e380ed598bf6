"""The shape of ``schema/rules/means.yaml``: dated parameters, what counts, what is compared, a table of decisions."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from hub.domain.codes import Indication, MeansItem

EVERYWHERE: Final = "*"
"""The division of values that hold everywhere."""
UNKNOWN: Final = "unknown"
"""What a value without a text cites: it is shown in every report, and only a bundle for the demo may have one."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$", max_length=60)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Division = Annotated[str, StringConstraints(pattern=r"^(\*|\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?)$")]


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _number(value: Any) -> Any:
    # 1.5 in YAML is a float, and its text is what was written.
    return str(value) if isinstance(value, float) else value


Cites = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1)]
Amount = Annotated[Decimal, BeforeValidator(_number)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatedValue(_Part):
    """A value on the days from ``from`` to ``until``; without ``until``, to this day."""

    first: date = Field(alias="from", description="First day")
    until: date | None = Field(None, description="Last day")
    value: Amount = Field(description="The value; 1 is true and 0 is false where a flag is meant")
    cite: Cites = Field(description="Article that sets it, by the names of articles.yaml; unknown where none was read")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.first:
            raise ValueError(f"ends on {self.until}, before it begins on {self.first}")
        return self


class Parameter(_Part):
    """``values``: by division (GB/T 2260; ``*``: everywhere). A division without its own has those of the one above."""

    zh: Words
    en: Words
    unit: Words = Field(description="For example CNY a month a head")
    values: dict[Division, tuple[DatedValue, ...]] = Field(min_length=1)


class CountedRow(_Part):
    """What of an item's reports counts, each a month. ``count``: over amount, and what the report says beside it."""

    id: Id
    item: str = Field(description="Item, in small letters: wage, pension …")
    zh: Words
    en: Words
    count: str = Field(description="For example amount - employment_cost")
    cite: Cites

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.item.upper() not in MeansItem.__members__:
            raise ValueError(
                f"{self.item} is no item: {', '.join(sorted(each.lower() for each in MeansItem.__members__))}"
            )
        return self


class Income(_Part):
    """What of a household's income counts.

    ``window``: how many of the newest months that are reported are averaged. ``age``: how many months old a report
    may be. ``rows``: what does not count has count 0.

    ``total``: of a household, CNY a month, from ``declared_income`` and ``found_income``.
    """

    window: Name = Field(description="Parameter: how many of the newest months reported are averaged")
    age: Name = Field(description="Parameter: how many months old a report may be")
    rows: tuple[CountedRow, ...] = Field(min_length=1)
    total: str
    cite: Cites


class PropertyRow(_Part):
    """A limit of property. ``when``: it is exceeded."""

    id: Id
    zh: Words
    en: Words
    when: str
    cite: Cites


class Comparison(_Part):
    """What was declared beside what was found. ``over``: more was found; reports of ``items`` are then looked into."""

    id: Id
    zh: Words
    en: Words
    declared: Name
    found: Name
    over: str
    items: tuple[str, ...]
    cite: Cites


class Decision(_Part):
    """The first row that holds says what the report indicates. ``pay``: CNY a month, of the household."""

    id: Id
    zh: Words
    en: Words
    when: str
    then: str
    pay: str | None = None
    months: str | None = None
    cite: Cites

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.then not in Indication.__members__:
            raise ValueError(f"{self.then} is no indication: {', '.join(Indication.__members__)}")
        return self


class Bundle(_Part):
    """All rules. ``version`` rises with each change that was approved."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Rules of the means check")

    version: Annotated[int, Field(ge=1)]
    demo: bool = Field(description="Whether values without a text are let in; every report then says so")
    zh: Words
    en: Words
    divisions: tuple[Division, ...] = Field(
        min_length=1, description="The divisions that the rules are for: each must have a standard on every day"
    )
    begins: date = Field(description="First day that the rules are for")
    standard: Name = Field(description="Parameter of the standard; S in expressions")
    absurd: Name = Field(description="Parameter of the amount above which a report is not believed, CNY a month")
    absurd_property: Name | None = Field(
        None, description="Parameter of the amount above which a report of anything else is not believed, CNY"
    )
    parameters: dict[Name, Parameter] = Field(min_length=1)
    income: Income
    property: tuple[PropertyRow, ...]
    compare: tuple[Comparison, ...] = Field(min_length=1)
    decide: tuple[Decision, ...] = Field(min_length=1)


class Article(_Part):
    """An article that rules may cite. ``read``: whether its text was read, and not only a report of it."""

    text: Words = Field(description="The law or measure, by its title")
    article: Words
    gist: Words
    read: bool = True


class Articles(_Part):
    """``schema/rules/articles.yaml``: what may be cited, by the name that rules cite it by."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Articles that rules cite")

    articles: dict[str, Article]
