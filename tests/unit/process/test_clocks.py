"""Clocks of a row, step by step, by the published calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hub.catalog import working_days
from hub.domain.agreements import SharingRequest, SharingState
from hub.process.clocks import after_step, is_late, next_rung

PROCESS = SharingRequest.process
S = SharingState
ROW = {"ends_on": date(2025, 12, 31)}


def at(day):
    """Noon in Beijing."""
    return datetime.fromisoformat(f"{day}T04:00:00+00:00")


def taken(step, before, clocks, day, budget=None):
    """The open clocks of a row after a step."""
    known = {clock.clock: clock for clock in clocks}
    made = after_step(
        PROCESS, PROCESS.steps[step], before, known.values(),
        lambda clock: clock.budget if budget is None else budget, ROW, at(day),
    )  # fmt: skip
    return list((known | {clock.clock: clock for clock in made}).values())


def only(clocks, name):
    [found] = [clock for clock in clocks if clock.clock == name]
    return found


def test_the_answer_is_due_ten_working_days_after_the_request():
    answer = only(taken("submit", None, [], "2025-09-24"), "answer")
    assert (answer.due_on, answer.provisional, answer.ended_at) == (date(2025, 10, 14), False, None)
    assert answer.next_at == datetime(
        2025, 10, 10, 16, tzinfo=UTC
    )  # two working days before, on the 11th, a made-up one


def test_an_unconditional_item_is_answered_within_one_working_day():
    answer = only(taken("submit", None, [], "2025-09-30", working_days(1)), "answer")
    assert answer.due_on == date(2025, 10, 9)


def test_a_pause_moves_the_end_by_the_days_that_it_lasted():
    clocks = taken("submit", None, [], "2025-09-24")
    clocks = taken("send_back", S.SUBMITTED, clocks, "2025-09-26")
    paused = only(clocks, "answer")
    assert (paused.used, paused.due_on, paused.next_at) == (2, None, None)
    assert only(clocks, "completion").due_on == date(2025, 11, 13)
    clocks = taken("complete", S.INCOMPLETE, clocks, "2025-10-20")
    assert only(clocks, "answer").due_on == date(2025, 10, 30)  # eight of ten are left
    assert only(clocks, "completion").ended_at == at("2025-10-20")


def test_an_extension_adds_its_days_once():
    clocks = taken("submit", None, [], "2025-09-24")
    clocks = taken("extend", S.SUBMITTED, clocks, "2025-10-10")
    assert only(clocks, "answer").due_on == date(2025, 10, 28)
    again = taken("extend", S.SUBMITTED, clocks, "2025-10-11")
    assert only(again, "answer") == only(clocks, "answer")


def test_an_extension_asked_for_during_a_pause_is_kept():
    clocks = taken("submit", None, [], "2025-09-24")
    clocks = taken("extend", S.SUBMITTED, clocks, "2025-09-25")
    clocks = taken("send_back", S.SUBMITTED, clocks, "2025-09-26")
    clocks = taken("complete", S.INCOMPLETE, clocks, "2025-09-26")
    assert only(clocks, "answer").due_on == date(2025, 10, 28)


def test_a_clock_ends_with_the_state_that_it_runs_in():
    clocks = taken("submit", None, [], "2025-09-24")
    clocks = taken("accept", S.SUBMITTED, clocks, "2025-09-25")
    assert only(clocks, "answer").ended_at == at("2025-09-25")
    assert only(clocks, "answer").next_at is None
    assert only(clocks, "delivery").due_on == date(2025, 10, 29)


def test_the_period_of_use_runs_on_while_the_agreement_is_suspended():
    clocks = taken("deliver", S.AGREED, [], "2025-10-20")
    period = only(clocks, "period")
    assert (period.due_on, period.unit) == (date(2025, 12, 31), "until")
    assert only(taken("suspend", S.ACTIVE, clocks, "2025-11-01"), "period") == period


def test_late_is_the_day_after_the_last_one_and_not_before():
    answer = only(taken("submit", None, [], "2025-09-24"), "answer")
    assert not is_late(answer, datetime(2025, 10, 14, 15, 59, tzinfo=UTC))
    assert is_late(answer, datetime(2025, 10, 14, 16, 0, tzinfo=UTC))
    assert not is_late(replace(answer, ended_at=at("2025-10-13")), at("2025-10-20"))


@pytest.mark.parametrize(
    ("done", "rung"),
    [
        ({}, datetime(2025, 10, 10, 16, tzinfo=UTC)),
        ({"reminded_at": at("2025-10-11")}, datetime(2025, 10, 14, 16, tzinfo=UTC)),
        ({"reminded_at": at("2025-10-11"), "breached_at": at("2025-10-15")}, None),
        ({"ended_at": at("2025-10-11")}, None),
    ],
)
def test_the_rungs_are_the_reminder_and_the_end_of_the_last_day(done, rung):
    answer = only(taken("submit", None, [], "2025-09-24"), "answer")
    assert next_rung(PROCESS.clocks["answer"], replace(answer, **done)) == rung
