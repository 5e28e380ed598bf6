"""What a department answered about a person: rows in plain, or why there are none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import normalise
from hub.domain.codes import AnswerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.sources.asking.declared import ItemAnswer

MOST_ROWS: Final = 500
"""Rows of one item about one person: more is no answer to the question."""
UNREACHABLE, TIME_OVER, RESTING = "unreachable", "time over", "resting"
NOT_UNDERSTOOD, ANOTHER_PERSON, TOO_MUCH, REFUSED = "not understood", "another person", "too much", "refused"
_DATE: Final = re.compile(r"(\d{4})\D?(\d{1,2})(?:\D?(\d{1,2}))?\D*(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """``rows``: as JSON of a report is made from them. ``reason``: why there are none, where that is no answer.

    ``again``: whether the same question may be asked again, by rule: it was not heard.
    """

    state: AnswerState
    rows: tuple[dict[str, Any], ...] = ()
    reason: str | None = None

    @property
    def again(self) -> bool:
        """Whether it may be asked again."""
        return self.state is AnswerState.DOWN


class Unusable(Exception):
    """An answer that cannot be used, with the reason. No value of it stands in its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def down(reason: str) -> Answer:
    """It was not heard."""
    return Answer(AnswerState.DOWN, reason=reason)


def refused(reason: str) -> Answer:
    """It was heard, and its answer cannot be used."""
    return Answer(AnswerState.REFUSED, reason=reason)


def answered(rows: Iterable[dict[str, Any]]) -> Answer:
    """It answered: something, or nothing. The same row twice is one."""
    kept = {repr(sorted(row.items())): row for row in rows}
    return Answer(AnswerState.ANSWERED if kept else AnswerState.EMPTY, tuple(kept.values()))


def read_rows(
    item: str, declared: ItemAnswer, records: Iterable[Mapping[str, Any]], id_number: str
) -> list[dict[str, Any]]:
    """Read an item's rows. Raises ``Unusable``: one row of somebody else, and the whole answer is not believed."""
    found = []
    for count, record in enumerate(records, 1):
        if count > MOST_ROWS:
            raise Unusable(TOO_MUCH)
        require_own(record, declared.id_number, id_number)
        found.append(_row(item, declared, record))
    return found


def require_own(record: Mapping[str, Any], column: str, id_number: str) -> None:
    """Raise ``Unusable`` where a line is of somebody else, or does not say of whom."""
    try:
        said = normalise.id_number(_text(record, column) or "")
    except normalise.NotNormal:
        raise Unusable(NOT_UNDERSTOOD) from None
    if said != id_number:
        raise Unusable(ANOTHER_PERSON)


def _row(item: str, declared: ItemAnswer, record: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"item": item}
    if declared.amount is not None:
        amount = _number(record, declared.amount)
        row["amount"] = None if amount is None else str(amount)
    months = declared.months if isinstance(declared.months, int) else _number(record, declared.months)
    if months is not None and months != 1:
        row["months"] = int(months)
    if declared.day is not None and (on := _day(record, declared.day)) is not None:
        row["on"] = on.isoformat()
    if any(_text(record, column) in values for column, values in declared.exempt.items()):
        row["exempt"] = True
    details = {name: _number(record, column) for name, column in declared.details.items()}
    if said := {name: str(value) for name, value in details.items() if value is not None}:
        row["details"] = said
    if declared.text is not None:
        row["text"] = re.sub(r"\{(\w+)\}", lambda name: _text(record, name[1]) or "", declared.text)[:200]
    return row


def _text(record: Mapping[str, Any], column: str) -> str | None:
    if column not in record:
        raise Unusable(NOT_UNDERSTOOD)
    value = record[column]
    if isinstance(value, dict | list):
        raise Unusable(NOT_UNDERSTOOD)
    text = "" if value is None else str(value).strip().removeprefix("'")
    return text or None


def _number(record: Mapping[str, Any], column: str) -> Decimal | None:
    text = _text(record, column)
    if text is None:
        return None
    try:
        number = Decimal(text.replace(",", "").replace("，", "").removesuffix("元").strip())
    except InvalidOperation:
        raise Unusable(NOT_UNDERSTOOD) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise Unusable(NOT_UNDERSTOOD)
    return number


def _day(record: Mapping[str, Any], column: str) -> date | None:
    text = _text(record, column)
    if text is None:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise Unusable(NOT_UNDERSTOOD)
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        raise Unusable(NOT_UNDERSTOOD) from None
