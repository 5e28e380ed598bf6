"""What a night found goes out to charities: held, once, and by what holds when it goes out."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from hub import matching
from hub.cli.nights import Nights
from hub.matching.nights.send import NOBODY_ACTS
from matching_store import opened


@pytest_asyncio.fixture(scope="module")
async def store(server, migrated_template, tmp_path_factory):
    async for made in opened(server, migrated_template, tmp_path_factory.mktemp("send"), f"send_{os.urandom(4).hex()}"):
        yield made


async def sent(store):
    return await matching.send(store.tools, "last", datetime.now(UTC))


async def test_what_a_night_found_is_proposed_once_and_the_next_night_goes_by_what_is_held(store):
    needs = [await store.need() for _ in range(3)]
    await store.need(kind="FUEL")
    resource = await store.resource(capacity=2)
    left = await store.organisation("red-cross")
    await store.resource(kind="FUEL", organisation=left)
    await store.run()
    await store.runtime.pool.execute("UPDATE charity_organisation SET partner = NULL WHERE id = $1", left)
    first = await sent(store)
    assert (first.proposed, first.refused) == (2, {NOBODY_ACTS: 1})
    rows = await store.runtime.pool.fetch("SELECT need_id, resource_id, charity, state, run FROM proposal")
    assert {row["need_id"] for row in rows} < set(needs)
    assert {tuple(row)[1:] for row in rows} == {(resource, "red-cross", "PROPOSED", str(first.run))}

    # Sent again, nothing is proposed twice.
    again = await sent(store)
    assert again.proposed == 0
    assert sum(again.refused.values()) == 3

    # What is held is not placed again, no unit is left for the third, and nobody acts for what heats.
    assert await store.placed() == {}

    # Whoever is not held by then gets what is there by then.
    await store.runtime.pool.execute("UPDATE charity_resource SET capacity_available = 3 WHERE id = $1", resource)
    assert set(await store.placed()) == set(needs) - {row["need_id"] for row in rows}


async def test_what_has_changed_since_the_night_is_looked_at_anew(store):
    need = await store.need(kind="CARE")
    await store.resource(kind="CARE")
    await store.run()
    await store.runtime.pool.execute("UPDATE need SET consented = '{}' WHERE id = $1", need)
    assert "The need is not open, or the person's consent does not cover today." in (await sent(store)).refused
    assert not await store.runtime.pool.fetchval("SELECT count(*) FROM proposal WHERE need_id = $1", need)


async def test_of_what_a_charity_looks_at_first_a_few_wait_for_its_answer_at_once(store):
    needs = [await store.need(kind="REHABILITATION") for _ in range(6)]
    resource = await store.resource(kind="REHABILITATION", capacity=None, assessment_required=True, charity="red-cross")
    await store.resource(kind="REHABILITATION", capacity=None, charity="red-cross")
    most = store.tools.parameters.proposals.assessed
    placed = {need: got for need, got in (await store.placed()).items() if need in needs}
    assert set(placed.values()) == {resource}
    assert len(placed) == most == 3
    await store.run()
    await sent(store)
    waits = "SELECT count(*) FROM proposal WHERE resource_id = $1 AND state = 'PROPOSED'"
    assert await store.runtime.pool.fetchval(waits, resource) == most
    assert not set(await store.placed()) & set(needs)
    # Two are answered: two more may be looked at, whatever the answer was.
    answered = "UPDATE proposal SET state = $2 WHERE id = (SELECT min(id::text)::uuid FROM proposal WHERE "
    for state in ("ACCEPTED", "DECLINED"):
        await store.runtime.pool.execute(f"{answered} resource_id = $1 AND state = 'PROPOSED')", resource, state)
    assert len(set(await store.placed()) & set(needs)) == 2
    await store.runtime.pool.execute("UPDATE need SET consented = '{}' WHERE id = ANY($1)", needs)


@pytest.mark.parametrize(("by_itself", "proposed"), [(False, 0), (True, 1)])
async def test_a_night_of_the_schedule_goes_out_by_itself_only_where_that_is_set(store, by_itself, proposed):
    kind = "CLOTHING" if by_itself else "EQUIPMENT"
    need = await store.need(kind=kind)
    await store.resource(kind=kind)
    settings = store.runtime.settings.model_copy(update={"matching_at": "00:00", "matching_propose": by_itself})
    await store.runtime.pool.execute("DELETE FROM match_run")
    night = await Nights(replace(store.runtime, settings=settings)).once()
    assert night is not None
    count = "SELECT count(*) FROM proposal WHERE need_id = $1 AND run = $2"
    assert await store.runtime.pool.fetchval(count, need, str(night.run.id)) == proposed


async def test_what_was_declined_is_not_proposed_to_the_same_charity_again_and_another_resource_is(store):
    need = await store.need(kind="TUITION")
    first = await store.resource(kind="TUITION")
    await store.run()
    assert (await sent(store)).proposed == 1
    await store.runtime.pool.execute("UPDATE proposal SET state = 'DECLINED' WHERE need_id = $1", need)
    assert need not in set(await store.placed())
    other = await store.resource(kind="TUITION")
    assert (await store.placed())[need] == other != first
    # Who merely did not answer in time may be asked again.
    await store.runtime.pool.execute("UPDATE proposal SET state = 'EXPIRED' WHERE need_id = $1", need)
    await store.runtime.pool.execute("UPDATE charity_resource SET capacity_available = 0 WHERE id = $1", other)
    assert (await store.placed())[need] == first
