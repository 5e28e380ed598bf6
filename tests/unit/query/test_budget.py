"""What a viewer may still spend, and when it may ask again."""

from __future__ import annotations

import pytest

from hub.policy import Principal
from hub.query import CostSpent, Spending

ONE = Principal("one", "d", frozenset(), frozenset(), "p")
OTHER = Principal("other", "d", frozenset(), frozenset(), "p")


def test_units_come_back_evenly_within_a_minute():
    spending = Spending(600)
    spending.spend(ONE, 600, 0.0)
    with pytest.raises(CostSpent) as refused:
        spending.spend(ONE, 100, 5.0)
    assert (refused.value.code, refused.value.status) == ("HUB-117", 429)
    assert "costs 100 units; 50 of 600" in refused.value.message
    assert refused.value.headers == {"Retry-After": "5"}
    spending.spend(ONE, 100, 10.0)


def test_a_bucket_never_holds_more_than_a_minute():
    spending = Spending(600)
    spending.spend(ONE, 1, 0.0)
    with pytest.raises(CostSpent):
        spending.spend(ONE, 601, 10_000.0)
    spending.spend(ONE, 600, 10_000.0)


def test_partners_do_not_spend_each_others_units_and_a_refusal_costs_nothing():
    spending = Spending(600)
    spending.spend(ONE, 500, 0.0)
    for _ in range(3):
        with pytest.raises(CostSpent):
            spending.spend(ONE, 200, 0.0)
    spending.spend(OTHER, 600, 0.0)
    spending.spend(ONE, 100, 0.0)


def test_nought_sets_no_bound():
    unbounded = Spending(0)
    unbounded.spend(ONE, 10**12, 0.0)
    unbounded.charge(ONE, 10**12, 0.0)
    unbounded.require_some(ONE, 0.0)


def test_what_was_used_already_is_taken_even_where_less_is_left_and_has_to_come_back_first():
    spending = Spending(600)
    spending.charge(ONE, 900, 0.0)
    for now, seconds in ((0.0, 31), (20.0, 11), (29.0, 2)):
        with pytest.raises(CostSpent) as refused:
            spending.require_some(ONE, now)
        assert refused.value.headers == {"Retry-After": str(seconds)}
    spending.require_some(ONE, 30.1)
    spending.require_some(OTHER, 0.0)
