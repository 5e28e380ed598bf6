"""What is said never to be reached is reached by nothing: drawn conditions against every household of a small world."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from random import Random

from hub.means.rules.expressions import FLAG, NUMBER, parse
from hub.means.rules.reach import Names, unreached

WORLD = {"a": NUMBER, "b": NUMBER, "k": NUMBER, "I": NUMBER, "f": FLAG}
HALVES = [Decimal(each) / 2 for each in range(7)]
HOUSEHOLDS = [
    {"a": a, "b": b, "k": Decimal(2), "I": i, "f": f}
    for a, b, i, f in product(HALVES, HALVES, [Decimal(-1), *HALVES[:4]], (True, False))
]
KNOWN = Names({"k": Decimal(2)}, frozenset({"I"}))


def number(rng):
    return rng.choice(("a", "b", "I", "a * b", "b * 2", "k * a", "1", "2", "k", "a + b", "a - b", "max(a, b)", "b / k"))


def condition(rng, depth=2):
    if depth and rng.random() < 0.5:
        word = rng.choice(("and", "or", "and"))
        return f"({condition(rng, depth - 1)} {word} {condition(rng, depth - 1)})"
    if rng.random() < 0.2:
        return rng.choice(("f", "not f"))
    said = f"{number(rng)} {rng.choice(('<', '<=', '>', '>=', '==', '!='))} {number(rng)}"
    return f"not ({said})" if rng.random() < 0.15 else said


def test_no_household_of_a_small_world_reaches_a_row_that_is_said_to_be_unreached():
    rng, said, missed = Random("reach"), 0, 0  # noqa: S311 - drawn conditions
    for _ in range(1_500):
        texts = [condition(rng) for _ in range(3)]
        rows = [(str(place), parse(text, WORLD, "drawn")) for place, text in enumerate(texts)]
        found = dict(unreached([(name, row.form) for name, row in rows], KNOWN))
        reached = set()
        for household in HOUSEHOLDS:
            reached.add(next((name for name, row in rows if row.compute(household)), None))
        assert reached.isdisjoint(found), texts
        said += len(found)
        missed += len({name for name, _ in rows} - reached - found.keys())
    assert said > 300  # that it finds something, and most of what there is in so coarse a world
    assert said > missed / 2, (said, missed)
