"""Needs as they arrive, day by day, and resources that give so many units each month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from hub.matching.errors import InstanceUnfit
from hub.matching.instance import LARGEST_VALUE, Pairs

if TYPE_CHECKING:
    from hub.matching.instance import Bools, Ints, Longs

MONTH: Final = 30
"""Days of a month. What is left of it at its end is gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """Needs in the order in which they arrive.

    ``day``: of arrival, from 0, rising. ``worth``: points of its class, beside the fit. ``pairs``: what each is
    eligible for. ``units``: of each resource, each month. ``waits``: days after which a need is lost. ``days``: how
    long it lasts, in whole months. Raises ``InstanceUnfit``.
    """

    day: Ints
    worth: Longs
    pairs: Pairs
    units: Ints
    waits: int
    days: int

    def __post_init__(self) -> None:
        if self.days < MONTH or self.days % MONTH:
            raise InstanceUnfit(f"A season lasts whole months of {MONTH} days, not {self.days} days.")
        if self.waits < 0:
            raise InstanceUnfit("A need cannot wait for less than no day.")
        if len(self.day) and (np.diff(self.day).min(initial=0) < 0 or self.day[0] < 0 or self.day[-1] >= self.days):
            raise InstanceUnfit("Needs stand in the order of their days, from 0 to the last day of the season.")
        if {len(self.worth), len(self.pairs.start) - 1} != {len(self.day)}:
            raise InstanceUnfit("Days, worth and pairs are not of the same needs.")

    @property
    def months(self) -> int:
        """How many months it has."""
        return self.days // MONTH

    def of_day(self, day: int) -> slice:
        """Return which needs arrive on a day."""
        return slice(*map(int, np.searchsorted(self.day, (day, day + 1))))

    def last_month(self) -> Ints:
        """Return, of each need, the last month in which it still waits."""
        return (np.minimum(self.day + self.waits, self.days - 1) // MONTH).astype(np.int32)


def in_months(pairs: Pairs, resources: int, open_in: tuple[Bools, ...]) -> Pairs:
    """Return the pairs with every month as resources of its own: ``r`` of month ``m`` is ``m * resources + r``.

    ``open_in``: for each month, which needs can be helped in it.
    """
    need = pairs.need()
    rows = [np.flatnonzero(month[need]) for month in open_in]
    needs = np.concatenate([need[each] for each in rows])
    wanted = np.concatenate([pairs.resource[each] + at * resources for at, each in enumerate(rows)])
    order = np.lexsort((wanted, needs))
    start = np.concatenate(([0], np.cumsum(np.bincount(needs, minlength=len(pairs.start) - 1))))
    value = np.concatenate([pairs.value[each] for each in rows])
    return Pairs(start, wanted[order].astype(np.int32), value[order])


def recorded(text: bytes) -> Season:
    """Read a season from JSON: ``{days, waits, units: […], needs: [{day, worth, fits: {"resource": value}}]}``.

    Raises ``InstanceUnfit`` with what is wrong.
    """
    try:
        read: dict[str, Any] = orjson.loads(text)
        needs = sorted(read["needs"], key=lambda each: int(each["day"]))
        fits = [sorted((int(resource), int(value)) for resource, value in each["fits"].items()) for each in needs]
        start = np.concatenate(([0], np.cumsum([len(each) for each in fits], dtype=np.int64)))
        pairs = np.array([pair for each in fits for pair in each], dtype=np.int32).reshape(-1, 2)
        units = np.array(read["units"], dtype=np.int32)
        made = Season(
            np.array([each["day"] for each in needs], dtype=np.int32),
            np.array([each["worth"] for each in needs], dtype=np.int64),
            Pairs(start, pairs[:, 0].copy(), pairs[:, 1].copy()),
            units, int(read["waits"]), int(read["days"]),
        )  # fmt: skip
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as wrong:
        raise InstanceUnfit(f"This is no record of arrivals: {type(wrong).__name__} {wrong}.") from None
    resources, values = made.pairs.resource, made.pairs.value
    if len(resources) and (resources.min() < 0 or resources.max() >= len(units)):
        raise InstanceUnfit("A need fits a resource that has no units.")
    if len(values) and (values.min() < 0 or values.max() > LARGEST_VALUE):
        raise InstanceUnfit(f"A fit is not from 0 to {LARGEST_VALUE}.")
    if units.size and units.min() < 0:
        raise InstanceUnfit("A resource has less than no unit.")
    return made
