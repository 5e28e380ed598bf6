"""Predicates in plain words."""

from __future__ import annotations

import pytest

from hub.catalog.predicate import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    IsNull,
    Linked,
    Not,
    OneOf,
    Or,
    Predicate,
    Within,
)
from hub.policy import describe


@pytest.mark.parametrize(
    ("predicate", "words"),
    [
        (ALWAYS, "every row"),
        (NEVER, "no row"),
        (Compare("consented", "eq", value=True), "consented = true"),
        (OneOf("kind", ("CARE", "FOOD")), "kind in CARE, FOOD"),
        (Not(IsNull("region")), "region is known"),
        (Not(Compare("status", "eq", "OPEN")), "not (status = OPEN)"),
        (Linked("person", Within("region", ("2305",))), "person: (region within 2305)"),
        (
            Or((IsNull("region"), And((Within("region", ("2305",)), Compare("size", "lte", 3))))),
            "region is unknown or (region within 2305 and size <= 3)",
        ),
    ],
)
def test_a_predicate_is_said_in_words(predicate: Predicate, words: str) -> None:
    assert describe(predicate) == words
