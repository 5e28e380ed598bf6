"""Bid prices of a night: what a unit of each resource is worth to needs that wait, and to those still to come.

Futures are drawn from the hub's own record of arrivals: for each day to come, the needs of some day of the year before.
With what waits they are matched at once; the middle of a unit's lowest and highest price, over all futures, is its bid
price. Units are for the period that the resource states, or for this month; who arrives after it cannot have them, so
prices fall towards its end. No source says what a next period brings, so none is counted on.
"""

from __future__ import annotations

import asyncio
import calendar
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np
import orjson

from hub.catalog import Group
from hub.matching.instance import Pairs
from hub.matching.nights.apart import solve_apart
from hub.matching.nights.given import instance_of
from hub.matching.nights.needs import KINDS, RECORD_DAYS
from hub.matching.online.prices import instance
from hub.matching.proof import prove
from hub.store import match_prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hub.crypto import Vault
    from hub.matching.instance import Bools, Instance, Ints, Longs
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.offers import Offer
    from hub.matching.online.prices import Points
    from hub.matching.parameters import Parameters

SHORTEST_RECORD: Final = 28
"""Days of arrivals below which nothing is known of a month, and units are held for nobody."""
PAIRS_AT_ONCE: Final = 2_000_000
"""Futures are solved together, as far as they have no more pairs than this."""
_SEED: Final = 20


@dataclass(frozen=True, slots=True)
class Bids:
    """``prices``: of a unit of each resource, in points, times the multiplier. ``points``: of each class of urgency.

    ``by_kind``: the mean of a kind, for a resource that no night has seen.
    """

    prices: Mapping[UUID, int]
    points: tuple[int, ...]
    by_kind: Mapping[str, int]

    def of(self, resource: UUID, kind: str) -> int:
        """The price of a unit."""
        return self.prices.get(resource, self.by_kind.get(kind, 0))


