"""What a unit of each resource is worth to whoever does not have it: exact integers, lowest and highest.

Under an optimal assignment prices are possible by which nobody would rather have something else. They are not unique:
the lowest is what one unit more would add to the night's sum, the highest what one unit less would take from it. Being
left without help in a township has a price as well, from 0 to the points of its floor.

A node is a resource or, behind them, a township. Both are shortest paths over the graph of who would move where
(Bellman-Ford, all pairs in each sweep), so they need no solver, and there are none where an assignment is not optimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hub.matching.errors import RunRefused
from hub.matching.instance import NOBODY

if TYPE_CHECKING:
    from hub.matching.instance import Bools, Instance, Ints, Longs

_NOT_OPTIMAL = "The assignment is not optimal: there are no prices under which nobody would rather have something else."


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Of each node, in points.

    ``mover``: whose moving away gives a node its highest price; ``NOBODY`` where no move does. ``sweep``: in which
    sweep that was found. Whoever moves goes to a node of an earlier sweep, so every chain of moves ends.
    """

    lowest: Ints
    highest: Ints
    mover: Ints
    sweep: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A permitted assignment as the prices see it.

    ``at``: each need's node. ``own``: what it adds there; ``alone``: what it would add without help, less than nothing
    by its class points. ``lacking``: needs of each township that are without help. ``least`` and ``most``: between
    which each node's price lies in any case.
    """

    at: Ints
    own: Ints
    alone: Ints
    lacking: Longs
    least: Ints
    most: Ints


def standing(instance: Instance, assigned: Ints) -> Standing:
    """Return it. Raises ``RunRefused`` for what is not permitted: an ineligible pair, or too many for a resource."""
    needs, resources, pairs = instance.needs, instance.resources, instance.pairs
    if assigned.shape != (len(needs),) or assigned.dtype != np.int32:
        raise RunRefused("The assignment has not one number for each need. It belongs to another input.")
    served = assigned != NOBODY
    need = pairs.need()
    used = assigned[need] == pairs.resource
    rows = np.flatnonzero(used)
    if len(rows) != int(served.sum()):
        raise RunRefused("The assignment gives a need something that it is not eligible for.")
    taken = np.bincount(assigned[served], minlength=len(resources))
    if (taken > resources.capacity).any():
        raise RunRefused("The assignment gives more of a resource than there is.")
    alone = without_help(instance)
    at = np.where(served, assigned, needs.township + len(resources)).astype(np.int32)
    own = alone.copy()
    own[need[rows]] = pairs.value[rows]
    lacking = np.bincount(needs.township[~served], minlength=instance.townships)
    least = np.zeros(len(resources) + instance.townships, np.int32)
    most = np.full(len(least), instance.ceiling, np.int32)
    least[len(resources) :][lacking > instance.may_lack] = instance.weighing.below
    most[: len(resources)][taken < resources.capacity] = 0
    most[len(resources) :] = np.where(lacking < instance.may_lack, 0, instance.weighing.below)
    return Standing(at, own, alone, lacking, least, most)


def without_help(instance: Instance) -> Ints:
    """Return what being left without help adds for each need, where a pair adds its value: less than nothing."""
    return (-instance.weighing.points[instance.needs.urgency]).astype(np.int32)


def exact_prices(instance: Instance, stands: Standing) -> Prices:
    """Return the lowest and the highest prices. Raises ``RunRefused`` where the assignment is not optimal."""
    highest, mover, sweep = _highest(instance, stands)
    return Prices(_lowest(instance, stands), highest, mover, sweep)


def _highest(instance: Instance, stands: Standing) -> tuple[Ints, Ints, Ints]:
    """A node is worth no more than what whoever is there loses by going to the best other place."""
    price = stands.most.copy()
    mover = np.full(len(price), NOBODY, np.int32)
    sweep = np.zeros(len(price), np.int32)
    best = Best(instance)
    for number in range(1, len(price) + 2):
        loss = stands.own - best.elsewhere(price)
        lower = price.copy()
        np.minimum.at(lower, stands.at, loss)
        falls = lower < price
        if not falls.any():
            return price, mover, sweep
        if (lower < stands.least).any():
            break
        first = np.flatnonzero(falls[stands.at] & (loss == lower[stands.at]))
        mover[stands.at[first]] = first
        sweep[falls] = number
        price = lower
    raise RunRefused(_NOT_OPTIMAL)


def _lowest(instance: Instance, stands: Standing) -> Ints:
    """A node is worth no less than what whoever is elsewhere would gain by coming."""
    pairs, behind = instance.pairs, len(instance.resources)
    price = stands.least.copy()
    need = pairs.need()
    for _ in range(len(price) + 1):
        has = stands.own - price[stands.at]
        higher = price.copy()
        gain = has[need]
        np.subtract(pairs.value, gain, out=gain)
        np.maximum.at(higher, pairs.resource, gain)
        np.maximum.at(higher, instance.needs.township + behind, stands.alone - has)
        if (higher > stands.most).any():
            break
        if (higher == price).all():
            return price
        price = higher
    raise RunRefused(_NOT_OPTIMAL)


class Best:
    """What the best place adds for each need, at given prices."""

    def __init__(self, instance: Instance) -> None:
        self._pairs = instance.pairs
        self._alone = without_help(instance)
        self._township = instance.needs.township + np.int32(len(instance.resources))
        self._any: Bools = np.diff(instance.pairs.start) > 0
        self._starts = instance.pairs.start[:-1][self._any]

    def elsewhere(self, price: Ints) -> Ints:
        """Return it for each need. Its own place is among them: whoever is there already loses nothing by staying."""
        worth = price[self._pairs.resource]
        np.subtract(self._pairs.value, worth, out=worth)
        best: Ints = self._alone - price[self._township]
        if len(self._starts):
            best[self._any] = np.maximum(best[self._any], np.maximum.reduceat(worth, self._starts))
        return best
