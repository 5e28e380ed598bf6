"""The dirt of real registers, at fixed rates: what a clerk, a spreadsheet or an old system does to a value."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

ID_MISSING: Final = "ID_MISSING"
ID_LENGTH: Final = "ID_LENGTH"
ID_CHECK_DIGIT: Final = "ID_CHECK_DIGIT"
ID_SCIENTIFIC: Final = "ID_SCIENTIFIC"
CODE_UNKNOWN: Final = "CODE_UNKNOWN"
REGION_UNKNOWN: Final = "REGION_UNKNOWN"
REFERENCE_UNKNOWN: Final = "REFERENCE_UNKNOWN"
AMOUNT_NEGATIVE: Final = "AMOUNT_NEGATIVE"
ROW_MALFORMED: Final = "ROW_MALFORMED"
CREDIT_CODE: Final = "CREDIT_CODE"

ID_RULES: Final = frozenset({ID_MISSING, ID_LENGTH, ID_CHECK_DIGIT, ID_SCIENTIFIC})
"""Rules after which nobody can tell whose row it was."""

RATES: Final = {
    # Recoverable: the hub must see through these.
    "id 15 digits": 0.02,
    "id full width": 0.005,
    "id lower-case x": 0.3,
    "id apostrophe": 0.005,
    "id spaces": 0.005,
    "name spaces": 0.01,
    "name dot": 0.5,
    "date dotted": 0.05,
    "date Chinese": 0.03,
    "date compact": 0.04,
    "phone +86": 0.02,
    "phone 0086": 0.005,
    "phone dashes": 0.01,
    "empty for null": 0.5,
    "sex as code": 0.01,
    "region of county": 0.03,
    "duplicate": 0.002,
    # Not recoverable: the row goes to quarantine.
    "id check digit": 0.003,
    "id missing": 0.002,
    "id 17 digits": 0.001,
    "id scientific": 0.004,
    "code unknown": 0.002,
    "region retired": 0.002,
    "reference unknown": 0.0005,
    "amount negative": 0.002,
    "row cut short": 0.003,
}
"""Kind of dirt → share of the values it can befall. A member's own row has a third of the ID kinds."""

MEMBER_SHARE: Final = 1 / 3

_FULL_WIDTH: Final = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_DOTS: Final = ("．", ".", " · ", "· ")


@dataclass(frozen=True, slots=True)
class Written:
    """An ID number as a register has it. ``rule``: the quarantine rule it runs into, None if it can be read."""

    text: str | None
    rule: str | None = None


@dataclass(slots=True)
class _Gauge:
    """Fills by the rate with each value that passes; full, it strikes."""

    level: float
    rate: float


