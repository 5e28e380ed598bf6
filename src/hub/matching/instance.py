"""What is to be matched, as arrays: needs, resources, and every pair that is eligible with how well it fits.

Nothing here names a person. Row ``i`` of the needs is the caller's ``i``-th need, and so for resources and townships.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from hub.matching.errors import InstanceUnfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.matching.parameters import Parameters

Ints: TypeAlias = npt.NDArray[np.int32]
Longs: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

LARGEST_VALUE: Final = 1000
"""How well a pair can fit, in points; 0 is the least."""
LARGEST_SUM: Final = 2**29
"""Below this lies whatever one need can add or cost, so that prices fit 32 bits."""
NOBODY: Final = -1
"""Stands in an assignment for a need that gets nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Needs:
    """Open needs, one row each.

    ``kind``: number of the kind of help. ``area``: division code, filled up with zeros to twelve digits.
    ``urgency``: class, 0 the least urgent. ``township``: number of the township that the floor counts it in.
    """

    kind: Ints
    area: Longs
    urgency: Ints
    township: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Longs) -> Needs:
        """Return some of them, in this order."""
        return Needs(self.kind[rows], self.area[rows], self.urgency[rows], self.township[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Resources:
    """What is offered, one row each. ``area``: all within this division. ``capacity``: units that are left."""

    kind: Ints
    area: Longs
    capacity: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Longs) -> Resources:
        """Return some of them, in this order."""
        return Resources(self.kind[rows], self.area[rows], self.capacity[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Eligible pairs, by need: those of need ``i`` are rows ``start[i]`` to ``start[i + 1]``, resources rising."""

    start: Longs
    resource: Ints
    value: Ints

    def __len__(self) -> int:
        return len(self.resource)

    def of(self, need: int) -> slice:
        """Return which rows are this need's."""
        return slice(int(self.start[need]), int(self.start[need + 1]))

    def need(self) -> Ints:
        """Return the need of each row."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))

    def find(self, need: int, resource: int) -> int | None:
        """Return the row of a pair; None where it is not eligible."""
        rows = self.of(need)
        at = rows.start + int(np.searchsorted(self.resource[rows], resource))
        return at if at < rows.stop and self.resource[at] == resource else None

    def take(self, needs: npt.NDArray[np.integer]) -> Pairs:
        """Return the pairs of these needs, in their order; a need may come more than once."""
        counts = np.diff(self.start)[needs]
        start = np.concatenate(([0], np.cumsum(counts)))
        rows = np.arange(start[-1]) + np.repeat(self.start[needs] - start[:-1], counts)
        return Pairs(start, self.resource[rows], self.value[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What the sum that is maximised is made of.

    ``points``: what helping one need is worth beside its fit, by class. ``floor``: needs of each township that are to
    be helped. ``below``: what each one less than that costs.
    """

    points: Longs
    floor: Ints
    below: int

    def without_floors(self) -> Weighing:
        """Return the same, with no township having a floor."""
        return Weighing(self.points, np.zeros_like(self.floor), 0)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One night's input. Raises ``InstanceUnfit`` where arrays do not fit each other."""

    needs: Needs
    resources: Resources
    pairs: Pairs
    weighing: Weighing

    def __post_init__(self) -> None:
        for wrong in _unfit(self):
            raise InstanceUnfit(f"This cannot be matched: {wrong}. Nothing was solved.")

    @property
    def townships(self) -> int:
        """How many townships there are."""
        return len(self.weighing.floor)

    @property
    def ceiling(self) -> int:
        """The most that one unit can be worth."""
        return int(self.weighing.points.max(initial=0)) + LARGEST_VALUE + self.weighing.below

    @property
    def may_lack(self) -> Ints:
        """How many needs of each township may stay without help at no cost."""
        return (np.bincount(self.needs.township, minlength=self.townships) - self.weighing.floor).astype(np.int32)

    def digest(self) -> str:
        """Return SHA-256 over all of it, in hexadecimal: what a proof is about."""
        taken = hashlib.sha256(b"hub matching instance 1")
        for name, array in _arrays(self):
            fixed = np.ascontiguousarray(array, dtype="<i8" if array.dtype == np.int64 else "<i4")
            taken.update(f"{name} {fixed.dtype.str} {len(fixed)}\n".encode())
            taken.update(fixed.data)
        taken.update(f"below {self.weighing.below}\n".encode())
        return taken.hexdigest()


def weighing(parameters: Parameters, needs: Needs, resources: Resources, townships: int) -> Weighing:
    """Return what the parameters make of these needs.

    Under a strict order the classes lie so far apart that no chain of moves makes up for one need of a higher class. A
    chain visits each resource once, so it loses less than the largest value for each resource (or need, where those
    are fewer), and may cost one more need below a floor. The points rise by that much from class to class, and not by
    powers of it: which needs can be helped together is a matroid, in which one exchange at a time leads to the best.
    """
    points = np.array(parameters.class_points, dtype=np.int64)
    if parameters.urgency.strict:
        step = LARGEST_VALUE * (min(len(needs), len(resources)) + 1) + parameters.floor.points + 1
        points = step * np.arange(1, len(points) + 1, dtype=np.int64)
    open_needs = np.bincount(needs.township, minlength=townships)
    floor = np.floor(open_needs * parameters.floor.share + 1e-9).astype(np.int32)
    return Weighing(points, floor, parameters.floor.points)


def _arrays(instance: Instance) -> Iterator[tuple[str, npt.NDArray[np.integer]]]:
    needs, resources, pairs, weighed = instance.needs, instance.resources, instance.pairs, instance.weighing
    yield from (("need kind", needs.kind), ("need area", needs.area), ("need urgency", needs.urgency))
    yield from (("need township", needs.township), ("resource kind", resources.kind), ("resource area", resources.area))
    yield from (("capacity", resources.capacity), ("start", pairs.start), ("resource", pairs.resource))
    yield from (("value", pairs.value), ("points", weighed.points), ("floor", weighed.floor))


def _unfit(instance: Instance) -> Iterator[str]:
    needs, resources, pairs, weighed = instance.needs, instance.resources, instance.pairs, instance.weighing
    for name, array in _arrays(instance):
        if array.ndim != 1 or array.dtype not in (np.int32, np.int64):
            yield f"{name} is not a row of whole numbers of 32 or 64 bits"
    if {len(needs.area), len(needs.urgency), len(needs.township)} != {len(needs)}:
        yield "the columns of needs are not equally long"
    if {len(resources.area), len(resources.capacity)} != {len(resources)}:
        yield "the columns of resources are not equally long"
    if resources.capacity.size and resources.capacity.min() < 0:
        yield "a resource has less than no capacity"
    if not _within(needs.urgency, len(weighed.points)):
        yield "a need is of a class that has no points"
    if not _within(needs.township, instance.townships):
        yield "a need is of a township that has no floor"
    if weighed.below < 0 or (weighed.points.size and weighed.points.min() < 0):
        yield "points are less than nothing"
    if weighed.points.max(initial=0) + weighed.below + LARGEST_VALUE >= LARGEST_SUM:
        yield "points are too large for exact prices in 32 bits"
    if weighed.floor.size and (weighed.floor.min() < 0 or instance.may_lack.min() < 0):
        yield "a floor is less than nothing, or more than the township has needs"
    starts = len(pairs.start) == len(needs) + 1 and pairs.start[0] == 0 and pairs.start[-1] == len(pairs)
    if not starts or (np.diff(pairs.start) < 0).any() or len(pairs.value) != len(pairs):
        yield "pairs do not stand by need"
        return
    if not _within(pairs.resource, len(resources)):
        yield "a pair names a resource that there is not"
    if not _within(pairs.value, LARGEST_VALUE + 1):
        yield f"a pair's value is not from 0 to {LARGEST_VALUE}"
    rises = np.diff(pairs.resource) > 0
    rises[pairs.start[1:-1][(pairs.start[1:-1] > 0) & (pairs.start[1:-1] < len(pairs))] - 1] = True
    if not rises.all():
        yield "the resources of a need do not rise: a pair stands twice, or in another order"


def _within(numbers: Ints, end: int) -> bool:
    return not numbers.size or bool(numbers.min() >= 0 and numbers.max() < end)
