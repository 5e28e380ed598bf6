"""One viewer's part of the proof: every cell, then documents of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from property.asking import Difference, ask_drawn
from property.sweeps import sweeps

if TYPE_CHECKING:
    from collections import Counter
    from random import Random

    from hub.policy import Principal
    from property.answering import Pair

DOCUMENTS = 12
CELLS = 0.5
"""Of so many documents it is also asked what is decided of each cell; the data are the same."""


async def differing(random: Random, pair: Pair, principal: Principal, counts: Counter[str]) -> Difference | None:
    """Return where the hub's answers to this viewer are not what Cedar permits; None where they are everywhere."""
    for text in sweeps(random, pair.schema(principal), pair.rights(principal), pair.store):
        cells = random.random() < CELLS
        compared = await pair.compare(text, {}, principal, cells=cells)
        if compared.difference is not None:
            return Difference(principal, text, {}, nulls=False, found=compared.difference, cells=cells)
        counts["swept" if compared.refusal is None else "refused"] += 1
    for _ in range(DOCUMENTS):
        found = await ask_drawn(random, pair, principal, counts)
        if found is not None:
            return found
    return None