@dataclass(frozen=True, slots=True)
class Solver:
    """What solving may use: see ``solve_apart``."""

    mebibytes: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Arrivals of the year before. ``registered``: how many of each kind there were, consent or not."""

    needs: OpenNeeds
    registered: Mapping[str, int]


def ends_on(valid_until: date | None, day: date) -> date:
    """The last day for which units are: of the period that is stated, or of this month."""
    month = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return month if valid_until is None else valid_until


async def bids_of(
    made: Instance, offers: Sequence[Offer], ends: Sequence[date], record: Record, parameters: Parameters, day: date,
    solver: Solver,
) -> Bids:  # fmt: skip
    """Return the bid prices of a night. ``made``: what waits tonight. ``ends``: the last day of each resource's units.

    Raises as ``solve_apart`` does.
    """
    points = tuple(map(int, made.weighing.points))
    days_ago = record.needs.waited
    span = int(days_ago.max(initial=0))
    found = np.zeros(len(offers))
    if span >= SHORTEST_RECORD and len(offers):
        ahead = np.array([min(RECORD_DAYS, (each - day).days) for each in ends], dtype=np.int64)
        draw = await asyncio.to_thread(_Drawing.of, made, offers, record, parameters, ahead)
        found = await _mean_prices(draw, parameters.online.futures, solver)
    priced = [round(parameters.online.multiplier * float(each)) for each in found]
    by_kind: dict[str, list[int]] = {}
    for offer, price in zip(offers, priced, strict=True):
        by_kind.setdefault(offer.kind, []).append(price)
    return Bids(
        {offer.id: price for offer, price in zip(offers, priced, strict=True)},
        points,
        {kind: sum(some) // len(some) for kind, some in by_kind.items()},
    )


def held_for_later(made: Instance, assigned: Ints, offers: Sequence[Offer], bids: Bids) -> Bools:
    """Return which needs got something that is worth more to those still to come: they wait."""
    prices = np.array([bids.prices[offer.id] for offer in offers], dtype=np.int64)
    need = made.pairs.need()
    chosen = assigned[need] == made.pairs.resource
    adds = made.weighing.points[made.needs.urgency[need[chosen]]] + made.pairs.value[chosen]
    held = np.zeros(len(assigned), np.bool_)
    held[need[chosen]] = adds < prices[made.pairs.resource[chosen]]
    return held


def seal(vault: Vault, run: UUID, bids: Bids) -> bytes:
    """Return bid prices as they are stored."""
    text = orjson.dumps({
        "prices": {str(each): price for each, price in bids.prices.items()}, "points": bids.points,
        "kinds": dict(bids.by_kind),
    }).decode()  # fmt: skip
    return vault.sealer(match_prices.TABLE, match_prices.COLUMN, Group.RECORD).seal(run.bytes, text)


def unseal(vault: Vault, run: UUID, sealed: bytes) -> Bids:
    """Return bid prices that were stored. Raises where this hub did not write them."""
    read = orjson.loads(vault.opener(match_prices.TABLE, match_prices.COLUMN, Group.RECORD).open(run.bytes, sealed))
    prices = {UUID(each): price for each, price in read["prices"].items()}
    return Bids(MappingProxyType(prices), tuple(read["points"]), MappingProxyType(read["kinds"]))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """What futures are drawn from. ``rows``: needs of the record by the day on which they arrived, from 1 on.

    ``often``: how many stand behind each of these needs. ``ahead``: days from today for which units are.
    """

    waiting: Pairs
    worth: Longs
    arrived: Pairs
    arrived_worth: Longs
    rows: Sequence[Longs]
    often: Points
    ahead: Longs
    units: Ints

    @classmethod
    def of(
        cls, made: Instance, offers: Sequence[Offer], record: Record, parameters: Parameters, ahead: Longs
    ) -> _Drawing:
        needs, points = record.needs, made.weighing.points
        fresh = replace(needs, waited=np.zeros_like(needs.waited))
        arrived = instance_of(fresh, offers, parameters).pairs
        known = np.bincount(needs.kind, minlength=len(KINDS))
        registered = np.array([record.registered.get(kind, 0) for kind in KINDS], dtype=np.float64)
        often = np.maximum(1.0, registered / np.maximum(known, 1))
        order = np.argsort(needs.waited, kind="stable").astype(np.int64)
        span = int(needs.waited.max())
        starts = np.searchsorted(needs.waited[order], np.arange(1, span + 2))
        rows = [order[low:high] for low, high in pairwise(starts)]
        return cls(
            made.pairs, points[made.needs.urgency], arrived, points[needs.urgency], rows, often[needs.kind], ahead,
            made.resources.capacity,
        )  # fmt: skip

    def future(self, chance: np.random.Generator) -> tuple[Pairs, Longs]:
        """Draw a future: what waits, and after it whoever arrives until units are over; pairs, and worth."""
        days = np.arange(1, int(self.ahead.max()) + 1)
        drawn = [self.rows[each] for each in chance.integers(0, len(self.rows), len(days))]
        rows = np.concatenate([np.empty(0, np.int64), *drawn])
        day = np.repeat(days, [len(each) for each in drawn])
        again = chance.poisson(self.often[rows])
        rows, day = np.repeat(rows, again), np.repeat(day, again)
        pairs = self.arrived.take(rows)
        need = pairs.need()
        in_time = day[need] <= self.ahead[pairs.resource]
        counts = np.bincount(need[in_time], minlength=len(rows))
        start = np.concatenate(([0], np.cumsum(counts)))
        return (
            Pairs(
                np.concatenate([self.waiting.start, self.waiting.start[-1] + start[1:]]),
                np.concatenate([self.waiting.resource, pairs.resource[in_time]]),
                np.concatenate([self.waiting.value, pairs.value[in_time]]),
            ),
            np.concatenate([self.worth, self.arrived_worth[rows]]),
        )


async def _mean_prices(drawing: _Drawing, futures: int, solver: Solver) -> Points:
    # The same night has the same prices, whoever runs it again.
    chance = np.random.default_rng(_SEED)
    total = np.zeros(len(drawing.units))
    left = futures
    while left:
        some = [await asyncio.to_thread(drawing.future, chance)]
        room = max(1, PAIRS_AT_ONCE // max(1, len(some[0][0])))
        some += [drawing.future(chance) for _ in range(min(left, room) - 1)]
        made = _beside(some, drawing.units)
        assigned = await solve_apart(made, mebibytes=solver.mebibytes, seconds=solver.seconds)
        prices = (await asyncio.to_thread(prove, made, assigned)).prices
        count = len(some) * len(drawing.units)
        middle = (prices.lowest[:count].astype(np.float64) + prices.highest[:count]) / 2
        total += middle.reshape(len(some), -1).sum(axis=0)
        left -= len(some)
    return total / futures


def _beside(futures: Sequence[tuple[Pairs, Longs]], units: Ints) -> Instance:
    """Several futures as one instance: each has resources of its own."""
    starts, behind = [np.zeros(1, np.int64)], 0
    for pairs, _ in futures:
        starts.append(pairs.start[1:] + behind)
        behind += len(pairs)
    resources = [pairs.resource + np.int32(at * len(units)) for at, (pairs, _) in enumerate(futures)]
    together = Pairs(
        np.concatenate(starts), np.concatenate(resources).astype(np.int32),
        np.concatenate([pairs.value for pairs, _ in futures]),
    )  # fmt: skip
    return instance(np.concatenate([worth for _, worth in futures]), together, np.tile(units, len(futures)))
