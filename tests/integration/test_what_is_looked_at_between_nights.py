"""Between two nights only what changed is looked at, and nothing that changed is missed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from consenting import TODAY
from deciding import a_night, decided, declined, forget, proposals
from hub import matching, write
from hub.matching.nights import between, looking
from hub.matching.nights.between import Between
from hub.process.worker import Worker
from hub.store import match_changes
from hub.write import Retention
from matching_store import COUNTY, opened

NOTES = "SELECT count(*) FROM match_change"
TOMORROW = TODAY + timedelta(days=1)


@pytest_asyncio.fixture(scope="module")
async def store(server, migrated_template, tmp_path_factory):
    name = f"looked_{os.urandom(4).hex()}"
    async for made in opened(server, migrated_template, tmp_path_factory.mktemp("looked"), name):
        yield made


@pytest_asyncio.fixture(autouse=True)
async def clear(store):
    await forget(store)


async def settled(store):
    """A night went out, and all there was has been looked at."""
    night = await a_night(store)
    await decided(store)
    return night


async def tomorrow(store):
    """Decide on the day after this one, by the same prices."""
    at = datetime.now(UTC) + timedelta(days=1)
    await store.runtime.pool.execute("UPDATE match_prices SET day = $1", at.date())
    return await decided(store, at=at)


async def test_nothing_is_looked_at_that_did_not_change(store, monkeypatch):
    await store.resource(capacity=1)
    [await store.need() for _ in range(3)]
    await settled(store)
    looks = []
    read = match_changes.read_changes

    async def reading(connection, most):
        looks.append(await read(connection, most))
        return looks[-1]

    monkeypatch.setattr(match_changes, "read_changes", reading)
    assert (await decided(store)).total == 0
    assert [each.ids for each in looks] == [()]
    need = await store.need()
    assert (await decided(store)).total == 1
    assert [list(each.needs) for each in looks if each.ids] == [[need]]
    assert await store.runtime.pool.fetchval(NOTES) == 0


async def test_a_need_whose_transaction_ends_after_a_later_one_is_not_missed(store):
    resource = await store.resource(capacity=3)
    early, late = await store.need(status="MET"), await store.need(status="MET")
    await settled(store)
    async with store.runtime.pool.acquire() as connection:
        first = connection.transaction()
        await first.start()
        await connection.execute("UPDATE need SET status = 'OPEN' WHERE id = $1", early)
        await store.runtime.pool.execute("UPDATE need SET status = 'OPEN' WHERE id = $1", late)
        assert (await decided(store)).proposed == 1
        await first.commit()
    assert (await decided(store)).proposed == 1
    assert await proposals(store) == {early: resource, late: resource}


async def test_a_unit_that_comes_free_in_a_transaction_that_ends_late_is_not_missed(store):
    await store.resource(capacity=2)
    first, second = await store.need(urgency="URGENT"), await store.need(urgency="HIGH")
    third, fourth = await store.need(urgency="NORMAL"), await store.need(urgency="LOW")
    await settled(store)
    assert set(await proposals(store)) == {first, second}
    async with store.runtime.pool.acquire() as connection:
        open_still = connection.transaction()
        await open_still.start()
        await connection.execute("UPDATE proposal SET state = 'DECLINED' WHERE need_id = $1", first)
        await declined(store, second)
        assert (await decided(store)).proposed == 1
        await open_still.commit()
    assert (await decided(store)).proposed == 1
    assert set(await proposals(store)) == {third, fourth}


async def test_a_resource_that_appears_late_while_its_organisation_gets_a_partner_is_not_missed(store):
    organisation = await store.organisation()
    await store.partner("late-comer")
    need = await store.need()
    await settled(store)
    resource = uuid4()
    async with store.runtime.pool.acquire() as connection:
        open_still = connection.transaction()
        await open_still.start()
        await connection.execute(
            "INSERT INTO charity_resource (id, organisation_id, title, kind, area, capacity_available)"
            " VALUES ($1, $2, '新', 'FOOD', $3, 1)", resource, organisation, COUNTY,
        )  # fmt: skip
        await store.act(organisation, "late-comer")
        assert (await decided(store)).total == 0
        await open_still.commit()
    await store.approve(resource)
    await decided(store)
    assert await proposals(store) == {need: resource}


async def test_a_partner_that_acts_late_for_an_organisation_that_gets_a_resource_is_not_missed(store):
    organisation = await store.organisation()
    await store.partner("later-comer")
    need = await store.need()
    await settled(store)
    async with store.runtime.pool.acquire() as connection:
        open_still = connection.transaction()
        await open_still.start()
        await connection.execute("UPDATE charity_organisation SET partner = 'later-comer' WHERE id = $1", organisation)
        resource = await store.resource(organisation=organisation)
        assert (await decided(store)).total == 0
        await open_still.commit()
    await decided(store)
    assert await proposals(store) == {need: resource}


@pytest.mark.parametrize("killed_at", ["_choice", "_propose"])
async def test_what_a_killed_worker_looked_at_is_decided_by_the_next(store, monkeypatch, killed_at):
    resource = await store.resource(capacity=2)
    await settled(store)
    needs = [await store.need(), await store.need()]

    async def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Between, killed_at, killed)
        with pytest.raises(KeyboardInterrupt):
            await Between(store.tools).decide(datetime.now(UTC))
    assert await decided(store) == matching.Decided(proposed=2)
    assert await proposals(store) == dict.fromkeys(needs, resource)


async def test_what_a_worker_proposed_before_it_was_killed_is_not_proposed_again(store, monkeypatch):
    await store.resource(capacity=5)
    await settled(store)
    [await store.need() for _ in range(3)]
    made = []

    async def once(*given):
        if made:
            raise KeyboardInterrupt
        made.append(await matching_propose(*given))
        return made[-1]

    matching_propose = between.propose
    with monkeypatch.context() as patch:
        patch.setattr(between, "propose", once)
        with pytest.raises(KeyboardInterrupt):
            await Between(store.tools).decide(datetime.now(UTC))
    assert await decided(store) == matching.Decided(proposed=2)
    assert len(await proposals(store)) == 3


async def test_a_day_that_begins_brings_consents_and_periods_of_resources_that_begin_with_it(store):
    soon = await store.resource(valid_from=TOMORROW)
    now = await store.resource(kind="FUEL")
    waits, consents = await store.need(), await store.need(kind="FUEL", consented=False)
    await settled(store)
    await store.runtime.pool.execute(
        "UPDATE need SET consented = datemultirange(daterange($2::date, $2::date + 9)) WHERE id = $1",
        consents,
        TOMORROW,
    )
    assert (await decided(store)).total == 0
    assert (await tomorrow(store)).proposed == 2
    assert await proposals(store) == {waits: soon, consents: now}


async def test_a_consent_that_begins_again_while_nothing_else_happens_is_noted(store):
    resource = await store.resource()
    need = await store.need(consented=False)
    await settled(store)
    await store.runtime.pool.execute(
        "UPDATE need SET consented = datemultirange(daterange($2::date, $2::date + 9)) WHERE id = $1", need, TODAY
    )
    await decided(store)
    assert await proposals(store) == {need: resource}


async def test_who_acts_where_decides_at_once(store):
    pool = store.runtime.pool
    resource = await store.resource(capacity=9, charity="helper")
    first = await store.need()
    await settled(store)
    assert await proposals(store) == {first: resource}
    await pool.execute("UPDATE partner SET state = 'suspended' WHERE name = 'helper'")
    second = await store.need()
    assert await decided(store) == matching.Decided(waiting=1)
    await pool.execute("UPDATE partner SET state = 'active', regions = '{2306}' WHERE name = 'helper'")
    assert (await decided(store)).proposed == 0
    await pool.execute("UPDATE partner SET regions = '{2305}' WHERE name = 'helper'")
    assert await decided(store) == matching.Decided(proposed=1)
    assert set(await proposals(store)) == {first, second}


async def test_a_resource_that_moves_or_changes_its_kind_has_needs_decided_there(store):
    pool = store.runtime.pool
    resource = await store.resource(kind="FUEL", area="230503")
    need = await store.need()
    await settled(store)
    await pool.execute("UPDATE charity_resource SET kind = 'FOOD' WHERE id = $1", resource)
    assert (await decided(store)).proposed == 0
    await pool.execute("UPDATE charity_resource SET area = $2 WHERE id = $1", resource, COUNTY)
    await decided(store)
    assert await proposals(store) == {need: resource}


async def test_every_hour_everything_is_looked_at_whether_it_was_noted_or_not(store):
    pool = store.runtime.pool
    resource = await store.resource()
    await settled(store)
    await pool.execute("ALTER TABLE need DISABLE TRIGGER match_need_comes")
    need = await store.need()
    await pool.execute("ALTER TABLE need ENABLE TRIGGER match_need_comes")
    assert (await decided(store)).total == 0
    await pool.execute("UPDATE match_prices SET looked_at = looked_at - interval '61 minutes'")
    await decided(store)
    assert await proposals(store) == {need: resource}


async def test_more_changes_than_are_looked_at_together_are_all_looked_at(store, monkeypatch):
    monkeypatch.setattr(looking, "AT_ONCE", 2)
    await store.resource(capacity=9)
    await settled(store)
    [await store.need(urgency="LOW") for _ in range(5)]
    assert await decided(store) == matching.Decided(proposed=5)


async def test_notes_that_nobody_looks_at_are_not_kept_and_who_begins_to_decide_looks_at_everything(store):
    resource = await store.resource()
    await settled(store)
    need = await store.need()
    worker = Worker(
        store.runtime.pool, store.runtime.steps.tools, time=lambda: datetime.now(UTC) + timedelta(days=2),
        keep=Retention(timedelta(days=9), timedelta(days=9)),
    )  # fmt: skip
    await worker.round()
    assert await store.runtime.pool.fetchval(NOTES) == 0
    await decided(store)
    assert await proposals(store) == {need: resource}


async def test_what_is_rolled_back_is_not_noted(store):
    before = await store.runtime.pool.fetchval(NOTES)
    async with store.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        await connection.execute("UPDATE charity_organisation SET partner = NULL")
        tx.abandon()
    assert await store.runtime.pool.fetchval(NOTES) == before
