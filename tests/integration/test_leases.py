"""Connections are lent, come back, and are replaced when something went wrong on them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import pytest_asyncio

import hub.store.pool
from hub.store.pool import open_reading

SIZE = 3


@pytest_asyncio.fixture
async def reading(database_url):
    made = await open_reading(database_url, size=SIZE)
    yield made
    await made.close()


async def pid(connection):
    return await connection.fetchval("SELECT pg_backend_pid()")


async def ended(reading, connection, backend):
    """End a session from outside, as a server does that is stopped."""
    async with reading.acquire(kept=False) as other:
        await other.execute("SELECT pg_terminate_backend($1)", backend)
    async with asyncio.timeout(10):
        while not hub.store.pool.lost(connection):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def test_a_connection_that_came_back_is_lent_again(reading):
    async with reading.acquire(kept=True) as first:
        backend = await pid(first)
    for _ in range(5):
        async with reading.acquire(kept=True) as again:
            assert await pid(again) == backend
    assert reading.kept.leased == 0


async def test_no_more_are_out_than_the_pool_has_and_who_waits_longest_is_next(reading):
    order, out = [], []

    async def work(number):
        async with reading.acquire(kept=True) as connection:
            order.append(number)
            out.append(reading.kept.leased)
            await connection.fetchval("SELECT 1")

    await asyncio.gather(*(work(number) for number in range(20)))
    # The first may have to open theirs; the others wait in a row.
    assert [number for number in order if number >= SIZE] == list(range(SIZE, 20))
    assert max(out) == SIZE
    assert reading.kept.leased == 0


async def test_a_statement_that_fails_leaves_a_connection_that_works(reading):
    async def fail():
        async with reading.acquire(kept=True) as connection:
            await connection.execute("BEGIN")
            await connection.fetchval("SELECT 1 / 0")

    for _ in range(2 * SIZE):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await fail()
        async with reading.acquire(kept=True) as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SELECT 1") == 1
    assert reading.kept.leased == 0


async def test_who_goes_away_in_the_middle_of_a_statement_leaves_a_connection_that_works(reading):
    async def slow():
        async with reading.acquire(kept=True) as connection:
            await connection.fetchval("SELECT pg_sleep(5)")

    tasks = [asyncio.create_task(slow()) for _ in range(SIZE)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert reading.kept.leased == 0
    async with asyncio.timeout(4), reading.acquire(kept=True) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_who_waits_and_goes_away_takes_no_connection_along(reading):
    async with reading.acquire(kept=True), reading.acquire(kept=True), reading.acquire(kept=True) as last:
        waiting = [asyncio.create_task(reading.kept.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        reading.kept.release(last)  # and at the same moment the one that it is for goes away too
        waiting[1].cancel()
        assert await waiting[2] is last
        assert [task.cancelled() for task in waiting] == [True, True, False]
    assert reading.kept.leased == 0


async def test_who_waits_too_long_is_told_and_none_is_lost(reading, monkeypatch):
    async with reading.acquire(kept=True), reading.acquire(kept=True), reading.acquire(kept=True):
        monkeypatch.setattr(hub.store.pool, "ACQUIRE_SECONDS", 0.05)  # now: opening a connection takes time too
        with pytest.raises(TimeoutError):
            async with reading.acquire(kept=True):
                pass
    monkeypatch.undo()
    assert reading.kept.leased == 0
    async with reading.acquire(kept=True) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_session_that_the_server_ended_is_replaced_whether_lent_or_not(reading):
    async with reading.acquire(kept=True) as connection:
        await ended(reading, connection, await pid(connection))
    async with reading.acquire(kept=True) as connection:
        backend = await pid(connection)
    await ended(reading, connection, backend)
    async with reading.acquire(kept=True) as connection:
        assert await pid(connection) != backend
    assert reading.kept.leased == 0


async def test_those_who_wait_are_served_although_the_connections_break(reading):
    async def broken():
        async with reading.acquire(kept=True) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def works():
        async with reading.acquire(kept=True) as connection:
            return await connection.fetchval("SELECT 1")

    found = await asyncio.gather(*(broken() if at % 2 else works() for at in range(24)), return_exceptions=True)
    assert [each for at, each in enumerate(found) if at % 2 == 0] == [1] * 12
    assert reading.kept.leased == 0
