"""Policies played over a season, each against hindsight: the best that could be done, had all of it been known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hub.matching.instance import NOBODY
from hub.matching.night import solve
from hub.matching.online.prices import bid_prices, decide, instance
from hub.matching.online.season import MONTH, in_months
from hub.matching.proof import prove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hub.matching.instance import Ints, Longs
    from hub.matching.online.season import Season

    Choose = Callable[[int, Longs, Ints], Iterable[tuple[int, int]]]
    """From a day, the rows of the needs that wait and the units that are left to who gets what: (need, resource)."""

FIRST_COME: Final = "first come"
MOST_URGENT: Final = "most urgent first"
DAILY_OPTIMUM: Final = "optimum of each day"
BID_PRICES: Final = "bid prices"
HINDSIGHT: Final = "hindsight"


@dataclass(frozen=True, slots=True)
class Played:
    """What a policy came to. ``value``: points; ``helped``: needs; ``share``: of hindsight's points."""

    policy: str
    value: int
    helped: int
    share: float


def hindsight(season: Season) -> tuple[int, int]:
    """Return the most points that the season could have, proven, and how many needs are helped in it."""
    first, last = season.day // MONTH, season.last_month()
    months = tuple((first <= month) & (month <= last) for month in range(season.months))
    made = instance(
        season.worth, in_months(season.pairs, len(season.units), months), np.tile(season.units, season.months)
    )
    assigned = solve(made)
    return prove(made, assigned).value, int((assigned != NOBODY).sum())


def play(season: Season, choose: Choose) -> tuple[int, int]:
    """Play a season day by day; return points and needs helped. A unit is never given twice, nor to who is lost."""
    value = helped = 0
    left = season.units.copy()
    waiting = np.empty(0, np.int64)
    for day in range(season.days):
        if day % MONTH == 0:
            left = season.units.copy()
        arrived = season.of_day(day)
        waiting = np.concatenate([waiting, np.arange(arrived.start, arrived.stop)])
        waiting = waiting[season.day[waiting] + season.waits >= day]
        served: set[int] = set()
        for need, resource in choose(day, waiting, left.copy()):
            row = season.pairs.find(need, resource)
            if row is None or need in served or left[resource] <= 0:
                raise ValueError(f"day {day}: need {need} cannot get resource {resource}")
            left[resource] -= 1
            served.add(need)
            value += int(season.worth[need]) + int(season.pairs.value[row])
        helped += len(served)
        waiting = waiting[~np.isin(waiting, list(served))]
    return value, helped


def compare(
    season: Season, past: Season, *, futures: int = 10, multipliers: tuple[float, ...] = (1.0,), seed: int = 0
) -> list[Played]:
    """Play all policies; hindsight last. ``past``: the season that futures are drawn from, an earlier one."""
    most, helped = hindsight(season)
    ways: list[tuple[str, Choose]] = [
        (FIRST_COME, lambda _day, waiting, left: _in_turn(season, waiting, left)),
        (MOST_URGENT, lambda _day, waiting, left: _in_turn(season, _urgent_first(season, waiting), left)),
        (DAILY_OPTIMUM, lambda _day, waiting, left: _optimum(season, waiting, left)),
    ]
    for multiplier in multipliers:
        name = BID_PRICES if len(multipliers) == 1 else f"{BID_PRICES} × {multiplier:g}"
        ways.append((name, _by_prices(season, past, futures, multiplier, seed)))
    found = [(name, *play(season, choose)) for name, choose in ways] + [(HINDSIGHT, most, helped)]
    return [Played(name, value, count, value / most if most else 1.0) for name, value, count in found]


def _by_prices(season: Season, past: Season, futures: int, multiplier: float, seed: int) -> Choose:
    chance = np.random.default_rng(seed)

    def choose(day: int, waiting: Longs, left: Ints) -> Iterable[tuple[int, int]]:
        prices = multiplier * bid_prices(season, past, day, waiting, left, futures, chance)
        for need in map(int, _urgent_first(season, waiting)):
            resource = decide(season, need, left, prices)
            if resource is not None:
                left[resource] -= 1
                yield need, resource

    return choose


def _urgent_first(season: Season, waiting: Longs) -> Longs:
    return waiting[np.argsort(-season.worth[waiting], kind="stable")]


def _in_turn(season: Season, waiting: Longs, left: Ints) -> Iterable[tuple[int, int]]:
    free = np.zeros(len(left))
    for need in map(int, waiting):
        resource = decide(season, need, left, free)
        if resource is not None:
            left[resource] -= 1
            yield need, resource


def _optimum(season: Season, waiting: Longs, left: Ints) -> Iterable[tuple[int, int]]:
    assigned = solve(instance(season.worth[waiting], season.pairs.take(waiting), left))
    return [(int(need), int(resource)) for need, resource in zip(waiting, assigned, strict=True) if resource != NOBODY]
