"""Why a need got a resource, or did not: for every pair there is, from the exact prices and without solving anything.

An officer of civil affairs sees all of it. A charity is told of what is proposed to it that it is, and nothing of its
other resources: which of them serve the need would tell where somebody lives, and which fail, how.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from hub.matching.candidates import area_ends
from hub.matching.errors import RunRefused
from hub.matching.instance import NOBODY

if TYPE_CHECKING:
    from hub.matching.instance import Instance, Ints
    from hub.matching.prices import Prices


class Because(Enum):
    """The one reason that decides about a pair."""

    PROPOSED = "proposed"
    OTHER_KIND = "the resource is another kind of help"
    OUTSIDE_AREA = "the need lies outside the area that the resource serves"
    CRITERION_FAILED = "a criterion is not met"
    CRITERION_UNKNOWN = "whether a criterion is met is not known"
    NOT_ELIGIBLE = "its criteria are not met"
    TRIED_BEFORE = "it was proposed for the need before, to no avail"
    NONE_LEFT = "the resource has no unit that can be had"
    FITS_LESS = "what the need gets fits it as well or better"
    SCARCE = "its units are worth more to others"
    HELD_FOR_LATER = "its units are held for needs that are expected this month"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the criteria of a resource say of one need: names of those that are not met, and of those not known.

    ``tried``: the resource was proposed for the need before, to no avail.
    """

    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    tried: bool = False

    @property
    def explanation(self) -> Explanation:
        """Why there is no pair of the two, where kind and division are no reason."""
        if self.failed:
            return Explanation(Because.CRITERION_FAILED, self.failed)
        if self.unknown:
            return Explanation(Because.CRITERION_UNKNOWN, self.unknown)
        return Explanation(Because.TRIED_BEFORE if self.tried else Because.NOT_ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Move:
    """One that would have to move: from a resource to another one, or from or to nothing (None)."""

    need: int
    leaves: int | None
    goes: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, in numbers; each is there where the reason has it.

    ``value``: points by which the resource fits. ``gets``: what the need gets instead, and ``gets_value``: how well
    that fits. ``gain``: points that the resource would add for this need. ``price``: what its last unit is worth to
    others, lowest and highest. ``moves``: who would move, one for another, if the need had one of its units.
    ``expected``: what a unit is worth to needs expected until the month ends.
    """

    because: Because
    criteria: tuple[str, ...] = ()
    value: int | None = None
    gets: int | None = None
    gets_value: int | None = None
    gain: int | None = None
    price: tuple[int, int] | None = None
    moves: tuple[Move, ...] = ()
    expected: int | None = None


def explain(
    instance: Instance,
    assigned: Ints,
    prices: Prices,
    need: int,
    resource: int,
    *,
    verdict: Verdict | None = None,
    expected: int | None = None,
) -> Explanation:
    """Return why this need got this resource, or did not.

    ``verdict``: where the pair is not eligible, what the criteria say. ``expected``: for a need that waits between two
    nights, the bid price by which the resource was held. Takes well below a millisecond.
    """
    row = instance.pairs.find(need, resource)
    if row is None:
        return _no_pair(instance, need, resource, verdict or Verdict())
    value = int(instance.pairs.value[row])
    price = (int(prices.lowest[resource]), int(prices.highest[resource]))
    gets = int(assigned[need])
    if gets == resource:
        return Explanation(Because.PROPOSED, value=value, price=price)
    if gets == NOBODY:
        gain = value + int(instance.weighing.points[instance.needs.urgency[need]])
        fits = Explanation(Because.FITS_LESS, value=value, gain=gain)
    else:
        own = _value(instance, need, gets)
        gain = value - own
        fits = Explanation(Because.FITS_LESS, value=value, gets=gets, gets_value=own, gain=gain)
    if gain <= 0:
        return fits
    other = (value, fits.gets, fits.gets_value, gain)
    if expected is not None and gain <= expected and price[0] < gain:
        return Explanation(Because.HELD_FOR_LATER, (), *other, price=price, expected=expected)
    if not instance.resources.capacity[resource]:
        return Explanation(Because.NONE_LEFT, (), *other)
    return Explanation(
        Because.SCARCE, (), *other, price=price, moves=who_would_move(instance, assigned, prices, resource)
    )


def who_would_move(instance: Instance, assigned: Ints, prices: Prices, resource: int) -> tuple[Move, ...]:
    """Return who would move, one for another, if a unit of this resource went to somebody else.

    It is the chain that loses least, and what it loses is the resource's highest price.
    """
    moves = []
    node = resource
    while (need := int(prices.mover[node])) != NOBODY:
        to = _next(instance, assigned, prices, need, node)
        moves.append(Move(need, _resource(instance, node), _resource(instance, to)))
        node = to
    return tuple(moves)


def _next(instance: Instance, assigned: Ints, prices: Prices, need: int, node: int) -> int:
    """Where this need would go: where it loses what the node's price says, found in an earlier sweep."""
    rows = instance.pairs.of(need)
    nodes = instance.pairs.resource[rows]
    alone = -int(instance.weighing.points[instance.needs.urgency[need]])
    home = len(instance.resources) + int(instance.needs.township[need])
    gets = int(assigned[need])
    stays = (alone if gets == NOBODY else _value(instance, need, gets)) - int(prices.highest[node])
    earlier = prices.sweep[nodes] < prices.sweep[node]
    fits = np.flatnonzero((instance.pairs.value[rows] - prices.highest[nodes] == stays) & earlier)
    if len(fits):
        return int(nodes[fits[0]])
    if alone - int(prices.highest[home]) != stays or prices.sweep[home] >= prices.sweep[node]:
        raise RunRefused("These prices are not those of this assignment: nobody would move as they say.")
    return home


def _resource(instance: Instance, node: int) -> int | None:
    return node if node < len(instance.resources) else None


def _value(instance: Instance, need: int, resource: int) -> int:
    row = instance.pairs.find(need, resource)
    if row is None:
        raise RunRefused("The assignment gives a need something that it is not eligible for.")
    return int(instance.pairs.value[row])


def _no_pair(instance: Instance, need: int, resource: int, verdict: Verdict) -> Explanation:
    if instance.needs.kind[need] != instance.resources.kind[resource]:
        return Explanation(Because.OTHER_KIND)
    begins = instance.resources.area[resource : resource + 1]
    if not begins[0] <= instance.needs.area[need] < area_ends(begins)[0]:
        return Explanation(Because.OUTSIDE_AREA)
    return verdict.explanation
