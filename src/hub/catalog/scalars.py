"""The types that a field can have, and what each means to the store, to GraphQL and to a filter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from uuid import UUID

from hub.catalog import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

Storage = Literal[
    "text", "code", "integer", "bigint", "numeric", "boolean", "date", "timestamptz", "uuid", "jsonb", "days"
]  # fmt: skip
Operator = Literal["eq", "in", "within", "gt", "gte", "lt", "lte", "isNull"]

EQUALITY: tuple[Operator, ...] = ("eq", "in", "isNull")
RANGE: tuple[Operator, ...] = ("eq", "in", "gt", "gte", "lt", "lte", "isNull")


class CodeList(Enum):
    """A closed list of codes. A member's name is the code; its value is (Chinese term, English term).

    ``class Urgency(CodeList, ordered=True)``: its members are declared in rising order, and rows are sorted so; by the
    letters of the codes otherwise.
    """

    zh: str
    en: str
    ordered: ClassVar[bool]

    def __init_subclass__(cls, *, ordered: bool = False) -> None:
        """Note whether the order of the members means something."""
        super().__init_subclass__()
        cls.ordered = ordered

    def __new__(cls, zh: str, en: str) -> Self:
        """Give each member its two terms."""
        member = object.__new__(cls)
        member._value_ = (zh, en)
        member.zh, member.en = zh, en
        return member


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A type of value.

    ``name``: the GraphQL scalar. ``storage``: the column type. ``parse``: JSON or source value to the
    Python value that is stored; raises ``ValueError`` with a message that has no value in it.
    ``to_text`` and ``from_text``: between the Python value and the text that is sealed. ``key``: canonical
    text for the blind index.
    """

    name: str
    storage: Storage
    description: str
    parse: Callable[[Any], Any]
    operators: tuple[Operator, ...] = EQUALITY
    to_text: Callable[[Any], str] = str
    key: Callable[[str], str] = str


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    if not -(2**31) <= value < 2**31:
        raise ValueError("must be a whole number of at most 32 bits")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


_REGION = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?\Z", re.ASCII)


def _region(value: Any) -> str:
    text = _text(value)
    if not _REGION.match(text):
        raise ValueError("must be a region code of 2, 4, 6, 9 or 12 digits, for example 230502")
    # Registers fill codes up with zeros: 230500 and 230500000000 are the prefecture 2305.
    for digits, above in ((12, 9), (9, 6), (6, 4), (4, 2)):
        if len(text) == digits and not text[above:].strip("0"):
            text = text[:above]
    return text


_MONEY_LIMIT = Decimal(10) ** 12


def _money(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError('must be an amount in CNY, for example "650.00"')
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError('must be an amount in CNY, for example "650.00"') from None
    if not amount.is_finite() or abs(amount) >= _MONEY_LIMIT:
        raise ValueError("must be an amount in CNY of less than 10^12")
    return amount.quantize(Decimal("0.01"))


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise ValueError("must be a date as YYYY-MM-DD") from None


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(_text(value))
        except ValueError:
            raise ValueError("must be a time as YYYY-MM-DDThh:mm:ssZ") from None
    if moment.tzinfo is None:
        raise ValueError("must be a time with its offset, for example 2026-01-31T08:00:00+08:00")
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time of the years 1 to 9999 in UTC") from None
    return moment


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(_text(value))
    except ValueError:
        raise ValueError("must be a row id") from None


def _json(value: Any) -> Any:
    return value


_ITEM = re.compile(r"[A-Z][A-Za-z]{0,63}\.[a-z][A-Za-z0-9]{0,63}", re.ASCII)
_MOST_ITEMS = 1_000


def _list_of(parse: Callable[[Any], str], what: str) -> Callable[[Any], list[str]]:
    def parse_all(value: Any) -> list[str]:
        given = value if isinstance(value, list) else [value]
        if not given or len(given) > _MOST_ITEMS:
            raise ValueError(f"must be a list of 1 to {_MOST_ITEMS:,} {what}")
        found = []
        for at, item in enumerate(given, 1):
            try:
                found.append(parse(item))
            except ValueError as error:
                raise ValueError(f"must be a list of {what}; number {at} {error}") from None
        return list(dict.fromkeys(found))

    return parse_all


def _catalogue_item(value: Any) -> str:
    text = _text(value)
    if not _ITEM.fullmatch(text):
        raise ValueError("must be an entity and a field as the catalogue names them, for example Recipient.category")
    return text


Text = Scalar("String", "text", "Text.", _text)
Name = Scalar("String", "text", "A person's name.", _text, key=normalise.name)
IdNumber = Scalar(
    "String", "text", "Citizen identity number, 18 characters (GB 11643).", _text, key=normalise.id_number
)
Phone = Scalar("String", "text", "Telephone number.", _text, key=normalise.phone)
Integer = Scalar("Int", "integer", "Whole number.", _integer, RANGE)
Boolean = Scalar("Boolean", "boolean", "True or false.", _boolean, ("eq", "isNull"))
OnDays = Scalar("Boolean", "days", "True or false, as the day is today.", _boolean, ("eq",))
"""Kept as a set of days; whoever reads it is told whether today, in Beijing, is one of them. So what ends with a day
has ended when that day is over, whoever was to note it. The hub itself keeps it: no source states it, no step takes it.
"""
Money = Scalar("Money", "numeric", 'Amount in CNY with two decimals, as text: "650.00".', _money, RANGE)
Date = Scalar("Date", "date", "Calendar date, YYYY-MM-DD.", _date, RANGE, to_text=date.isoformat)
Timestamp = Scalar("DateTime", "timestamptz", "Moment in UTC, RFC 3339.", _timestamp, RANGE, to_text=datetime.isoformat)
RegionCode = Scalar(
    "RegionCode",
    "code",
    "Administrative division (GB/T 2260): 2 digits province, 4 prefecture, 6 county, 9 township, 12 village.",
    _region,
    ("eq", "in", "within", "isNull"),
)
RowId = Scalar("ID", "uuid", "Opaque id of a node.", _uuid, ("eq", "in"))
Json = Scalar("JSON", "jsonb", "JSON value.", _json, ())

CatalogueItems = Scalar(
    "CatalogueItems",
    "jsonb",
    'Items of the data catalogue: a list of texts such as ["Recipient.category", "Person.name"].',
    _list_of(_catalogue_item, "items of the catalogue"),
    (),
)
RegionCodes = Scalar(
    "RegionCodes", "jsonb", 'A list of division codes: ["230502", "230503"].', _list_of(_region, "division codes"), ()
)

Codes = type[CodeList]
FieldType = Scalar | type[CodeList]
CODE_OPERATORS: tuple[Operator, ...] = ("eq", "in", "isNull")
SEALED_OPERATORS: tuple[Operator, ...] = ("eq", "in")


def parse_code(codes: type[CodeList], value: Any) -> CodeList:
    """Return the member that ``value`` names; ``ValueError`` lists the codes there are."""
    if isinstance(value, codes):
        return value
    try:
        return codes[value]
    except KeyError:
        raise ValueError(f"must be one of {', '.join(codes.__members__)}") from None
