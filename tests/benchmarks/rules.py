"""Rules of means checks as data, beside a reading of the same articles in plain Python; and what-if over households.

The same drawn households, one after the other, in processor time of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "unit" / "means" / "rules")]

from test_against_a_reading_by_hand import RULES, case  # noqa: E402 - as above

from hub.means.rules import decide  # noqa: E402 - as above
from hub.means.what_if import reckon  # noqa: E402 - as above
from means_by_hand import by_hand, families  # noqa: E402 - beside the tests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from hub.means.rules import Case


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(prog="scripts/bench rules", description=__doc__)
    parser.add_argument("--households", type=int, default=100_000, help="households that are drawn (100000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, one beside the other (3)")
    given = parser.parse_args()
    console = Console()
    drawn = list(islice(families("bench"), given.households))
    asked = [(RULES.at(each.division, each.day), case(each)) for each in drawn]
    ratios, speeds = [], []
    for _ in range(given.rounds):
        began = time.process_time()
        for rules, each in asked:
            decide(rules, each)
        data = time.process_time() - began
        began = time.process_time()
        for family in drawn:
            by_hand(family)
        hand = time.process_time() - began
        speeds.append(given.households / data)
        ratios.append(hand / data)
    console.print(
        f"{given.households:,} households: {sorted(speeds)[given.rounds // 2]:,.0f} a second by rules as data, "
        f"{sorted(ratios)[given.rounds // 2]:.2f} of the same by hand"
    )
    began = time.process_time()
    cases = [each for _, each in asked]
    found = asyncio.run(reckon(RULES, read(cases), date(2026, 11, 27), {"standard": Decimal(900)}))
    enter = sum(county.enter for county in found.values())
    console.print(
        f"what if, {given.households:,} households: {time.process_time() - began:.1f} s; {enter:,} would enter"
    )


async def read(cases: Iterable[Case]) -> AsyncIterator[Case]:
    """As households are read from a database."""
    for each in cases:
        yield each


if __name__ == "__main__":
    main()
