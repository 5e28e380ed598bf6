"""The articles that the rules of means checks cite, read once more in plain Python: what the rules are held against.

Written from the texts, for the values of the shipped rules, without the rules' own language, parameters or table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

CITY_DISTRICTS = ("230502", "230503", "230505", "230506")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Report:
    """What one department says of one person; ``cost``: of working; ``basic``: of the central basic pension."""

    person: int
    item: str
    amount: Decimal | None
    months: int = 1
    day: date | None = None
    cost: Decimal = Decimal(0)
    basic: Decimal = Decimal(0)
    exempt: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Family:
    """A household on a day."""

    division: str
    day: date
    members: int
    singles: int
    income: Decimal | None
    vehicles: int | None
    homes: int | None
    missing: bool
    doubt: bool
    dibao: bool
    employed: bool
    paid: Decimal
    rigid: Decimal
    leaving: int = 0  # full months of a gradual exit that are over
    reports: tuple[Report, ...] = field(default_factory=tuple)


def standard(family: Family) -> int:
    """The standard a head: another one in the districts of the city, and from April 2026 on."""
    new = family.day >= date(2026, 4, 1)
    if family.division[:6] in CITY_DISTRICTS:
        return 832 if new else 790
    return 632 if new else 600


def usable(report: Report) -> bool:
    """Whether a report says something that can be believed."""
    needs_money = report.item in {
        "wage", "pension", "unemployment_benefit", "tax", "deposit", "securities", "insurance", "housing_fund"
    }  # fmt: skip
    if report.amount is None:
        return not needs_money
    if report.amount < 0 or report.cost < 0 or report.basic < 0 or report.months < 1:
        return False
    income = report.item in {"wage", "pension", "unemployment_benefit", "tax"}
    most = Decimal(1_000_000) * report.months if income else Decimal(10_000_000)
    return max(report.amount, report.cost, report.basic) <= most


def monthly(family: Family, item: str) -> Decimal:
    """DB 13: what a member gets a month, by the newest month that is reported."""
    total = Decimal(0)
    for person in range(family.members):
        mine = [each for each in counted(family) if each.person == person and each.item == item]
        if not mine:
            continue
        # A figure for several months is a month's once it is divided, to the cent; one without a date is added.
        dated = [each.day.replace(day=1) for each in mine if each.day is not None]
        latest = [each for each in mine if each.day is None or each.day.replace(day=1) == max(dated)]
        amount = Decimal(0)
        for each in latest:
            assert each.amount is not None
            counts = each.amount - each.cost if item == "wage" else each.amount
            if item == "pension" and family.day <= date(2025, 12, 31):
                counts -= each.basic
            amount += counts if each.months == 1 else (counts / each.months).quantize(CENT, ROUND_HALF_UP)
        total += max(Decimal(0), amount)
    return total


def counted(family: Family) -> list[Report]:
    """The reports that count: not those that are exempt, disproved or more than two years old."""
    kept = []
    for each in family.reports:
        if each.exempt or each.aside:
            continue
        income = each.item in {"wage", "pension", "unemployment_benefit", "tax"}
        if income and each.day is not None:
            age = (family.day.year - each.day.year) * 12 + family.day.month - each.day.month
            if age > 24:
                continue
        kept.append(each)
    return kept


def by_hand(family: Family) -> tuple[str, str, Decimal | None, int | None]:
    """Outcome, indication, what is paid a month, and for how many months."""
    reports = counted(family)
    bad = any(not usable(each) for each in reports)
    reports = [each for each in reports if usable(each)]
    family = Family(**{**family.__dict__, "reports": tuple(reports)})
    unknown = family.missing or family.doubt or bad or None in (family.income, family.vehicles, family.homes)
    found = monthly(family, "wage") + monthly(family, "pension") + monthly(family, "unemployment_benefit")
    cars = sum(each.item == "vehicle" for each in reports)
    homes = sum(each.item == "real_estate" for each in reports)
    dead = sum(each.item == "death" for each in reports)
    more = (
        found * 10 > (family.income or 0) * 11 + 1000
        or cars > (family.vehicles or 0)
        or homes > (family.homes or 0)
        or dead > 0
    )
    outcome = "UNDECIDED" if unknown else "INCONSISTENT" if more else "CONSISTENT"
    if unknown:
        return outcome, "UNDECIDED", None, None
    line = standard(family) * family.members
    income = max(family.income or Decimal(0), found)
    wealth = sum(
        (each.amount or Decimal(0) for each in reports
         if each.item in {"deposit", "securities", "insurance", "housing_fund"}), Decimal(0),
    )  # fmt: skip
    shops = sum(each.item == "business_registration" for each in reports)
    if cars > 0 or homes > 1 or shops > 0 or wealth > 24 * line:  # SA 9: and property
        return outcome, "REFUSE", None, None
    if income < line:  # SA 9, 12; DB 23
        return outcome, "DIBAO", Decimal(math.ceil(line - income)), None
    limited = family.day >= date(2022, 10, 20)
    if family.dibao and family.employed and not (limited and family.leaving >= 6):  # DB 33; N22
        return outcome, "EXIT", family.paid, 6 - family.leaving if limited else 0
    if income * 2 < line * 3:  # DB 8; N22
        if family.singles:
            return outcome, "SINGLE_PERSON_DIBAO", None, None
        return outcome, "MARGIN", None, None
    hard = family.rigid * 5 > income * 12 * 3 and income * 12 < 30_000 * family.members  # RX 4
    if hard and family.day >= date(2025, 1, 1):
        return outcome, "RIGID_EXPENDITURE", None, 12
    return outcome, "REFUSE", None, None


def families(seed: object) -> object:
    """Draw households without end, most of them near some limit."""
    rng = Random(f"families {seed}")  # noqa: S311 - drawn households
    items = ("wage", "pension", "unemployment_benefit", "tax", "deposit", "securities", "insurance", "housing_fund",
             "vehicle", "real_estate", "business_registration", "marriage", "death")  # fmt: skip
    weights = (8, 6, 2, 2, 3, 1, 1, 1, 2, 4, 0.5, 2, 0.3)
    days = (date(2021, 7, 1), date(2022, 10, 19), date(2022, 10, 20), date(2024, 12, 31), date(2025, 1, 1),
            date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 11, 27))  # fmt: skip
    while True:
        members, day = rng.choice((1, 1, 2, 2, 3, 4, 5)), rng.choice(days)
        division = rng.choice(("230502001001", "230503002", "230521", "230522100200", "230524"))
        draft = Family(division, day, members, 0, None, None, None, False, False, False, False, Decimal(0), Decimal(0))
        line = standard(draft) * members

        def money(line: int = line) -> Decimal:
            near = Decimal(rng.choice((line, line * 3 // 2, 100, 632, 1000)))
            return max(Decimal(0), near + Decimal(rng.randrange(-20_000, 20_000)) / 100)

        def report(members: int = members, day: date = day) -> Report:
            item = rng.choices(items, weights)[0]
            amount: Decimal | None = money()
            if item in {"deposit", "securities", "insurance", "housing_fund"}:
                amount = money() * rng.choice((1, 24))
            elif item in {"vehicle", "real_estate", "business_registration", "marriage", "death"}:
                amount = None
            if rng.random() < 0.01:
                amount = rng.choice((None, Decimal(-5), Decimal(99_000_000)))
            month = rng.choice((None, date(day.year, max(1, day.month - rng.randrange(3)), 1),
                                date(day.year - rng.choice((1, 2, 3)), rng.randrange(1, 13), 1)))  # fmt: skip
            return Report(
                rng.randrange(members), item, amount, rng.choice((1, 1, 1, 3, 12)), month,
                Decimal(rng.choice((0, 0, 150))) if item == "wage" else Decimal(0),
                Decimal(rng.choice((0, 190))) if item == "pension" else Decimal(0),
                rng.random() < 0.05, rng.random() < 0.03,
            )  # fmt: skip

        def or_none(value: object) -> object:
            return None if rng.random() < 0.02 else value

        yield Family(
            division, day, members, rng.choice((0, 0, 0, 1)), or_none(money()), or_none(rng.choice((0, 0, 1, 2))),
            or_none(rng.choice((0, 1, 1, 2))), rng.random() < 0.05, rng.random() < 0.03, rng.random() < 0.3,
            rng.random() < 0.5, Decimal(rng.randrange(0, 900)), Decimal(rng.choice((0, 5_000, 20_000, 60_000))),
            rng.choice((0, 0, 1, 5, 6, 9)), tuple(report() for _ in range(rng.randrange(5))),
        )  # fmt: skip