class Dirt:
    """Decides which value gets dirty. A rate of 1/500 strikes every 500th value, so even small registers have it."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"dirt {seed}")  # noqa: S311 - sample data, not secrets
        self._gauges: dict[tuple[str, str], _Gauge] = {}
        self._id_gauges: dict[tuple[str, bool], list[tuple[_Gauge, _IdDirt]]] = {}

    def strikes(self, table: str, kind: str, share: float = 1.0) -> bool:
        """Tell whether this value of ``table`` gets dirt of that kind; ``share`` scales the fixed rate."""
        gauge = self._gauges.get((table, kind)) or self._gauge(table, kind, share)
        gauge.level += gauge.rate
        if gauge.level < 1:
            return False
        gauge.level -= 1
        return True

    def _gauge(self, table: str, kind: str, share: float) -> _Gauge:
        level = 0.5 + self._rng.random() / 2
        return self._gauges.setdefault((table, kind), _Gauge(level, RATES[kind] * share))

    def id_number(self, table: str, number: str, *, lossy: bool = True, share: float = 1.0) -> Written:
        """Return the number as ``table`` has it; with ``lossy`` false every form can be read."""
        gauges = self._id_gauges.get((table, lossy))
        if gauges is None:
            kinds = [dirt for dirt in _ID_DIRT if dirt.tables is None or table in dirt.tables]
            gauges = [
                (self._gauges.get((table, dirt.kind)) or self._gauge(table, dirt.kind, share), dirt)
                for dirt in kinds
                if lossy or dirt.rule is None
            ]
            self._id_gauges[table, lossy] = gauges
        for gauge, dirt in gauges:
            if dirt.applies is not None and not dirt.applies(number):
                continue
            gauge.level += gauge.rate
            if gauge.level >= 1:
                gauge.level -= 1
                return Written(dirt.write(number, self._rng), dirt.rule)
        return Written(number)

    def name(self, table: str, name: str) -> str:
        """Return the name with the spaces and middle dots that people type."""
        if "·" in name:
            return name.replace("·", self._rng.choice(_DOTS)) if self.strikes(table, "name dot") else name
        if self.strikes(table, "name spaces"):
            return self._rng.choice((" ", "\u3000")).join((name[0], name[1:]))
        return name

    def date(self, table: str, day: date) -> str:
        """Return the date in one of the four ways in which registers write it."""
        if self.strikes(table, "date dotted"):
            return f"{day.year}.{day.month}.{day.day}"
        if self.strikes(table, "date Chinese"):
            return f"{day.year}年{day.month}月{day.day}日"
        if self.strikes(table, "date compact"):
            return f"{day:%Y%m%d}"
        return day.isoformat()

    def phone(self, table: str, phone: str | None) -> str | None:
        """Return the telephone number as typed; one that is missing is null or an empty text."""
        if phone is None:
            return self.empty(table)
        if self.strikes(table, "phone +86"):
            return f"+86 {phone}"
        if self.strikes(table, "phone 0086"):
            return f"0086-{phone}"
        if self.strikes(table, "phone dashes"):
            return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        return phone

    def empty(self, table: str) -> str | None:
        """Return what stands for a missing text: null or an empty text."""
        return "" if self.strikes(table, "empty for null") else None


SPREADSHEET_TABLES: Final = frozenset({"pension", "real_estate"})
"""Tables whose rows went through a spreadsheet: there an ID number can have become 2.30502E+17."""


def _wrong_check_digit(number: str, rng: Random) -> str:
    return number[:17] + rng.choice([digit for digit in "0123456789" if digit != number[17]])


def _scientific(number: str, _rng: Random) -> str:
    return f"{number[0]}.{number[1:6]}E+17"


@dataclass(frozen=True, slots=True)
class _IdDirt:
    """One kind of dirt on ID numbers. ``rule``: None if the number can still be read. ``tables``: None for all."""

    kind: str
    rule: str | None
    write: Callable[[str, Random], str | None]
    applies: Callable[[str], bool] | None = None
    tables: frozenset[str] | None = None


_ID_DIRT: Final = (
    _IdDirt("id check digit", ID_CHECK_DIGIT, _wrong_check_digit),
    _IdDirt("id missing", ID_MISSING, lambda _number, rng: rng.choice(("", None, " "))),
    _IdDirt("id 17 digits", ID_LENGTH, lambda number, _rng: number[:17]),
    _IdDirt("id scientific", ID_SCIENTIFIC, _scientific, tables=SPREADSHEET_TABLES),
    _IdDirt("id lower-case x", None, lambda number, _rng: number.lower(), lambda number: number[17] == "X"),
    _IdDirt("id 15 digits", None, lambda number, _rng: number[:6] + number[8:17], lambda number: number[6:8] == "19"),
    _IdDirt("id full width", None, lambda number, _rng: number.translate(_FULL_WIDTH)),
    _IdDirt("id apostrophe", None, lambda number, rng: rng.choice(("'", "’", "`")) + number),
    _IdDirt("id spaces", None, lambda number, _rng: f"{number[:6]} {number[6:14]} {number[14:]} "),
)
