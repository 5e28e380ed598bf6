"""What a viewer may still look up, and how much of it in vain: over a table that several processes share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from hub.query import BudgetSpent, LookupBudget, MissesSpent
from hub.query import lookups as module
from hub.query.lookups import HOUR
from hub.store.lookups import LookupUse


@dataclass
class Database:
    """The table and the clock, as the processes see them. ``written``: how often it was asked."""

    now: float = 0.0
    until: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    written: int = 0
    broken: bool = False

    async def charge(self, _pool: object, partner: str, looked_up: float, missed: float, day: float) -> LookupUse:
        await asyncio.sleep(0)
        if self.broken:
            raise TimeoutError
        self.written += 1
        first, second, third = self.until.get(partner, (0.0, 0.0, 0.0))
        first, second = max(first, self.now) + looked_up, max(second, self.now) + missed
        third = max(third, self.now) + day
        self.until[partner] = first, second, third
        return LookupUse(first - self.now, second - self.now, third - self.now)

    def process(self, per_hour: int = 2_000, missed: int = 20, per_day: int = 1_000_000) -> LookupBudget:
        return LookupBudget(None, per_hour, missed, per_day, clock=lambda: self.now)  # type: ignore[arg-type] # no pool is used


@pytest.fixture
def database(monkeypatch):
    made = Database()
    monkeypatch.setattr(module, "charge", made.charge)
    return made


async def look_up(process, values=1, *, missed=None, viewer="one", tried=None):
    tried = values if tried is None else tried
    await process.spend(viewer, values, tried)
    if not tried:
        return
    async with process.trying(viewer, tried) as under_way:
        await asyncio.sleep(0)
        under_way.missed = values if missed is None else missed


async def vain(process, most=1_000):
    """How many look-ups in vain go through, one after the other, until one is refused."""
    for count in range(most):
        try:
            await look_up(process)
        except MissesSpent:
            return count
    return most


async def test_who_finds_nothing_may_do_so_twenty_times(database):
    assert await vain(database.process()) == 20


async def test_a_second_process_and_a_restart_give_no_more(database):
    first, second = database.process(), database.process()
    assert await vain(first, 15) == 15
    assert await vain(second) == 5
    database.now += 2
    assert await vain(first) == 0
    assert await vain(database.process()) == 0


async def test_processes_that_are_asked_at_the_same_moment_let_through_little_more_and_it_is_owed(database):
    processes = [database.process() for _ in range(4)]
    for process in processes:
        await look_up(process, missed=0)
    through = [await vain(process) for process in processes]
    assert sum(through) <= 20 + 3
    database.now += HOUR
    assert sum([await vain(process) for process in processes]) <= 20


async def test_many_at_once_get_no_further_than_one_after_the_other(database):
    process = database.process()
    found = await asyncio.gather(*(look_up(process) for _ in range(300)), return_exceptions=True)
    assert sum(each is None for each in found) == 20
    assert all(isinstance(each, MissesSpent) for each in found if each is not None)


async def test_look_ups_that_find_something_wait_for_nobody_and_write_seldom(database):
    process = database.process(per_hour=10**6)
    await asyncio.gather(*(look_up(process, missed=0) for _ in range(500)))
    assert database.written == 1
    assert await vain(process) == 20


async def test_of_many_values_those_count_that_were_not_found(database):
    process = database.process()
    await look_up(process, 20, missed=3)
    assert await vain(process) == 17


async def test_a_list_of_guesses_that_is_longer_than_what_is_left_does_not_go_through(database):
    process = database.process()
    with pytest.raises(MissesSpent) as refused:
        await look_up(process, 1_000, missed=0)
    assert (refused.value.code, refused.value.status) == ("HUB-146", 429)
    assert "looks up 1000 values that you see masked" in refused.value.message
    assert "at most 20 an hour may find nothing, and 20 are left" in refused.value.message
    await look_up(process, 15)
    with pytest.raises(MissesSpent) as refused:
        await look_up(process, 6)
    assert refused.value.headers == {"Retry-After": "180"}  # one comes back every three minutes
    await look_up(process, 5)


async def test_look_ups_in_vain_come_back_evenly(database):
    process = database.process()
    assert await vain(process) == 20
    database.now += HOUR / 4
    assert await vain(process) == 5


async def test_an_error_counts_as_if_nothing_had_been_found_and_a_client_that_is_gone_does_not(database):
    process = database.process()

    async def failing(error):
        await process.spend("one", 1, 1)
        async with process.trying("one", 1) as under_way:
            under_way.missed = 0
            raise error

    for _ in range(5):
        with pytest.raises(ValueError, match="x"):
            await failing(ValueError("x"))
    with pytest.raises(asyncio.CancelledError):
        await failing(asyncio.CancelledError())
    assert await vain(process) == 15


async def test_where_the_database_does_not_answer_nothing_is_looked_up(database):
    process = database.process()
    database.broken = True
    with pytest.raises(TimeoutError):
        await look_up(process, missed=0)
    database.broken = False
    await look_up(process, missed=0)
    database.broken = True
    with pytest.raises(TimeoutError):
        await look_up(process)  # what was looked up in vain cannot be written: no answer
    database.now += 2
    with pytest.raises(TimeoutError):
        await look_up(process, missed=0)


async def test_look_ups_that_the_database_kept_from_happening_are_not_counted(database):
    process = database.process(per_hour=10)
    database.broken = True
    for _ in range(50):
        with pytest.raises(TimeoutError):
            await look_up(process, tried=0)
    database.broken = False
    await look_up(process, 10, tried=0)


async def test_whoever_sees_the_values_plain_has_the_budget_of_all_look_ups_alone(database):
    process = database.process(per_hour=100)
    for _ in range(100):
        await look_up(process, tried=0)
    with pytest.raises(BudgetSpent) as refused:
        await look_up(process, tried=0)
    assert (refused.value.code, refused.value.headers) == ("HUB-110", {"Retry-After": "36"})
    assert "looks up 1 protected values; 0 of 100 an hour are left" in refused.value.message


async def test_all_look_ups_are_counted_across_processes_to_within_a_part_of_each(database):
    processes = [database.process(per_hour=400) for _ in range(2)]
    through = 0
    for _ in range(1_000):
        for process in processes:
            try:
                await look_up(process, tried=0)
            except BudgetSpent:
                continue
            through += 1
    assert 400 <= through <= 400 + 10
    for process in processes:
        await process.close()
    with pytest.raises(BudgetSpent):
        await look_up(database.process(per_hour=400), tried=0)


async def test_a_refusal_costs_nothing(database):
    process = database.process(per_hour=10)
    for _ in range(50):
        database.now += 0.5
        with pytest.raises(BudgetSpent):
            await look_up(process, 11, tried=0)
    await look_up(process, 8, tried=0)
    for _ in range(50):
        with pytest.raises(BudgetSpent):
            await look_up(process, 3, tried=0)
    await look_up(process, 2, tried=0)


async def test_viewers_do_not_spend_each_others_look_ups(database):
    process = database.process()
    assert await vain(process) == 20
    await look_up(process, 20, viewer="other")


async def test_nought_allows_none(database):
    with pytest.raises(BudgetSpent):
        await look_up(database.process(per_hour=0), tried=0)
    with pytest.raises(MissesSpent):
        await look_up(database.process(missed=0), missed=0)
    await look_up(database.process(missed=0), tried=0)


async def test_who_looks_up_all_day_and_night_is_stopped_by_the_day_s_budget_in_all_processes(database):
    processes = [database.process(per_hour=100, per_day=1_000) for _ in range(2)]
    done: list[int] = []

    async def all_day_and_night():
        for hour in range(24):
            for _ in range(10):
                await look_up(processes[hour % 2], 10, tried=0)
                done.append(10)
            database.now += HOUR

    with pytest.raises(BudgetSpent, match="of 1000 a day are left") as refused:
        await all_day_and_night()
    assert 1_000 <= sum(done) <= 1_900  # what comes back during the day, besides
    assert 0 < float(refused.value.headers["Retry-After"]) <= HOUR
    database.now += 24 * HOUR
    await look_up(processes[0], 100, tried=0)
