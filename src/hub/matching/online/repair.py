"""What a decline changes, at once: the unit goes to who adds most by it, and who declined to the next best.

Where nothing is free, a need takes the unit of whoever adds least by it, if it adds more itself; and that one looks for
the next best in turn. Each of these is one step, not the best chain of steps: the night after finds that. What is lost
until then is measured (``scripts/bench matching``).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from hub.matching.instance import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.matching.instance import Instance, Ints

STEPS: Final = 8
"""Needs that give way to one another at most, before the last stays without help."""


class Repair:
    """An assignment that declines, expired holds and new units change. ``assigned``: the resource of each need."""

    def __init__(self, instance: Instance, assigned: Ints) -> None:
        self.instance, self.assigned = instance, assigned.copy()
        taken = np.bincount(assigned[assigned != NOBODY], minlength=len(instance.resources))
        self.left = instance.resources.capacity.astype(np.int64) - taken
        self.refused: set[tuple[int, int]] = set()
        pairs = instance.pairs
        need = pairs.need()
        adds = instance.weighing.points[instance.needs.urgency][need] + pairs.value
        order = np.lexsort((-adds, pairs.resource))
        self._needs = need[order]
        counts = np.bincount(pairs.resource, minlength=len(instance.resources))
        self._start = np.concatenate(([0], np.cumsum(counts)))
        self._adds = adds
        # Of each resource, whoever holds a unit, and what that adds: least first. Who gave it back stays until met.
        self._holders: list[list[tuple[int, int]]] = [[] for _ in range(len(instance.resources))]
        for row in np.flatnonzero(assigned[need] == pairs.resource).tolist():
            self._holders[int(pairs.resource[row])].append((int(adds[row]), int(need[row])))
        for holders in self._holders:
            heapq.heapify(holders)

    def decline(self, need: int) -> list[tuple[int, int]]:
        """Take a need's resource back, never to be proposed to it again; return who gets what instead."""
        resource = int(self.assigned[need])
        if resource == NOBODY:
            raise ValueError(f"need {need} has nothing to decline")
        self.refused.add((need, resource))
        self._take(need)
        return [*self.give(resource), *self.place(need)]

    def give(self, resource: int) -> list[tuple[int, int]]:
        """Give units that are free to the needs without help that add most by them."""
        found = []
        needs = self._needs[self._start[resource] : self._start[resource + 1]]
        for each in map(int, needs[self.assigned[needs] == NOBODY]):
            if self.left[resource] <= 0:
                break
            row = self.instance.pairs.find(each, resource)
            if (each, resource) not in self.refused and row is not None:
                self._assign(each, resource, int(self._adds[row]))
                found.append((each, resource))
        return found

    def place(self, need: int) -> list[tuple[int, int]]:
        """Give a need without help what it adds most by, also where another has to give way that adds less."""
        found: list[tuple[int, int]] = []
        for _ in range(STEPS):
            best = max(self._ways(need), default=None) if self.assigned[need] == NOBODY else None
            if best is None or best[0] <= 0:
                break
            _, resource, gives_way, adds = best
            if gives_way != NOBODY:
                self._take(gives_way)
            self._assign(need, resource, adds)
            found.append((need, resource))
            if gives_way == NOBODY:
                break
            need = gives_way
        return found

    def _ways(self, need: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield what a need could have: points gained, resource, who gives way if somebody must, and what it adds."""
        rows = self.instance.pairs.of(need)
        for resource, adds in zip(self.instance.pairs.resource[rows].tolist(), self._adds[rows].tolist(), strict=True):
            if (need, resource) in self.refused:
                continue
            if self.left[resource] > 0:
                yield adds, resource, NOBODY, adds
            elif (least := self._least(resource)) is not None:
                yield adds - least[0], resource, least[1], adds

    def _least(self, resource: int) -> tuple[int, int] | None:
        holders = self._holders[resource]
        while holders and self.assigned[holders[0][1]] != resource:
            heapq.heappop(holders)
        return holders[0] if holders else None

    def _take(self, need: int) -> None:
        resource = int(self.assigned[need])
        self.assigned[need] = NOBODY
        self.left[resource] += 1

    def _assign(self, need: int, resource: int, adds: int) -> None:
        self.assigned[need] = resource
        self.left[resource] -= 1
        heapq.heappush(self._holders[resource], (adds, need))
