"""Needs and resources drawn by chance: small ones in which everything that can happen does."""

from __future__ import annotations

import numpy as np

from hub.matching.instance import Instance, Needs, Pairs, Resources, Weighing


def drawn(seed, *, floors=True, classes=4):
    """An instance of up to 40 needs and 8 resources; ties, empty resources and needs without any pair among them."""
    chance = np.random.default_rng(seed)
    count, offered = int(chance.integers(1, 41)), int(chance.integers(1, 9))
    townships = int(chance.integers(1, 5))
    kinds = int(chance.integers(1, 3))
    needs = Needs(
        chance.integers(0, kinds, count, dtype=np.int32),
        np.full(count, 230502000000),
        chance.integers(0, classes, count, dtype=np.int32),
        chance.integers(0, townships, count, dtype=np.int32),
    )
    resources = Resources(
        chance.integers(0, kinds, offered, dtype=np.int32),
        np.full(offered, 230500000000),
        chance.integers(0, 7, offered, dtype=np.int32),
    )
    values = 1 + int(chance.integers(0, 2)) * 1000  # all fit alike, or each its own way
    eligible = chance.random((count, offered)) < chance.uniform(0.1, 0.9)
    if chance.random() < 0.5:
        eligible &= needs.kind[:, None] == resources.kind
    need, resource = np.nonzero(eligible)
    start = np.concatenate(([0], np.cumsum(eligible.sum(axis=1))))
    pairs = Pairs(start, resource.astype(np.int32), chance.integers(0, values, len(need), dtype=np.int32))
    open_needs = np.bincount(needs.township, minlength=townships)
    share = chance.random(townships) if floors else np.zeros(townships)
    points = np.sort(chance.integers(0, 2000, classes)).astype(np.int64)
    return Instance(
        needs,
        resources,
        pairs,
        Weighing(points, np.floor(open_needs * share).astype(np.int32), int(chance.integers(0, 1500)) * floors),
    )
