"""Attack: find somebody's need in the list by what is known of them. How many of 3,000 open needs are alone in it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.cities import draw
from hub.catalog.predicate import NEVER
from hub.domain import CATALOGUE
from hub.policy import ALL_GRANTED, Principal, load
from hub.settings import Settings

NEEDS, SEED = 3_000, 12
URGENT = 2
"""The place of the first urgency that charities are told is urgent."""
SEEN = {"id", "kind", "county", "urgent", "status"}


def shares(*columns):
    """The shares of needs that are alone by these columns, and that are among fewer than five."""
    _, at, alike = np.unique(np.stack(columns), axis=1, return_inverse=True, return_counts=True)
    like = alike[at.reshape(-1)]
    return float((like == 1).mean()), float((like < 5).mean())


@pytest.fixture(scope="module")
def needs():
    return draw(SEED, NEEDS, 10).needs


def test_a_charity_is_shown_these_items_of_a_need_and_no_other():
    policies = load(Settings.load().schema_directory / "policies", CATALOGUE)
    charity = Principal(
        "charity", "charity", frozenset({"charity"}), frozenset({"2305"}), "charity-matching", ALL_GRANTED
    )
    entity = CATALOGUE["Need"]
    for action in ("read", "readMasked", "filter", "sort", "aggregate", "lookup"):
        shown = {name for name in entity.fields if policies.decide(charity, action, entity, name).where != NEVER}
        assert shown <= SEEN, action


def test_by_village_nearly_everybody_is_alone_and_by_county_one_in_a_hundred_or_fewer(needs):
    county, urgent = needs.area // 10**6, needs.urgency >= URGENT
    before, after = shares(needs.area, needs.kind, needs.urgency), shares(county, needs.kind, urgent)
    assert before > (0.8, 0.95)  # what a charity saw once: 85 % alone, 99.8 % among fewer than five
    assert after[0] < 0.01  # 0.7 %
    assert after[1] < 0.07  # 5.7 %
