"""The rule of a means check. One pure function, so that it can be read, tested and explained."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hub.domain.codes import CheckOutcome, FindingKind

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

TOLERANCE_SHARE: Final = Decimal("0.1")
TOLERANCE_AMOUNT: Final = Decimal(100)
"""Income found may exceed the declared one by a tenth and 100 CNY: amounts are rounded and months differ."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the household declared. Income in CNY a month."""

    monthly_income: Decimal
    vehicles: int
    homes: int


@dataclass(frozen=True, slots=True)
class Report:
    """One finding about one member. ``amount`` in CNY a month, None where it is not money."""

    person: Hashable
    kind: FindingKind
    amount: Decimal | None
    observed_on: date | None


def check(declared: Declaration, reports: Iterable[Report], missing: Collection[str]) -> CheckOutcome:
    """Return INCONSISTENT if the departments report more than was declared, else CONSISTENT.

    More vehicles, more homes, or a monthly income above the declared one by more than a tenth and 100 CNY.
    ``missing``: checking departments whose data have not been read; as long as there are any, UNDECIDED.
    """
    if missing:
        return CheckOutcome.UNDECIDED
    reports = tuple(reports)
    vehicles = sum(report.kind is FindingKind.VEHICLE for report in reports)
    homes = sum(report.kind is FindingKind.REAL_ESTATE for report in reports)
    limit = declared.monthly_income * (1 + TOLERANCE_SHARE) + TOLERANCE_AMOUNT
    if vehicles > declared.vehicles or homes > declared.homes or monthly_income(reports) > limit:
        return CheckOutcome.INCONSISTENT
    return CheckOutcome.CONSISTENT


def monthly_income(reports: Iterable[Report]) -> Decimal:
    """Add up pensions and wages. Of a person's wages only those of the newest month reported count."""
    total = Decimal(0)
    wages: dict[Hashable, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for report in reports:
        if report.kind is FindingKind.PENSION:
            total += report.amount or 0
        elif report.kind is FindingKind.INSURED_WAGE:
            wages[report.person][report.observed_on or date.min] += report.amount or 0
    return total + sum((months[max(months)] for months in wages.values()), Decimal(0))
