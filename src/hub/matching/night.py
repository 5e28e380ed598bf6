"""One night: all open needs and all resources at once, by one min-cost flow over every eligible pair.

A need sends one unit to a resource, or to what is left unserved in its township; resources pass on what they have
units for. A township passes on what it may lack for nothing, and more at the floor's price: so there is always a flow.
Where no floor ties the kinds of help together, each kind is a flow of its own: together they take a third of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hub.matching.errors import MatchingNotInstalled, SolverFailed
from hub.matching.instance import LARGEST_VALUE, NOBODY, Instance, Pairs

if TYPE_CHECKING:
    from hub.matching.instance import Ints, Longs

CHUNK: Final = 1_000_000
"""Pairs that are handed over at once: the solver takes 64-bit copies, which all together would double its memory."""


def solve(instance: Instance) -> Ints:
    """Return the resource of each need, ``NOBODY`` for none, so that the sum is the largest that there is.

    The sum: value and class points of each pair, less the floor's points for each need below a floor. Whoever has no
    reason to believe it proves it (``proof.prove``). Raises ``MatchingNotInstalled`` and ``SolverFailed``.
    """
    if not _kinds_are_apart(instance):
        return _by_flow(instance)
    assigned = np.full(len(instance.needs), NOBODY, dtype=np.int32)
    for kind in np.unique(instance.needs.kind):
        needs = np.flatnonzero(instance.needs.kind == kind)
        resources = np.flatnonzero(instance.resources.kind == kind)
        found = _by_flow(_part(instance, needs, resources))
        served = found != NOBODY
        assigned[needs[served]] = resources[found[served]]
    return assigned


def _kinds_are_apart(instance: Instance) -> bool:
    """Whether kinds of help have nothing to do with each other: then each is a network of its own, and a smaller one.

    Floors count a township's needs of all kinds together.
    """
    if instance.weighing.below and instance.weighing.floor.any():
        return False
    kinds = np.repeat(instance.needs.kind, np.diff(instance.pairs.start))
    return bool((kinds == instance.resources.kind[instance.pairs.resource]).all())


def _part(instance: Instance, needs: Longs, resources: Longs) -> Instance:
    number = np.full(len(instance.resources), NOBODY, dtype=np.int32)
    number[resources] = np.arange(len(resources))
    pairs = instance.pairs.take(needs)
    return Instance(
        instance.needs.take(needs),
        instance.resources.take(resources),
        Pairs(pairs.start, number[pairs.resource], pairs.value),
        instance.weighing.without_floors(),
    )


def _by_flow(instance: Instance) -> Ints:
    flow = _solver()
    needs, pairs, weighed = instance.needs, instance.pairs, instance.weighing
    every = np.arange(len(needs), dtype=np.int32)
    resources = np.arange(len(instance.resources)) + len(needs)
    townships = np.arange(instance.townships) + len(needs) + len(resources)
    sink = len(needs) + len(resources) + len(townships)
    # Costs are what is missing to the most that a need can add: the solver is a fifth faster where none is below 0.
    for rows, need in _chunks(instance):
        _add(flow, need, pairs.resource[rows] + len(needs), 1, LARGEST_VALUE - pairs.value[rows])
    _add(flow, every, townships[needs.township], 1, LARGEST_VALUE + weighed.points[needs.urgency])
    _add(flow, resources, sink, instance.resources.capacity, 0)
    _add(flow, townships, sink, instance.may_lack, 0)
    _add(flow, townships, sink, weighed.floor, weighed.below)
    flow.set_nodes_supplies(
        np.append(every, np.int32(sink)), np.append(np.ones(len(needs), dtype=np.int64), -len(needs))
    )
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverFailed(
            f"The solver ended with {status.name}, without an optimum. Nothing was assigned: run it again."
        )
    assigned = np.full(len(needs), NOBODY, dtype=np.int32)
    for rows, need in _chunks(instance):
        used = np.flatnonzero(flow.flows(np.arange(rows.start, rows.stop, dtype=np.int32)))
        assigned[need[used]] = pairs.resource[rows][used]
    return assigned


def _chunks(instance: Instance) -> list[tuple[slice, Ints]]:
    """Return rows of pairs with the need of each, some at a time."""
    need = instance.pairs.need()
    starts = range(0, len(need), CHUNK)
    return [(slice(at, min(at + CHUNK, len(need))), need[at : at + CHUNK]) for at in starts]


def _add(flow: Any, tails: Any, heads: Any, capacity: Any, cost: Any) -> None:
    shape = np.shape(tails)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.ascontiguousarray(tails, dtype=np.int32),
        np.ascontiguousarray(np.broadcast_to(heads, shape), dtype=np.int32),
        np.ascontiguousarray(np.broadcast_to(capacity, shape), dtype=np.int64),
        np.ascontiguousarray(np.broadcast_to(cost, shape), dtype=np.int64),
    )


def _solver() -> Any:
    try:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MatchingNotInstalled("ortools") from None
    return SimpleMinCostFlow()
