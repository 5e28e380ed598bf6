"""Legal days, held against the State Council's published holidays."""

from datetime import UTC, date, datetime

import pytest

from hub.catalog import days, working_days
from hub.process.calendar import (
    LAST_YEAR,
    DayOutsideCalendar,
    before,
    day_of,
    days_between,
    is_working_day,
    last_day,
    start_of,
)


@pytest.mark.parametrize(
    ("begins", "budget", "ends"),
    [
        (date(2025, 9, 24), 3, date(2025, 9, 28)),
        (date(2025, 9, 24), 10, date(2025, 10, 14)),
        (date(2025, 9, 24), 30, date(2025, 11, 11)),
        (date(2026, 9, 21), 10, date(2026, 10, 12)),
        (date(2026, 9, 21), 30, date(2026, 11, 9)),
    ],
)
def test_working_days_skip_holidays_and_count_days_that_are_made_up_for(begins, budget, ends):
    assert last_day(begins, working_days(budget)).day == ends
    assert days_between(begins, ends, working_days(budget).unit) == budget


def test_a_sunday_on_which_the_country_works_is_a_working_day():
    assert date(2025, 9, 28).strftime("%a") == "Sun"
    assert is_working_day(date(2025, 9, 28))
    assert not is_working_day(date(2025, 10, 1))


def test_calendar_days_count_every_day():
    assert last_day(date(2025, 9, 24), days(7)).day == date(2025, 10, 1)


def test_a_budget_of_nothing_ends_on_the_day_itself():
    assert last_day(date(2025, 10, 1), working_days(0)).day == date(2025, 10, 1)


def test_beyond_the_published_calendar_a_last_day_is_provisional():
    begins = date(LAST_YEAR, 12, 20)
    assert not last_day(begins, working_days(1)).provisional
    assert last_day(begins, working_days(30)).provisional
    assert not last_day(begins, days(60)).provisional


def test_days_before_the_first_calendar_are_refused():
    with pytest.raises(DayOutsideCalendar, match="2004"):
        last_day(date(2003, 6, 1), working_days(3))


def test_a_reminder_lies_as_many_working_days_before():
    assert before(date(2025, 10, 14), working_days(10)) == date(2025, 9, 24)
    assert before(date(2025, 10, 14), days(2)) == date(2025, 10, 12)


def test_a_day_is_one_of_beijing():
    assert day_of(datetime(2026, 1, 31, 15, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert day_of(datetime(2026, 1, 31, 16, 0, tzinfo=UTC)) == date(2026, 2, 1)
    assert start_of(date(2026, 2, 1)) == datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    assert last_day(date(2026, 1, 30), days(1)).ends == datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
