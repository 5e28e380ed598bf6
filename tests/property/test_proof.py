"""The SQL says what the policy says: cell by cell, the hub's answers are what Cedar permits of each row.

Bundles of every shape, viewers and their agreements are drawn. The hub decides before it knows a row and writes SQL;
the reference asks Cedar's ``is_authorized`` about every row with all its attributes. HUB_PROPERTY_DECISIONS says how
many rows are to be judged at least (default 30,000), HUB_PROPERTY_SEED repeats a run, and HUB_PROPERTY_BUNDLE with it
one bundle only.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

import pytest

from property import policies, viewers
from property.chance import SEED, chance
from property.proof import differing

if TYPE_CHECKING:
    from property.answering import Pairs

DECISIONS = int(os.environ.get("HUB_PROPERTY_DECISIONS", "10000"))
BUNDLE = os.environ.get("HUB_PROPERTY_BUNDLE")
SHIPPED = 0.1
VIEWERS = 2


@pytest.mark.timeout(24 * 3600)
async def test_every_cell_is_what_cedar_permits_of_its_row(irregular: Pairs) -> None:
    decided, counts, began = Counter[str](), Counter[str](), time.perf_counter()
    for number in count() if BUNDLE is None else [int(BUNDLE)]:
        random = chance(f"bundle {number}")
        drawn = None if random.random() < SHIPPED else policies.drawn(random)
        pair = irregular.shipped() if drawn is None else irregular.of(drawn.policies, drawn.oracle)
        for _ in range(VIEWERS):
            principal = viewers.viewer(random, pair.oracle.terms)
            found = await differing(random, pair, principal, counts)
            if found is not None:
                text = "shipped" if drawn is None else await policies.fewest(drawn, irregular, found)
                described = await found.described(pair)
                pytest.fail(f"HUB_PROPERTY_SEED={SEED} HUB_PROPERTY_BUNDLE={number}: {described}\npolicies: {text}")
        decided += pair.decided
        print(f"bundle {number}: {decided['asked']} rows judged", flush=True)  # noqa: T201 - for a long run
        if decided["asked"] >= DECISIONS:
            break
    rate = decided["evaluated"] / (time.perf_counter() - began)
    # What was compared, for whoever runs it by hand.
    print(f"\nseed {SEED}: {number + 1} bundles, {dict(counts)}, {dict(decided)}, {rate:.0f} a second")  # noqa: T201
    for action in ("read", "readMasked", "filter"):
        assert decided[f"{action} permitted"] > 0, action
        assert decided[f"{action} denied"] > 0, action
