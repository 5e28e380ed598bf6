"""Bid prices: what a unit of this month is worth to needs that wait, and to those that are still to come.

Each future is drawn from days of the past: needs of random days stand for the days to come of this month and the next.
With what waits today they are matched at once; what a unit adds there lies between its lowest and its highest price.
The middle of the two, over all futures, is the bid price. A need is helped where it adds more than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from hub.matching.instance import Instance, Needs, Pairs, Resources, Weighing
from hub.matching.night import solve
from hub.matching.online.season import MONTH, in_months
from hub.matching.proof import prove

if TYPE_CHECKING:
    from hub.matching.instance import Ints, Longs
    from hub.matching.online.season import Season

Points: TypeAlias = npt.NDArray[np.float64]


def instance(worth: Longs, pairs: Pairs, units: Ints) -> Instance:
    """Return an input of matching: needs of these points, without divisions or floors."""
    classes, of = np.unique(worth, return_inverse=True)
    none = np.zeros(len(worth), np.int32)
    points = classes if len(classes) else np.zeros(1, np.int64)
    return Instance(
        Needs(none, none.astype(np.int64), of.astype(np.int32), none),
        Resources(np.zeros(len(units), np.int32), np.zeros(len(units), np.int64), units),
        pairs,
        Weighing(points.astype(np.int64), np.zeros(1, np.int32), 0),
    )


def bid_prices(
    season: Season, past: Season, day: int, waiting: Longs, left: Ints, futures: int, chance: np.random.Generator
) -> Points:
    """Return the price of a unit of each resource this month, in points.

    ``waiting``: rows of the needs that wait today. ``left``: units of this month. ``past``: of which futures are drawn.
    """
    drawn = [_price(season, past, day, waiting, left, chance) for _ in range(futures)]
    return np.asarray(np.mean(drawn, axis=0), dtype=np.float64)


def _price(season: Season, past: Season, day: int, waiting: Longs, left: Ints, chance: np.random.Generator) -> Points:
    month = day // MONTH
    ends = (month + 1) * MONTH
    last = min(ends + MONTH, season.days)
    ahead = np.arange(day + 1, last)
    slices = [past.of_day(int(each)) for each in chance.integers(0, past.days, len(ahead))]
    rows = np.concatenate([np.arange(0), *(np.arange(each.start, each.stop) for each in slices)]).astype(np.int64)
    arrives = np.repeat(ahead, [each.stop - each.start for each in slices])
    lasts = np.concatenate([season.day[waiting] + season.waits, arrives + past.waits])
    here = np.concatenate([np.full(len(waiting), True), arrives < ends])
    later = (lasts >= ends) & (last > ends)
    pairs = in_months(_joined(season.pairs.take(waiting), past.pairs.take(rows)), len(left), (here, later))
    worth = np.concatenate([season.worth[waiting], past.worth[rows]])
    made = instance(worth, pairs, np.concatenate([left, season.units]))
    found = prove(made, solve(made)).prices
    return (found.lowest[: len(left)].astype(np.float64) + found.highest[: len(left)]) / 2


def _joined(one: Pairs, other: Pairs) -> Pairs:
    return Pairs(
        np.concatenate([one.start, one.start[-1] + other.start[1:]]),
        np.concatenate([one.resource, other.resource]),
        np.concatenate([one.value, other.value]),
    )


def decide(season: Season, need: int, left: Ints, prices: Points) -> int | None:
    """Return what a need gets now: where it adds most above the price, of what is left; None: it waits."""
    rows = season.pairs.of(need)
    wanted = season.pairs.resource[rows]
    adds = season.worth[need] + season.pairs.value[rows] - prices[wanted]
    adds = np.where(left[wanted] > 0, adds, -1.0)
    if not len(adds) or adds.max() < 0:
        return None
    return int(wanted[int(np.argmax(adds))])
