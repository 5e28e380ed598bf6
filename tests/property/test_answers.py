"""Documents drawn by chance: the hub's answer is graphql-core's answer over plain resolvers, key by key.

HUB_PROPERTY_DOCUMENTS says how many (default 150), HUB_PROPERTY_SEED repeats a run.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from property.answering import VIEWERS
from property.asking import ask_drawn
from property.chance import SEED, chance

if TYPE_CHECKING:
    from property.answering import Pairs

DOCUMENTS = int(os.environ.get("HUB_PROPERTY_DOCUMENTS", "150"))


@pytest.mark.timeout(3600)
async def test_drawn_documents_are_answered_as_plain_resolvers_would(irregular: Pairs) -> None:
    pair, counts = irregular.shipped(), Counter[str]()
    for number in range(DOCUMENTS):
        random = chance(number)
        found = await ask_drawn(random, pair, random.choice(VIEWERS), counts)
        if found is not None:
            pytest.fail(f"document {number} with HUB_PROPERTY_SEED={SEED}: {await found.described(pair)}")
    print(f"\nseed {SEED}: {dict(counts)}")  # noqa: T201 - what was compared, for whoever runs it by hand
    assert counts["answered"] > DOCUMENTS * 0.8
