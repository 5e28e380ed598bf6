"""The room ``write`` against a real PostgreSQL: versions, events and what a transaction that fails leaves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from hub.catalog import DAILY, Group, IdNumber, Integer, Segment, Sensitivity, Share, Text, build, entity, field
from hub.store.tables import derive
from hub.write import (
    NewEvent,
    PlainRow,
    VersionConflict,
    add,
    change,
    delete,
    load,
    new_id,
    seal_rows,
    transaction,
    writable,
)
from syncing import ANNA, shared_store

__all__ = ["shared_store"]  # a fixture of another file

CATALOGUE_TEXTS = {"zh": "样", "en": "A sample"}


@entity(
    provider="民政", frequency=DAILY, share=Share.CONDITIONAL, conditions="测试", versioned=True, sourced=False,
    **CATALOGUE_TEXTS,
)  # fmt: skip
class Application:
    """Declared for these tests alone."""

    state = field(Text, Sensitivity.INTERNAL, nullable=False, **CATALOGUE_TEXTS)
    steps = field(Integer, Sensitivity.INTERNAL, **CATALOGUE_TEXTS)
    number = field(
        IdNumber,
        Sensitivity.SENSITIVE,
        sealed=True,
        lookup=True,
        group=Group.IDENTITY,
        segments=(Segment(18, 10**9),),
        **CATALOGUE_TEXTS,
    )


SAMPLE = build([Application])
TABLES = derive(SAMPLE, MetaData())


@pytest_asyncio.fixture(scope="module")
async def applications(shared_store):
    await shared_store.pool.execute(str(CreateTable(TABLES["Application"]).compile(dialect=postgresql.dialect())))
    return writable(shared_store.vault, SAMPLE, TABLES)["Application"]


@pytest_asyncio.fixture
async def connection(shared_store, applications):
    assert applications.entity.versioned  # and its table is there
    async with shared_store.pool.acquire() as taken:
        await taken.execute("DELETE FROM application; DELETE FROM event")
        yield taken


async def events(connection):
    rows = await connection.fetch("SELECT kind, entity, row_id, version FROM event ORDER BY seq")
    return [NewEvent(*row) for row in rows]


async def submitted(connection, applications, **values):
    async with transaction(connection) as tx:
        return await add(tx, applications, {"state": "SUBMITTED", "number": ANNA} | values, event="application.added")


async def test_a_row_is_added_sealed_and_indexed_with_its_event_and_version_one(shared_store, connection, applications):
    row_id = await submitted(connection, applications)
    row = await connection.fetchrow("SELECT * FROM application")
    vault = shared_store.vault
    assert (row["id"], row["state"], row["version"]) == (row_id, "SUBMITTED", 1)
    assert vault.opener("application", "number", Group.IDENTITY).open(row_id.bytes, row["number"]) == ANNA
    assert row["number_index"] == vault.blind("application", "number")(ANNA)
    assert await events(connection) == [NewEvent("application.added", "Application", row_id, 1)]


async def test_a_change_at_the_expected_version_gives_the_next_one_and_tells_it(connection, applications):
    row_id = await submitted(connection, applications)
    async with transaction(connection) as tx:
        values = {"state": "AGREED", "number": None}
        assert await change(tx, applications, row_id, values, expected=1, event="application.agreed") == 2
    row = await connection.fetchrow("SELECT state, version, number, number_index FROM application")
    assert tuple(row) == ("AGREED", 2, None, None)
    assert (await events(connection))[1:] == [NewEvent("application.agreed", "Application", row_id, 2)]


async def test_a_stale_version_changes_nothing_and_is_told_the_current_one(connection, applications):
    row_id = await submitted(connection, applications)
    for expected, state in ((1, "AGREED"), (1, "REFUSED")):
        async with transaction(connection) as tx:
            done = await change(tx, applications, row_id, {"state": state}, expected=expected, event="a")
    assert done == VersionConflict(2)
    assert await connection.fetchval("SELECT state FROM application") == "AGREED"
    assert len(await events(connection)) == 2


async def test_a_row_that_is_not_there_is_a_conflict_without_a_version(connection, applications):
    async with transaction(connection) as tx:
        done = await change(tx, applications, UUID(int=1), {"state": "AGREED"}, expected=1, event="a")
    assert done == VersionConflict(None)
    assert await events(connection) == []


async def test_of_two_officers_at_once_one_wins_and_the_other_sees_the_winner_s_version(
    shared_store, connection, applications
):
    row_id = await submitted(connection, applications)
    first_has_changed, second_waits = asyncio.Event(), asyncio.Event()

    async def winner():
        async with shared_store.pool.acquire() as own, transaction(own) as tx:
            done = await change(tx, applications, row_id, {"state": "AGREED"}, expected=1, event="won")
            first_has_changed.set()
            await second_waits.wait()
            return done

    async def loser():
        await first_has_changed.wait()
        async with shared_store.pool.acquire() as own, transaction(own) as tx:
            return await change(tx, applications, row_id, {"state": "REFUSED"}, expected=1, event="lost")

    async def until_somebody_waits():
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE appl%'"
        while not await connection.fetchval(waiting):  # noqa: ASYNC110 - another session has no event
            await asyncio.sleep(0.01)
        second_waits.set()

    async with asyncio.timeout(30):
        results = await asyncio.gather(winner(), loser(), until_somebody_waits())
    assert results[:2] == [2, VersionConflict(2)]
    assert [event.kind for event in await events(connection)] == ["application.added", "won"]


async def test_rows_that_are_loaded_together_count_their_versions_too(connection, applications):
    row_id = new_id()
    for mode in ("insert", "update", "upsert"):
        async with transaction(connection) as tx:
            await load(tx, seal_rows(applications, [PlainRow(row_id, {"state": mode}, mode)]))
    assert tuple(await connection.fetchrow("SELECT state, version FROM application")) == ("upsert", 3)
    async with transaction(connection) as tx:
        await delete(tx, applications, [row_id])
    assert await connection.fetchval("SELECT count(*) FROM application") == 0


async def test_a_transaction_that_fails_leaves_neither_row_nor_event(connection, applications):
    async def half():
        async with transaction(connection) as tx:
            await add(tx, applications, {"state": "SUBMITTED"}, event="a")
            await add(tx, applications, {"steps": 1}, event="b")

    with pytest.raises(asyncpg.NotNullViolationError):
        await half()
    assert await connection.fetchval("SELECT count(*) FROM application") == 0
    assert await events(connection) == []


async def test_events_are_numbered_in_the_order_of_commits(shared_store, connection, applications):
    """A number taken first and committed last would be missed by who reads on from the highest one."""
    slow_has_written, fast_is_done = asyncio.Event(), asyncio.Event()

    async def slow():
        async with shared_store.pool.acquire() as own, transaction(own) as tx:
            await add(tx, applications, {"state": "SLOW"}, event="slow")
            slow_has_written.set()
            await fast_is_done.wait()

    async def fast():
        await slow_has_written.wait()
        async with shared_store.pool.acquire() as own, transaction(own) as tx:
            await add(tx, applications, {"state": "FAST"}, event="fast")
        fast_is_done.set()

    async with asyncio.timeout(30):
        await asyncio.gather(slow(), fast())
    assert [event.kind for event in await events(connection)] == ["fast", "slow"]


async def test_rows_and_events_bear_the_time_of_the_transaction(connection, applications):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    async with transaction(connection, noon) as tx:
        assert tx.at == noon
        await add(tx, applications, {"state": "SUBMITTED"}, event="a")
    assert await connection.fetchval("SELECT at FROM event") == noon


async def test_an_entity_without_versions_is_not_changed_by_version(shared_store, connection):
    runs = writable(shared_store.vault)["SyncRun"]
    async with transaction(connection) as tx:
        with pytest.raises(ValueError, match="SyncRun is not declared as versioned"):
            await change(tx, runs, UUID(int=1), {"status": "FAILED"}, expected=1, event="a")


async def test_without_keys_nothing_can_be_written_that_must_be_sealed():
    assert "Person" not in writable(None)
    assert "Region" in writable(None)
