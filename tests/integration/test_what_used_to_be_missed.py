"""Nights that break off while they go out, needs that change or come back, and charities that could see nothing."""

from __future__ import annotations

import os
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio

from deciding import a_night, decided, declined, forget, proposals
from hub.cli.nights import Deciding, Nights
from hub.matching.nights import send as sending
from matching_store import CHARITY, VILLAGE, opened


@pytest_asyncio.fixture(scope="module")
async def store(server, migrated_template, tmp_path_factory):
    async for made in opened(server, migrated_template, tmp_path_factory.mktemp("m"), f"missed_{os.urandom(4).hex()}"):
        yield made


@pytest_asyncio.fixture(autouse=True)
async def clear(store):
    await forget(store)


@pytest.mark.parametrize("online", [True, False])
async def test_a_night_that_broke_off_goes_on_where_it_was_and_then_prices_decide(store, monkeypatch, online):
    await store.resource(capacity=5)
    needs = {await store.need() for _ in range(3)}
    settings = store.runtime.settings.model_copy(
        update={"matching_propose": True, "matching_at": "00:00", "matching_online": online}
    )
    nights, real, fails = Nights(replace(store.runtime, settings=settings)), sending.propose, 1 + online

    async def breaks(*given):
        nonlocal fails
        fails -= 1
        if fails == 0:
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await real(*given)

    monkeypatch.setattr(sending, "propose", breaks)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await nights.once()
    assert len(await proposals(store)) == int(online)
    assert await nights.once() is None  # no second night of the day
    assert set(await proposals(store)) == needs
    in_force = "SELECT count(*) FROM match_prices WHERE in_force_at IS NOT NULL"
    assert await store.runtime.pool.fetchval(in_force) == int(online)
    late = await store.need()
    await Deciding(replace(store.runtime, settings=settings)).once()
    assert (late in await proposals(store)) == online


async def test_what_was_not_delivered_is_not_proposed_again_once_the_case_is_closed(store):
    await store.resource(capacity=3)
    await store.need()
    await a_night(store)
    for state in ("UNMET", "REOPENED", "CLOSED"):
        await store.runtime.pool.execute("UPDATE proposal SET state = $1, unmet_reason = 'NOT_FITTING'", state)
        assert not await store.placed(), state


async def test_a_need_that_is_opened_again_after_a_unit_came_free_gets_it(store):
    await store.resource(capacity=1)
    first, second = await store.need(urgency="URGENT"), await store.need()
    await a_night(store)
    await decided(store)
    assert set(await proposals(store)) == {first}
    await store.runtime.pool.execute("UPDATE need SET status = 'MET' WHERE id = $1", second)
    await declined(store, first)
    await decided(store)
    assert await proposals(store) == {}
    await store.runtime.pool.execute("UPDATE need SET status = 'OPEN' WHERE id = $1", second)
    await decided(store)
    assert set(await proposals(store)) == {second}


@pytest.mark.parametrize(("what", "before", "now"), [("region", "230503001001", VILLAGE), ("kind", "FUEL", "FOOD")])
async def test_a_need_that_changes_is_decided_on_as_it_is_now(store, what, before, now):
    await store.resource(capacity=1)
    need = await store.need(**{what: before})
    await a_night(store)
    await decided(store)
    assert await proposals(store) == {}
    await store.runtime.pool.execute(f"UPDATE need SET {what} = $2 WHERE id = $1", need, now)
    await decided(store)
    assert set(await proposals(store)) == {need}


async def test_a_charity_without_the_purpose_is_given_nothing_until_it_has_it(store):
    await store.resource(capacity=1)
    need = await store.need()
    purposes = "UPDATE partner SET purposes = $2 WHERE name = $1"
    await store.runtime.pool.execute(purposes, CHARITY, ["data-sharing"])
    try:
        assert not await store.placed()
        await a_night(store)
        await decided(store)
        assert await proposals(store) == {}
    finally:
        await store.runtime.pool.execute(purposes, CHARITY, ["charity-matching", "data-sharing"])
    await decided(store)
    assert set(await proposals(store)) == {need}
