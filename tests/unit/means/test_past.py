"""Past months by what is known now: from the month of a late fact on, and not before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hub.means.past import past_months
from reporting import RULES, inputs


def fact(item, amount, on):
    return {
        "key": "F1", "person": "1", "item": item, "department": "SOCIAL_SECURITY", "amount": amount, "months": 1,
        "on": on, "exempt": False, "text": None, "details": {}, "aside": False,
    }  # fmt: skip


def household(*facts, **changes):
    return inputs(**{
        "members": inputs()["members"][:1], "division": "230521", "asked": [], "facts": list(facts), "dibao": True,
        "declared": {"income": "0", "vehicles": 0, "homes": 0}, "paid": "632", "made_on": "2026-11-27", **changes,
    })  # fmt: skip


def told(months):
    return [(each.month.isoformat()[:7], each.due, each.over) for each in months]


def test_a_wage_that_was_reported_late_is_paid_too_much_from_its_month_on():
    months = past_months(RULES, household(fact("wage", "200", "2026-09-01")), date(2026, 7, 15))
    assert told(months) == [
        ("2026-07", 632, 0), ("2026-08", 632, 0), ("2026-09", 432, 200), ("2026-10", 432, 200),
    ]  # fmt: skip


def test_the_standard_of_each_month_counts():
    months = past_months(RULES, household(paid="600", made_on="2026-05-10"), date(2026, 3, 1))
    assert told(months) == [("2026-03", 600, 0), ("2026-04", 632, -32)]


def test_property_that_nobody_declared_ends_what_is_due_and_what_is_not_known_is_not_reckoned():
    [month] = past_months(RULES, household(fact("vehicle", None, "2026-10-05")), date(2026, 10, 1))
    assert (month.due, month.over) == (Decimal(0), Decimal(632))
    missing = {**inputs()["asked"][6], "state": "LATE"}
    [month] = past_months(RULES, household(asked=[missing]), date(2026, 10, 1))
    assert (month.indication, month.due, month.over) == ("UNDECIDED", None, None)
    assert past_months(RULES, household(), date(2026, 11, 1)) == []
