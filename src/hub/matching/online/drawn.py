"""Drawn seasons: as usual, with a shock that the past knows nothing of, or where all are equally urgent.

Synthetic: which resources are wanted more, and by whom, is drawn from the seed; no need here is real.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from hub.matching.instance import LARGEST_VALUE, Pairs
from hub.matching.online.season import MONTH, Season

if TYPE_CHECKING:
    from hub.matching.instance import Bools, Ints, Longs

    Points = npt.NDArray[np.float64]

_WORTH: Final = (1000, 2000, 4000, 8000)
_SHARES: Final = (0.45, 0.3, 0.18, 0.07)
"""Of the classes of urgency, least urgent first."""
_BEFORE: Final = 1_000_000
"""Between the seed of a season and that of its past."""
WAITS: Final = 10
"""Days after which a need is lost."""
SHOCK_DAYS: Final = 14
SHOCK_NEEDS: Final = 2
"""Needs that a shock brings each day, beside those of a usual day, as many times as these."""


class Kind(StrEnum):
    """What a drawn season is like."""

    USUAL = "usual"
    SHOCK = "shock"
    EQUAL = "equal"


def draw(
    seed: int, *, resources: int = 30, units: int = 8, demand: float = 1.4, days: int = 3 * MONTH,
    kind: Kind = Kind.USUAL,
) -> Season:  # fmt: skip
    """Draw a season: ``units`` of each resource a month, ``demand`` times as many needs, each eligible for a few.

    In a shock, a fortnight from the middle on, three times as many come a day; those that it brings are mostly urgent,
    where usually few are, and want most what is usually wanted least. Where all are equal none is more urgent.
    """
    chance = np.random.default_rng(seed)
    a_day = demand * units * resources / MONTH
    # The same resources are wanted by the same kinds of people in each season: a past one says something of the next.
    wanted = np.random.default_rng(20_000 + resources).lognormal(0, 0.5, resources)
    parts = [_needs(chance, a_day, (0, days), wanted, _SHARES)]
    if kind is Kind.SHOCK:
        middle, rarest_first = days // 2, np.sort(wanted)[np.argsort(np.argsort(-wanted))]
        fortnight = (middle, min(days, middle + SHOCK_DAYS))
        parts.append(_needs(chance, SHOCK_NEEDS * a_day, fortnight, rarest_first, _SHARES[::-1]))
    day, worth, eligible, value = (np.concatenate(some) for some in zip(*parts, strict=True))
    order = np.argsort(day, kind="stable")
    pairs = Pairs(
        np.concatenate(([0], np.cumsum(eligible.sum(axis=1)))), np.nonzero(eligible)[1].astype(np.int32), value
    )
    return Season(
        day[order],
        np.full(len(day), _WORTH[1]) if kind is Kind.EQUAL else worth[order],
        pairs.take(order),
        np.full(resources, units, np.int32),
        waits=WAITS,
        days=days,
    )


def with_past(seed: int, kind: Kind, *, resources: int, units: int, days: int = 3 * MONTH) -> tuple[Season, Season]:
    """Draw a season, and the one before it that futures are drawn from: that one had no shock."""
    before = Kind.USUAL if kind is Kind.SHOCK else kind
    season, past = (
        draw(each, resources=resources, units=units, days=days, kind=of)
        for each, of in ((seed, kind), (seed + _BEFORE, before))
    )
    return season, past


def _needs(
    chance: np.random.Generator, a_day: float, days: tuple[int, int], wanted: Points, shares: tuple[float, ...]
) -> tuple[Ints, Longs, Bools, Ints]:
    """Day and worth of needs, which resources each is eligible for, and the value of each such pair."""
    first, end = days
    resources = len(wanted)
    count = chance.poisson(a_day * (end - first))
    eligible = chance.random((count, resources)) < np.clip(wanted * 5 / wanted.sum(), 0, 1)
    eligible[np.arange(count), chance.choice(resources, count, p=wanted / wanted.sum())] = True
    value = chance.integers(0, LARGEST_VALUE + 1, int(eligible.sum()), dtype=np.int32)
    classes = chance.choice(len(shares), count, p=shares)
    day = np.sort(chance.integers(first, end, count)).astype(np.int32)
    return day, np.array(_WORTH, dtype=np.int64)[classes], eligible, value
