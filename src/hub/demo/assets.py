"""What people own and earn: vehicles, homes, pensions, insured wages. Amounts are in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.demo import words

if TYPE_CHECKING:
    from random import Random

    from hub.demo.people import SamplePerson

_ADULT: Final = 18
_PENSION_AGE: Final = 60
_EMPLOYERS: Final = ("龙煤集团", "北大荒农业", "利民超市", "四方物业", "安邦供热", "宏达建筑", "春雨餐饮", "便民快递")
_MONTHS: Final = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A registered vehicle."""

    kind: str
    registered_on: date
    state: str

    @property
    def counted(self) -> bool:
        """Whether the vehicle still exists."""
        return self.state in words.VEHICLE_COUNTED


@dataclass(frozen=True, slots=True)
class BuildingUnit:
    """A registered unit of real estate; ``area`` in hundredths of a square metre."""

    use: str
    area: int
    registered_on: date

    @property
    def counted(self) -> bool:
        """Whether the unit is a home."""
        return self.use in words.HOME_USES


@dataclass(frozen=True, slots=True)
class Pension:
    """A monthly pension."""

    amount: int
    state: str

    @property
    def counted(self) -> bool:
        """Whether the pension is being paid."""
        return self.state == words.PENSION_PAID


@dataclass(frozen=True, slots=True)
class Wage:
    """The wage on which contributions were paid for one month (``YYYY-MM``)."""

    month: str
    amount: int
    employer: str


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything that the registers know about one person's means. Wages: at most one a month, oldest first."""

    vehicles: tuple[Vehicle, ...]
    units: tuple[BuildingUnit, ...]
    pension: Pension | None
    wages: tuple[Wage, ...]

    @property
    def monthly_income(self) -> int:
        """Pension in payment and newest wage, in fen."""
        pension = self.pension.amount if self.pension and self.pension.counted else 0
        return pension + (self.wages[-1].amount if self.wages else 0)


NOTHING: Final = Assets((), (), None, ())


def assets(rng: Random, person: SamplePerson, *, head: bool) -> Assets:
    """Draw the means of one person; heads of households own the home more often."""
    if person.age < _ADULT:
        return NOTHING
    return Assets(_vehicles(rng), _units(rng, head=head), _pension(rng, person.age), _wages(rng, person.age))


def _day(rng: Random, first_year: int) -> date:
    first = date(first_year, 1, 1)
    return first + timedelta(days=rng.randrange((words.AS_OF - first).days))


def _vehicles(rng: Random) -> tuple[Vehicle, ...]:
    count = rng.choices((0, 1, 2), (92, 7, 1))[0]
    return tuple(
        Vehicle(
            rng.choice(words.VEHICLE_TYPES),
            _day(rng, 2008),
            rng.choices((*words.VEHICLE_COUNTED, *words.VEHICLE_GONE), (84, 3, 8, 5))[0],
        )
        for _ in range(count)
    )


def _units(rng: Random, *, head: bool) -> tuple[BuildingUnit, ...]:
    homes = rng.choices((0, 1, 2), (36, 60, 4) if head else (95, 5, 0))[0]
    uses = [rng.choice(words.HOME_USES) for _ in range(homes)]
    if rng.random() < 0.03:  # noqa: PLR2004 - share of adults with a shop or a garage
        uses.append(rng.choice(words.OTHER_USES))
    return tuple(BuildingUnit(use, rng.randrange(3200, 14000), _day(rng, 1999)) for use in uses)


def _pension(rng: Random, age: int) -> Pension | None:
    if age < _PENSION_AGE:
        return None
    kind = rng.choices(("none", "residents", "employees"), (12, 70, 18))[0]
    if kind == "none":
        return None
    amount = rng.randrange(12000, 26000) if kind == "residents" else rng.randrange(110000, 290000)
    return Pension(amount, words.PENSION_STOPPED if rng.random() < 0.05 else words.PENSION_PAID)  # noqa: PLR2004 - share


def _wages(rng: Random, age: int) -> tuple[Wage, ...]:
    if age >= _PENSION_AGE or rng.random() > 0.2:  # noqa: PLR2004 - share of insured adults
        return ()
    base, employer = rng.randrange(160000, 480000), rng.choice(_EMPLOYERS)
    first = rng.randrange(len(_MONTHS))
    return tuple(Wage(month, base + rng.randrange(-8000, 8001), employer) for month in _MONTHS[first:])
