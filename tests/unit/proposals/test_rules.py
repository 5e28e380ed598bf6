"""Periods of proposals on the calendar, and what a charity may see of a need."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain import CATALOGUE
from hub.process.calendar import last_day
from hub.process.rules import Asked, check_rules
from hub.proposals.holds import Capacity
from hub.proposals.rules import monday, proposal_rules

RULES = proposal_rules()
BEFORE_THE_HOLIDAY = date(2025, 9, 24)


@pytest.mark.parametrize(
    ("clock", "urgent", "last"),
    [
        ("answering", True, date(2025, 9, 25)),
        ("answering", False, date(2025, 9, 30)),  # 28 September is worked, to make up for the holiday
        ("agreeing", True, date(2025, 9, 25)),
        ("agreeing", False, date(2025, 9, 30)),
        ("delivering", True, date(2025, 9, 28)),
        ("delivering", False, date(2025, 10, 28)),
    ],
)
def test_urgent_help_has_less_time(clock, urgent, last):
    assert last_day(BEFORE_THE_HOLIDAY, RULES.budgets[clock]({"urgent": urgent})).day == last


@pytest.mark.parametrize(
    ("clock", "last"),
    [("confirming", date(2025, 10, 4)), ("closing", date(2025, 10, 14)), ("objecting", date(2025, 10, 14))],
)
def test_the_person_is_asked_in_ten_days_and_a_case_closed_in_ten_working_days(clock, last):
    process = CATALOGUE["Proposal"].process
    assert last_day(BEFORE_THE_HOLIDAY, process.clocks[clock].budget).day == last


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 11, 26), date(2026, 11, 29)])
def test_of_a_day_the_week_is_kept(day):
    assert monday(day) == date(2026, 11, 23)
    assert monday(None) is None


@pytest.mark.parametrize(
    ("urgency", "urgent"), [("LOW", False), ("NORMAL", False), ("HIGH", True), ("URGENT", True), (None, False)]
)
def test_a_proposal_has_county_week_and_two_levels(urgency, urgent):
    need = {
        "person": 1, "kind": "FOOD", "region": "230502001001", "urgency": urgency, "created_on": date(2026, 11, 26)
    }  # fmt: skip
    begun = RULES.sets["offer"](
        Asked({}, {}, None, date(2026, 11, 27), {"need": need, "resource": {"valid_from": None}})
    )
    assert (begun["county"], begun["registered_week"], begun["urgent"]) == ("230502", date(2026, 11, 23), urgent)
    assert begun["days_waited"] == 1


@pytest.mark.parametrize(
    ("need", "delivered", "set_"),
    [
        ({"created_on": date(2026, 11, 1)}, date(2026, 11, 27), {"days_waited": 26}),
        ({"created_on": date(2026, 11, 28)}, date(2026, 11, 27), {"days_waited": 0}),  # registered for a later day
        ({"created_on": None}, date(2026, 11, 27), {}),
        ({}, date(2026, 11, 27), {}),  # the need is kept no longer
    ],
)
def test_with_the_delivery_stands_how_long_help_took(need, delivered, set_):
    asked = Asked({"days_waited": 3}, {"delivered_on": delivered}, None, date(2026, 11, 27), {"need": need})
    assert RULES.sets["deliver"](asked) == set_


@pytest.mark.parametrize(
    ("stated", "firm", "held", "free", "for_good"),
    [(5, 0, 0, 5, 5), (5, 2, 3, 0, 3), (2, 2, 1, 0, 0), (1, 4, 4, 0, 0), (None, 0, 0, 0, 0)],
)
def test_what_is_left_is_never_less_than_nothing(stated, firm, held, free, for_good):
    capacity = Capacity(stated, firm, held)
    assert (capacity.left(firm=False), capacity.left(firm=True)) == (free, for_good)


def test_the_rules_are_those_that_the_declaration_names():
    check_rules([CATALOGUE["Proposal"]], {"Proposal": RULES})
