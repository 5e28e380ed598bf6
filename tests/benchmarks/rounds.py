"""Rounds that alternate, and what follows from them.

Machines differ and are never quiet: only ratios within a round mean anything, so each round has every side once, one
after the other, beginning with another side each time.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asking import drive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.progress import Progress
    from serving import Served

WARM_SECONDS = 1.0
TEN = 9.995
"""From here on, three figures are one behind the point."""
MEASURED = ("rate", "p50", "p99", "processor", "generator", "count")


@dataclass(frozen=True, slots=True)
class Runner:
    """How rounds are run."""

    seconds: float
    rounds: int
    connections: int
    bar: Progress

    async def run(
        self, name: str, servers: Mapping[str, Served], requests: Mapping[str, list[bytes]]
    ) -> dict[str, list[dict[str, Any]]]:
        """Warm each side, then measure it so many times; return what each round found, by side."""
        sides = list(servers)
        task = self.bar.add_task(name, total=len(sides) * (self.rounds + 1))
        found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
        for number in range(self.rounds + 1):
            seconds = self.seconds if number else min(WARM_SECONDS, self.seconds)
            first = number % len(sides)
            for side in sides[first:] + sides[:first]:
                self.bar.update(task, description=f"{name}: {side}")
                measured = await drive(servers[side], requests[side], self.connections, seconds=seconds)
                if number:
                    found[side].append(measured)
                self.bar.advance(task)
        self.bar.update(task, description=name)
        return found


def middle(rounds: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The median of each figure."""
    return {key: statistics.median(each[key] for each in rounds) for key in MEASURED}


def ratio(above: Sequence[dict[str, Any]], below: Sequence[dict[str, Any]], figure: str = "rate") -> dict[str, float]:
    """How two sides compare, in requests a second or another figure: the median of the rounds' ratios, their range."""
    each = [one[figure] / other[figure] for one, other in zip(above, below, strict=True)]
    return {"median": statistics.median(each), "least": min(each), "most": max(each)}


def spelled(found: dict[str, float] | None) -> str:
    """A ratio for a table, in three figures."""
    if found is None:
        return "–"
    digits = 2 if found["most"] < TEN else 1
    return f"{found['median']:.{digits}f} ({found['least']:.{digits}f}–{found['most']:.{digits}f})"
