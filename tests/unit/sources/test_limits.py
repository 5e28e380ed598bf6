"""A source is asked no faster than it says, and left alone where it does not hear."""

from __future__ import annotations

import asyncio

import pytest

from hub.sources.asking.limits import FAULTS, REST, Breaker, Rate


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


async def test_questions_come_one_after_the_other_at_the_rate_that_is_stated(monkeypatch):
    clock, waited = Clock(), []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    rate = Rate(4.0, clock)
    for _ in range(3):
        await rate.turn()
    assert waited == pytest.approx([0.25, 0.5])
    # Who comes later than its turn does not wait, and nobody asks faster for having waited.
    clock.at = 10.0
    await rate.turn()
    await rate.turn()
    assert waited[2:] == pytest.approx([0.25])


def test_after_so_many_faults_in_a_row_it_is_left_alone_and_one_question_tries():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAULTS - 1):
        breaker.heard(False)
    breaker.heard(True)  # one that was heard ends the row
    for _ in range(FAULTS):
        assert breaker.lets()
        breaker.heard(False)
    assert not breaker.lets()
    assert breaker.rests()
    clock.at = REST
    assert breaker.lets()
    assert not breaker.lets()  # nobody else, while one tries
    breaker.heard(False)
    assert not breaker.lets()  # and a rest as long as before
    clock.at = 2 * REST
    assert breaker.lets()
    breaker.heard(True)
    assert breaker.lets()
    assert breaker.lets()
    assert not breaker.rests()
