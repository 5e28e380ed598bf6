"""Past months by what is known now: what was paid beside what the rules say of each, when a fact came late.

It is reckoned and shown; whether anything is paid back is for others to decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.domain.codes import Indication
from hub.means.composing import case_of
from hub.means.rules import decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.means.composing import Inputs
    from hub.means.rules import Rules

PAYING: Final = (Indication.DIBAO.name, Indication.SINGLE_PERSON_DIBAO.name, Indication.EXIT.name)


@dataclass(frozen=True, slots=True)
class PastMonth:
    """A month, by its first day. ``due``: by the rules, CNY; None where they cannot say. ``over``: paid beyond it."""

    month: date
    indication: str
    paid: Decimal
    due: Decimal | None

    @property
    def over(self) -> Decimal | None:
        """What was paid too much; negative, too little."""
        return None if self.due is None else self.paid - self.due


def past_months(rules: Rules, given: Inputs, first: date) -> list[PastMonth]:
    """Each month from that of ``first`` to the one before the report, as the rules of that month have it.

    A fact counts in a month if it is of that month or of an earlier one; without a date it counts in all. What was paid
    is what the household receives now, as civil affairs' file has it. Raises ``NoStandard``.
    """
    case, found = case_of(given), []
    for begins, ends in _months(first, date.fromisoformat(given["made_on"])):
        facts = tuple(fact for fact in case.facts if fact.on is None or fact.on <= ends)
        result = decide(rules.at(case.division, ends), replace(case, facts=facts))
        due = Decimal(0) if result.indication not in PAYING else result.pay
        if result.indication == Indication.UNDECIDED.name:
            due = None
        found.append(PastMonth(begins, result.indication, case.paid, due))
    return found


def _months(first: date, until: date) -> Iterator[tuple[date, date]]:
    """First and last day of each month from that of ``first`` to the one before that of ``until``."""
    begins = first.replace(day=1)
    while begins < until.replace(day=1):
        following = (begins + timedelta(days=31)).replace(day=1)
        yield begins, following - timedelta(days=1)
        begins = following
