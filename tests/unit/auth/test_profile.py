"""Which agreements count for a purpose on a day, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.auth import granted
from hub.store.agreements import Agreement

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 31)
ONE_DAY = timedelta(days=1)
AGREEMENT = Agreement(
    frozenset({"Recipient.category"}), "CIVIL_AFFAIRS", frozenset({"2305"}), "means-check", "ACTIVE", FIRST, LAST
)


def standing(today, agreement=AGREEMENT, purpose="means-check"):
    return [grant.standing for grant in granted([agreement], purpose, today)]


@pytest.mark.parametrize(
    ("today", "found"),
    [(FIRST - ONE_DAY, []), (FIRST, ["active"]), (LAST, ["active"]), (LAST + ONE_DAY, ["ended"])],
)
def test_an_agreement_is_in_force_from_its_first_day_to_its_last(today, found):
    assert standing(today) == found


@pytest.mark.parametrize(("state", "found"), [("SUSPENDED", "suspended"), ("ENDED", "ended")])
def test_one_that_is_suspended_or_ended_is_not_in_force_on_any_day(state, found):
    assert standing(FIRST, replace(AGREEMENT, state=state)) == [found]
    assert standing(LAST + ONE_DAY, replace(AGREEMENT, state=state)) == ["ended"]


def test_for_another_purpose_it_does_not_exist():
    assert standing(FIRST, purpose="statistics") == []


def test_it_grants_its_items_its_providers_rows_and_its_divisions():
    [grant] = granted([AGREEMENT], "means-check", FIRST)
    assert (grant.items, grant.provider, grant.regions) == (
        AGREEMENT.items, AGREEMENT.provider, AGREEMENT.regions,
    )  # fmt: skip
