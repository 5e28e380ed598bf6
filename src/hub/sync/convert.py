"""From what a source has to what a field holds.

Every converter takes a value that is there and gives the field's Python value; it raises ``Unfit`` with the
rule that the value fails. Texts are forgiven what people do to them; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from hub.catalog import Boolean, Date, IdNumber, Integer, Money, Name, Phone, RegionCode, Scalar, Timestamp, normalise
from hub.sync.rules import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.catalog.scalars import FieldType

BEIJING = timezone(timedelta(hours=8))
_DATE = re.compile(r"(\d{4})(?:[-./年]\s?(\d{1,2})[-./月]\s?(\d{1,2})日?|(\d{2})(\d{2}))(?:[ T].*)?", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:[-./年](\d{1,2})月?|(\d{2}))", re.ASCII)
_REGION_LENGTHS: Final = (2, 4, 6, 9, 12)
_WHOLE_FLOATS: Final = 2**53
"""Whole numbers from here on are rounded in a float."""


def text_of(value: Any) -> str:
    """Return a source value as text; a spreadsheet's 12.0 is 12, and what it has rounded shows as 1.2E+17."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE_FLOATS else repr(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace").strip()
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: Any) -> str:
    text = text_of(value)
    if "\x00" in text or "\ufffd" in text:
        raise Unfit("TEXT_INVALID")
    return text


def _normal(form: Callable[[str], str]) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        try:
            return form(text_of(value))
        except normalise.NotNormal as error:
            raise Unfit(error.rule) from None

    return convert


def to_date(value: Any) -> date:
    """Read 1980-01-01, 1980.1.1, 1980年1月1日, 19800101, and what drivers give; a time of day is cut off."""
    if isinstance(value, datetime):
        return value.date() if value.tzinfo is None else value.astimezone(BEIJING).date()
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(text_of(value))
    if found is None:
        raise Unfit("DATE_INVALID")
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    return _day(int(year), int(month), int(day))


def month_start(value: Any) -> date:
    """Read a month (2026-05, 2026.5, 2026年5月, 202605) as its first day."""
    if isinstance(value, date):
        return to_date(value).replace(day=1)
    found = _MONTH.fullmatch(text_of(value))
    return to_date(value).replace(day=1) if found is None else _day(int(found[1]), int(found[2] or found[3]), 1)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unfit("DATE_INVALID") from None


def _timestamp(value: Any) -> datetime:
    """Read a time; one without offset is Beijing time, and so is a date, as midnight."""
    if isinstance(value, str) and "T" not in value and ":" not in value:
        value = to_date(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise Unfit("DATE_INVALID") from None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=BEIJING)).astimezone(UTC)
    return datetime.combine(to_date(value), time(), BEIJING).astimezone(UTC)


def _money(value: Any) -> Decimal:
    text = text_of(value).replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥").removesuffix("元")
    try:
        amount = Money.parse(Decimal(text))
    except (InvalidOperation, ValueError):
        raise Unfit("AMOUNT_INVALID") from None
    if amount < 0:
        raise Unfit("AMOUNT_NEGATIVE")
    return Decimal(amount)


def _integer(value: Any) -> int:
    text = text_of(value)
    try:
        number = Decimal(text)
        if number != number.to_integral_value():
            raise Unfit("NUMBER_INVALID")
        whole = int(Integer.parse(int(number)))
    except (InvalidOperation, ValueError, OverflowError):
        raise Unfit("NUMBER_INVALID") from None
    if whole < 0:
        raise Unfit("AMOUNT_NEGATIVE")
    return whole


def _region(value: Any) -> str:
    """Return a division code without the zeros that fill it up to 12 digits; whether it exists is asked later."""
    return _region_code(text_of(value))


# Rows of one table share their codes, and each is read twice: to look it up, and to load it.
@lru_cache(maxsize=4096)
def _region_code(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise Unfit("REGION_INVALID")
    if len(text) in _REGION_LENGTHS:
        text = next((text[:length] for length in _REGION_LENGTHS if not text[length:].strip("0")), text)
    try:
        return str(RegionCode.parse(text))
    except ValueError:
        raise Unfit("REGION_INVALID") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    known = {"是": True, "有": True, "1": True, "true": True, "否": False, "无": False, "0": False, "false": False}
    try:
        return known[text_of(value).lower()]
    except KeyError:
        raise Unfit("CODE_UNKNOWN") from None


def _credit_code(value: Any) -> str:
    try:
        return str(uscc.validate(text_of(value)))
    except ValidationError:
        raise Unfit("CREDIT_CODE") from None


def present(value: Any) -> bool:
    """Tell whether there is a value at all; the one converter that is asked about missing ones too."""
    return value is not None


_BY_TYPE: Final[dict[Scalar, Callable[[Any], Any]]] = {
    Date: to_date,
    Timestamp: _timestamp,
    Money: _money,
    Integer: _integer,
    RegionCode: _region,
    Boolean: _boolean,
    IdNumber: _normal(normalise.id_number),
    Phone: _normal(normalise.phone),
    Name: _normal(normalise.name),
}

CONVERTERS: Final[dict[str, Callable[[Any], Any]]] = {
    "month_start": month_start,
    "credit_code": _credit_code,
    "present": present,
}
"""The converters that a mapping can name, beyond those that come with the fields' types."""

id_number = _BY_TYPE[IdNumber]


def by_type(field_type: FieldType) -> Callable[[Any], Any]:
    """Return the converter of a field's type. For a code list it takes the code's name."""
    if isinstance(field_type, Scalar):
        return _BY_TYPE.get(field_type, _text)

    def code(value: Any) -> str:
        name = text_of(value)
        if name not in field_type.__members__:
            raise Unfit("CODE_UNKNOWN")
        return name

    return code


def by_codes(codes: dict[str, str]) -> Callable[[Any], Any]:
    """Return the converter of a code table: the source's word to the hub's code."""

    def code(value: Any) -> str:
        try:
            return codes[text_of(value)]
        except KeyError:
            raise Unfit("CODE_UNKNOWN") from None

    return code
