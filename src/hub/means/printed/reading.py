"""The content of a report, read from JSON: what ``hub means show`` prints, or what a forger would like printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from hub.domain.codes import Department
from hub.errors import HubError
from hub.means.composing import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST: Final = 4_000_000
"""Bytes of a report. One of a large household has some 50,000."""
_FAULTS: Final = 3


class ReportUnreadable(HubError):
    """What was to be printed is no report of a check of means, or one of another version of the hub."""

    code = "HUB-944"


def _amount(text: str) -> str:
    try:
        finite = Decimal(text).is_finite()
    except ArithmeticError:
        finite = False
    if not finite:
        raise ValueError("is no number")
    return text


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        day = None
    if day != text:
        raise ValueError("is no day as 2026-11-27")
    return text


def _department(text: str) -> str:
    if text not in Department.__members__:
        raise ValueError("is no department")
    return text


Amount = Annotated[str, Field(max_length=40), AfterValidator(_amount)]
Day = Annotated[str, AfterValidator(_day)]
Code = Annotated[str, AfterValidator(_department)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Part(BaseModel):
    # Strict: "3" is no number, and 1 is not true. Of what else stands there nothing is printed.
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class _Member(_Part):
    key: str
    name: str
    id_number: str
    relation_zh: str | None


class _Compared(_Part):
    id: str
    zh: str
    declared: Amount | None
    found: Amount
    over: bool | None


class _Fact(_Part):
    key: str
    person: str
    item_zh: str
    department_zh: str
    text: str | None
    amount: Amount | None
    months: int
    on: Day | None
    aside: bool
    exempt: bool
    unusable: str | None


class _Asked(_Part):
    department: Code
    department_zh: str
    items_zh: list[str]
    person: str
    state_zh: str
    mandatory: bool
    answered_on: str | None


class _Line(_Part):
    rule: str
    zh: str
    value: str
    inputs: list[Annotated[list[str], Field(min_length=3, max_length=3)]]
    cites: list[str]


class _Article(_Part):
    cite: str
    text: str | None
    article: str | None
    read: bool


class _Words(_Part):
    zh: str
    en: str


class _Rules(_Part):
    zh: str
    version: int
    digest: str


class _Department(_Part):
    department_zh: str
    person: str


class _Gone(_Part):
    person: str
    item_zh: str
    department_zh: str
    text: str | None
    amount: Amount | None
    on: Day | None


class _Changes(_Part):
    version: Count
    made_on: Day
    answered: list[_Department]
    unanswered: list[_Department]
    new: list[str]
    gone: list[_Gone]
    set_aside: list[str]
    joined: list[str]
    left: list[str]
    declared: bool
    outcome_before_zh: str
    indication_before_zh: str
    pay_before: Amount | None
    follows: bool


class _Without(_Part):
    members: Count
    indication_zh: str
    pay: Amount | None


class _Death(_Part):
    person: str
    fact: str
    on: Day | None
    until: Day
    without: _Without | None


class _Content(_Part):
    number: str
    version: Count
    made_on: Day
    division: str
    reports_only: _Words
    demo_rules: bool
    members: list[_Member]
    compared: list[_Compared]
    facts: list[_Fact]
    asked: list[_Asked]
    missing: list[Code]
    doubts: list[str]
    outcome: str
    outcome_zh: str
    indication: str
    indication_zh: str
    pay: Amount | None
    months: Count | None
    lines: list[_Line]
    articles: list[_Article]
    parameters: dict[str, str] = Field(default_factory=dict)
    home_visit: bool
    object_by: Day
    after_objection: bool
    rules: _Rules
    calendar: Count
    inputs_digest: str
    changes: _Changes | None = None
    deaths: list[_Death] = Field(default_factory=list)


def read_content(text: bytes) -> Mapping[str, Any]:
    """Read the content of a report. Raises ``ReportUnreadable``, which says where, and repeats nothing of it."""
    if len(text) > LARGEST:
        raise ReportUnreadable(f"This is no report: it has {len(text):,} bytes, and a report at most {LARGEST:,}.")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise ReportUnreadable(f"This is no JSON: line {wrong.lineno}, column {wrong.colno}.") from None
    if not isinstance(found, dict) or "format" not in found:
        raise ReportUnreadable("This is no report: hub means show NUMBER prints one as JSON.")
    if found["format"] not in FORMATS:
        raise ReportUnreadable(
            f"This report has another format; this hub prints format {' and '.join(map(str, FORMATS))}."
        )
    try:
        _Content.model_validate(found)
    except ValidationError as wrong:
        faults = wrong.errors(include_url=False, include_context=False, include_input=False)
        places = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
            for each in faults[:_FAULTS]
        )
        more = f" and {len(faults) - _FAULTS} more" if len(faults) > _FAULTS else ""
        raise ReportUnreadable(f"This is no report as hub means show prints it: {places}{more}.") from None
    return found
