from datetime import date
from decimal import Decimal

import pytest

from hub.domain.codes import CheckOutcome, FindingKind
from hub.means.check import Declaration, Report, check, monthly_income

DECLARED = Declaration(Decimal(1000), vehicles=1, homes=1)
CONSISTENT, INCONSISTENT = CheckOutcome.CONSISTENT, CheckOutcome.INCONSISTENT


def vehicle(person="a"):
    return Report(person, FindingKind.VEHICLE, None, date(2020, 1, 1))


def home(person="a"):
    return Report(person, FindingKind.REAL_ESTATE, None, date(2020, 1, 1))


def pension(amount, person="a"):
    return Report(person, FindingKind.PENSION, Decimal(amount), date(2026, 5, 1))


def wage(amount, month, person="a"):
    return Report(person, FindingKind.INSURED_WAGE, Decimal(amount), date(2026, month, 1))


@pytest.mark.parametrize(
    ("reports", "outcome"),
    [
        ([], CONSISTENT),
        ([vehicle()], CONSISTENT),
        ([vehicle(), vehicle("b")], INCONSISTENT),
        ([home()], CONSISTENT),
        ([home(), home("b")], INCONSISTENT),
        ([pension("1200.00")], CONSISTENT),
        ([pension("1200.01")], INCONSISTENT),
        ([pension("600"), pension("600.01", "b")], INCONSISTENT),
        ([wage("1200.01", 4), wage("900", 5)], CONSISTENT),
        ([wage("900", 4), wage("1200.01", 5)], INCONSISTENT),
    ],
)
def test_more_than_declared_is_inconsistent(reports, outcome):
    assert check(DECLARED, reports, missing=()) is outcome


def test_of_each_persons_wages_the_newest_month_counts():
    reports = [wage("500", 3), wage("700", 5), wage("100", 1, "b"), wage("200", 2, "b"), pension("50")]
    assert monthly_income(reports) == Decimal(950)


def test_two_employers_in_one_month_are_added_up():
    assert monthly_income([wage("500", 5), wage("300", 5), wage("900", 4)]) == Decimal(800)


def test_who_declares_nothing_may_still_have_a_hundred():
    nothing = Declaration(Decimal(0), 0, 0)
    assert check(nothing, [pension("100")], missing=()) is CONSISTENT
    assert check(nothing, [pension("100.01")], missing=()) is INCONSISTENT


@pytest.mark.parametrize("reports", [[], [vehicle(), vehicle("b")]])
def test_as_long_as_a_checking_department_is_missing_nothing_is_decided(reports):
    assert check(DECLARED, reports, missing=("REAL_ESTATE",)) is CheckOutcome.UNDECIDED
