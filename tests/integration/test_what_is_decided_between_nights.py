"""Between two nights bid prices decide at once: what arrives, what is declined, what comes free."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from deciding import a_night, decided, declined, forget, price, proposals
from hub import matching
from hub.cli.nights import Deciding
from hub.crypto.errors import DoesNotOpen
from hub.matching.nights import bids
from hub.matching.nights.between import Between
from hub.store import match_prices
from matching_store import ELDERLY, opened


@pytest_asyncio.fixture(scope="module")
async def store(server, migrated_template, tmp_path_factory):
    name = f"between_{os.urandom(4).hex()}"
    async for made in opened(server, migrated_template, tmp_path_factory.mktemp("between"), name):
        yield made


@pytest_asyncio.fixture(autouse=True)
async def clear(store):
    await forget(store)


async def test_before_a_night_has_gone_out_nothing_is_decided(store):
    await store.resource()
    await store.need()
    assert (await decided(store)).total == 0
    await store.run()
    assert (await decided(store)).total == 0
    await matching.send(store.tools, "last", datetime.now(UTC))
    await store.need()
    assert (await decided(store)).total == 1


async def test_a_need_that_arrives_is_proposed_at_once_and_once(store):
    resource = await store.resource(ELDERLY, capacity=3)
    await a_night(store)
    need, young, silent = await store.need(), await store.need(age=30), await store.need(consented=False)
    assert await decided(store) == matching.Decided(proposed=1, waiting=1)
    assert await proposals(store) == {need: resource}
    assert (await decided(store)).total == 0
    # Another worker, which knows nothing, decides nothing again either.
    assert (await decided(store, Between(store.tools))).total == 0
    assert {young, silent}.isdisjoint(await proposals(store))


async def test_a_need_that_is_worth_less_than_those_still_to_come_waits_and_an_urgent_one_does_not(store):
    resource = await store.resource(capacity=5)
    night = await a_night(store)
    await price(store, night, {resource: 4500})
    low, urgent = await store.need(urgency="LOW"), await store.need(urgency="URGENT")
    assert await decided(store) == matching.Decided(proposed=1, waiting=1)
    assert set(await proposals(store)) == {urgent}
    # Held for later is no refusal: when prices have fallen, the next night or its prices decide.
    await a_night(store)
    assert set(await proposals(store)) == {urgent, low}


async def test_a_unit_that_is_declined_goes_to_the_next_and_never_to_the_same_again(store):
    resource = await store.resource(capacity=1)
    first = await store.need(urgency="HIGH")
    second = await store.need(urgency="NORMAL")
    await a_night(store)
    assert await decided(store) == matching.Decided(proposed=0, waiting=1)
    await declined(store, first)
    assert await decided(store) == matching.Decided(proposed=1, waiting=1)
    assert await proposals(store) == {second: resource}
    await declined(store, second)
    assert (await decided(store)).proposed == 0


async def test_units_that_come_free_at_the_moment_in_which_others_are_decided_are_not_overlooked(store):
    """The unit goes, somebody waits because of that, and it is back before the next round looks."""
    await store.resource(capacity=1)
    await a_night(store)
    first, second = await store.need(urgency="HIGH"), await store.need(urgency="LOW")
    between = Between(store.tools)
    assert await between.decide(datetime.now(UTC)) == matching.Decided(proposed=1, waiting=1)
    await declined(store, first)
    await decided(store, between)
    assert set(await proposals(store)) == {second}


async def test_a_new_resource_more_units_and_criteria_that_are_approved_have_waiting_needs_decided_anew(store):
    await store.resource(capacity=1)
    await a_night(store)
    needs = [await store.need() for _ in range(4)]
    assert (await decided(store)).proposed == 1
    new = await store.resource(capacity=1, title="新")
    assert (await decided(store)).proposed == 1
    await store.runtime.pool.execute("UPDATE charity_resource SET capacity_available = 2 WHERE id = $1", new)
    assert (await decided(store)).proposed == 1
    late = await store.resource(capacity=1, title="未批", approved=False)
    assert (await decided(store)).total == 0
    await store.approve(late)
    assert (await decided(store)).proposed == 1
    assert set(await proposals(store)) == set(needs)


async def test_between_nights_a_charity_that_looks_first_gets_the_next_when_it_has_answered(store):
    resource = await store.resource(capacity=None, assessment_required=True)
    await a_night(store)
    needs = [await store.need() for _ in range(5)]
    assert (await decided(store)).proposed == 3
    assert (await decided(store)).total == 0
    first = next(iter(await proposals(store)))
    await store.runtime.pool.execute("UPDATE proposal SET state = 'ACCEPTED' WHERE need_id = $1", first)
    assert (await decided(store)).proposed == 1
    assert set(await proposals(store)) < set(needs)
    assert {tuple(row) for row in await store.runtime.pool.fetch("SELECT DISTINCT resource_id FROM proposal")} == {
        (resource,)
    }


async def test_no_more_goes_out_than_was_approved_for_a_night_and_its_day(store):
    await store.resource(capacity=9)
    tools = store.tools
    limits = tools.parameters.proposals.model_copy(update={"most": 3})
    few = tools.parameters.model_copy(update={"proposals": limits})
    [await store.need() for _ in range(2)]
    await a_night(store, parameters=few)
    [await store.need() for _ in range(4)]
    assert await decided(store, parameters=few) == matching.Decided(proposed=1, waiting=3)
    single = tools.parameters.proposals.model_copy(update={"per_resource": 2})
    few = tools.parameters.model_copy(update={"proposals": single})
    await a_night(store, parameters=few)
    await store.need()
    assert (await decided(store, parameters=few)).proposed == 0


async def test_prices_decide_in_their_own_month_alone(store):
    await store.resource(capacity=2)
    await a_night(store)
    await store.need()
    later = datetime.now(UTC) + timedelta(days=32)
    assert (await Between(store.tools).decide(later)).total == 0
    assert (await decided(store)).proposed == 1


async def test_prices_that_this_hub_did_not_write_decide_nothing(store):
    resource = await store.resource(capacity=2)
    night = await a_night(store)
    await price(store, night, {resource: 0})
    await store.runtime.pool.execute(
        "UPDATE match_prices SET prices = set_byte(prices, 40, 255 - get_byte(prices, 40))"
    )
    await store.need()
    with pytest.raises(DoesNotOpen):
        await Between(store.tools).decide(datetime.now(UTC))
    assert await proposals(store) == {}


async def test_two_workers_at_once_propose_nothing_twice(store):
    await store.resource(capacity=30)
    await a_night(store)
    [await store.need() for _ in range(20)]
    workers = [Between(store.tools) for _ in range(4)]
    done = await asyncio.gather(*(each.decide(datetime.now(UTC)) for each in workers))
    assert sum((each.proposed for each in done), 0) == 20
    assert await store.runtime.pool.fetchval("SELECT count(*) FROM proposal") == 20


@pytest.mark.parametrize(("propose", "online"), [(False, True), (True, False), (True, True)])
async def test_it_happens_only_where_both_switches_are_on(store, propose, online):
    await store.resource(capacity=2)
    await a_night(store)
    await store.need()
    settings = store.runtime.settings.model_copy(update={"matching_propose": propose, "matching_online": online})
    done = await Deciding(replace(store.runtime, settings=settings)).once()
    assert (done is not None) == (propose and online)


async def test_a_night_without_the_switch_has_no_prices_and_holds_nothing(store):
    await store.resource()
    await store.need()
    night = await a_night(store, online=False)
    assert night.held == 0
    async with store.runtime.pool.acquire() as connection:
        assert await match_prices.in_force(connection) is None


async def test_a_night_holds_units_for_whom_a_year_of_arrivals_lets_expect(store):
    """Urgent needs came on every day of the last weeks: a unit for whoever can wait is one too few for them."""
    resource = await store.resource(capacity=2)
    pool = store.runtime.pool
    for days in range(1, 41):
        past = await store.need(urgency="URGENT", status="MET")
        await pool.execute("UPDATE need SET created_on = current_date - $2::int WHERE id = $1", past, days)
    low = await store.need(urgency="LOW")
    until = datetime.now(UTC).date() + timedelta(days=20)
    await pool.execute("UPDATE charity_resource SET valid_until = $1", until)
    night = await a_night(store)
    async with pool.acquire() as connection:
        run = (await match_prices.in_force(connection)).run
        sealed = await match_prices.sealed_prices(connection, run)
    assert bids.unseal(store.runtime.vault, run, sealed).prices[resource] > 8000
    assert (night.run.placed, night.held, night.run.proposed) == (1, 1, 0)
    assert await matching.verify_run(store.tools, "last") == night.run
    urgent = await store.need(urgency="URGENT")
    await decided(store)
    assert low not in await proposals(store)
    # On the last day nobody is expected any more.
    await pool.execute("UPDATE charity_resource SET valid_until = current_date")
    last = await store.run(preview=True)
    assert last.held == 0
    assert urgent
