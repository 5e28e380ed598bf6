"""That no assignment is better, in integers: what the night adds up to equals what any could, by prices.

Whatever prices are put on resources (at least 0) and on being without help in a township (0 to the floor's points), no
assignment adds more than all units at their prices and, for each need, the best that it can have above them. That bound
is one sum over all pairs, and needs no trust in the solver that found the assignment.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from hub.matching.errors import RunRefused
from hub.matching.prices import Best, Prices, exact_prices, standing, without_help

if TYPE_CHECKING:
    from hub.matching.instance import Instance, Ints
    from hub.matching.prices import Standing


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """``value``: what the assignment adds up to. ``bound``: what none exceeds. ``digest``: of the input, SHA-256."""

    value: int
    bound: int
    digest: str
    prices: Prices

    @property
    def gap(self) -> int:
        """How much better another assignment could be at most; 0 of an optimum."""
        return self.bound - self.value


def prove(instance: Instance, assigned: Ints) -> Proof:
    """Return the proof that an assignment is optimal. Raises ``RunRefused`` where it is not, or is not permitted."""
    stands = standing(instance, assigned)
    prices = exact_prices(instance, stands)
    return Proof(total(instance, stands), bound(instance, prices.lowest), instance.digest(), prices)


def verify(instance: Instance, assigned: Ints, proof: Proof) -> None:
    """Check a stored run against its input, without a solver. Raises ``RunRefused`` with what is wrong.

    1. The proof is about this input. 2. Each pair is eligible, and no resource gives more than it has. 3. The value is
    what the assignment adds up to. 4. By the stored prices, lowest and highest, nothing could add more. 5. They are the
    lowest and the highest, and each mover is whose they come from: explanations rest on them.
    """
    if proof.digest != instance.digest():
        raise RunRefused("The proof is about another input: needs, resources, pairs or points have changed since.")
    stands = standing(instance, assigned)
    value = total(instance, stands)
    if value != proof.value:
        raise RunRefused(f"The assignment adds up to {value}, and its proof says {proof.value}.")
    for name, prices in (("lowest", proof.prices.lowest), ("highest", proof.prices.highest)):
        most = bound(instance, prices)
        if most != value or proof.bound != value:
            raise RunRefused(
                f"By the {name} prices up to {most} could be reached, and the assignment adds up to {value}."
            )
    exact = exact_prices(instance, stands)
    for name, one, other in zip(Prices.__slots__, astuple(exact), astuple(proof.prices), strict=True):
        if not np.array_equal(one, other):
            raise RunRefused(f"The prices prove the assignment, but their {name} is not what follows from the input.")


def total(instance: Instance, stands: Standing) -> int:
    """Return what an assignment adds up to."""
    below = int(np.maximum(stands.lacking - instance.may_lack, 0).sum()) * instance.weighing.below
    served = stands.at < len(instance.resources)
    return int((stands.own[served].astype(np.int64) - stands.alone[served]).sum()) - below


def bound(instance: Instance, prices: Ints) -> int:
    """Return what no assignment exceeds, by any prices of the nodes. Raises ``RunRefused`` for what are no prices."""
    behind = len(instance.resources)
    if prices.shape != (behind + instance.townships,) or prices.dtype != np.int32:
        raise RunRefused("The proof has not one price for each resource and township.")
    if (prices < 0).any() or (prices > instance.ceiling).any() or (prices[behind:] > instance.weighing.below).any():
        raise RunRefused("A price of the proof is below nothing, or above what a unit can be worth.")
    best = Best(instance).elsewhere(prices).astype(np.int64) - without_help(instance)
    units = np.concatenate((instance.resources.capacity, instance.may_lack)).astype(np.int64)
    return int(best.sum()) + int((units * prices).sum())
