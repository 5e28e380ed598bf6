"""Members who are reported dead: they count, what would follow without them is said, and until when to check again."""

from __future__ import annotations

from datetime import date

import pytest

from hub.means.composing import compose
from hub.means.deceased import until
from reporting import RULES, inputs

ANSWERED = [{**each, "state": "EMPTY"} for each in inputs()["asked"]]


def death(person, key, **changes):
    said = {"months": 1, "exempt": False, "text": None, "details": {}, "aside": False, "amount": None}
    return {"key": key, "person": person, "item": "death", "department": "CIVIL_AFFAIRS", "on": "2026-11-01",
            **said, **changes}  # fmt: skip


def deaths(*facts, **changes):
    return compose(inputs(facts=list(facts), asked=ANSWERED, dibao=True, **changes), RULES)[0]["deaths"]


@pytest.mark.parametrize(
    ("died", "said"),
    [
        (date(2026, 11, 1), date(2027, 2, 1)), (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)), (date(2026, 1, 31), date(2026, 4, 30)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)  # fmt: skip
def test_three_months_end_on_the_same_day_or_the_last_one(died, said):
    assert until(died) == said


def test_what_would_follow_without_the_dead_is_by_those_who_are_left_and_what_is_reported_of_them():
    wage = {**death("1", "F2"), "item": "wage", "amount": "1500.00"}
    content, _ = compose(inputs(facts=[death("1", "F1"), wage], asked=ANSWERED, dibao=True), RULES)
    [each] = content["deaths"]
    assert (each["person"], each["fact"], each["until"], each["counted"]) == ("1", "F1", "2027-02-01", True)
    # Three people with 1,500 under 3 × 832, and two with the declared 800 under 2 × 832.
    assert (content["indication"], content["pay"]) == ("DIBAO", "996")
    assert (each["without"]["members"], each["without"]["pay"]) == (2, "864")
    assert content["outcome"] == "INCONSISTENT"


def test_nobody_is_left_and_two_reports_are_one_death():
    found = deaths(death("1", "F1"), death("2", "F2"), death("3", "F3"), death("3", "F4"))
    assert [each["without"] for each in found] == [None, None, None]


@pytest.mark.parametrize("changes", [{"aside": True}, {"on": "2031-01-01"}])
def test_what_is_disproved_or_cannot_be_is_no_death(changes):
    assert deaths(death("1", "F1", **changes)) == []


def test_without_a_day_the_months_count_from_the_report():
    [each] = deaths(death("1", "F1", on=None))
    assert (each["on"], each["until"]) == (None, "2027-02-27")
