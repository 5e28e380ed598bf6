"""Legal days: working days by the State Council's holiday calendar, calendar days, and when a day ends.

The day on which a period begins does not count. A day is one of Beijing's. The calendar is published year by year;
beyond the last published year Monday to Friday are taken for working days, and whatever is counted with them is
*provisional*: to be counted anew once the calendar is there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final

from chinese_calendar import constants

from hub.catalog.process import Budget, Unit

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time, without summer time since 1991."""
FIRST_YEAR: Final = min(day.year for day in constants.holidays)
LAST_YEAR: Final = max(day.year for day in constants.holidays)
"""The years whose calendar is published."""
ONE_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4
_REST: Final = frozenset(constants.holidays)
_MADE_UP: Final = frozenset(constants.workdays)
"""Saturdays and Sundays on which the country works, in place of a day of a holiday."""
DIGEST: Final = hashlib.sha256(
    "\n".join(f"{day} {day in _REST}" for day in sorted(_REST | _MADE_UP)).encode()
).hexdigest()
"""SHA-256 of the published days: by which calendar something was counted."""


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day of a period. ``provisional``: counted with days whose calendar is not published yet."""

    day: date
    provisional: bool

    @property
    def ends(self) -> datetime:
        """The moment at which the day is over."""
        return start_of(self.day + ONE_DAY)


class DayOutsideCalendar(ValueError):
    """A day before the first year whose calendar is known: it cannot be counted from."""


def is_working_day(day: date) -> bool:
    """Whether the day is a working day; beyond the published calendar, whether it is one from Monday to Friday."""
    if day.year < FIRST_YEAR:
        raise DayOutsideCalendar(f"Working days are known from {FIRST_YEAR} on, and {day} is before that.")
    return day in _MADE_UP or (day.weekday() <= _FRIDAY and day not in _REST)


@lru_cache(maxsize=10_000)
def last_day(begins: date, budget: Budget) -> DueDay:
    """Return the last day of a period that begins on this day. A budget of nothing ends on the day itself.

    Raises ``DayOutsideCalendar``.
    """
    if budget.unit is Unit.DAYS:
        return DueDay(begins + timedelta(days=budget.count), provisional=False)
    day, left = begins, budget.count
    while left:
        day += ONE_DAY
        left -= is_working_day(day)
    return DueDay(day, provisional=day.year > LAST_YEAR)


@lru_cache(maxsize=10_000)
def days_between(begins: date, until: date, unit: Unit) -> int:
    """Return how many days of a budget have passed from the end of ``begins`` to the end of ``until``."""
    if unit is Unit.DAYS:
        return (until - begins).days
    return sum(is_working_day(begins + timedelta(days=passed)) for passed in range(1, (until - begins).days + 1))


def before(day: date, budget: Budget) -> date:
    """Return the day that lies so long before another one."""
    if budget.unit is Unit.DAYS:
        return day - timedelta(days=budget.count)
    left = budget.count
    while left:
        day -= ONE_DAY
        left -= is_working_day(day)
    return day


def day_of(moment: datetime) -> date:
    """The day of Beijing on which a moment lies."""
    return moment.astimezone(BEIJING).date()


def start_of(day: date) -> datetime:
    """The moment at which a day of Beijing begins, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)
