"""Over HTTP, with no night in between: a need that arrives is proposed, and what is declined goes to the next."""

from __future__ import annotations

from uuid import UUID

import pytest
import pytest_asyncio

import consenting
from acting_nights import a_night, approved, the_worker_looks
from consenting import for_charities, settle
from granting import put_in_force
from hub.matching.nights import bids
from proposing import changed, days_later, numbers, offered, taken

__all__ = ["numbers"]  # a fixture of another file

MINE = (
    """{ proposals(first: 50, where: {state: {in: [PROPOSED]}}) { nodes { id kind county urgent resource { id } } } }"""
)


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


async def mine(acting, resource):
    """What the charity sees over HTTP of what is proposed of a resource."""
    rows = (await acting.ask("charity", MINE, purpose="charity-matching"))["proposals"]["nodes"]
    return [row for row in rows if row["resource"]["id"] == resource]


async def test_a_need_that_arrives_is_proposed_without_a_night_and_a_decline_goes_to_the_next(acting, numbers):
    resource = await approved(acting, await offered(acting, units=1))
    await a_night(acting)
    people = [numbers() for _ in range(2)]
    home = await settle(acting, *people)
    await the_worker_looks(acting)
    assert await mine(acting, resource) == []  # nobody consented yet

    # Each consents over HTTP; the unit goes to whoever was there first.
    await consenting.in_force(acting, for_charities(home, people[0], scope="NEED_AND_IDENTITY"))
    await the_worker_looks(acting)
    [first] = await mine(acting, resource)
    assert (first["kind"], first["county"]) == ("FOOD", "230502")
    await consenting.in_force(acting, for_charities(home, people[1], scope="NEED_AND_IDENTITY"))
    await the_worker_looks(acting)
    assert await mine(acting, resource) == [first]

    # Declined over HTTP: its unit goes to the next, at once.
    await taken(acting, "decline", {"id": first["id"], "declineReason": "NOT_SUITABLE"})
    await the_worker_looks(acting)
    [second] = await mine(acting, resource)
    need = "SELECT need_id FROM proposal WHERE id = $1"
    assert await acting.runtime.pool.fetchval(need, UUID(second["id"][9:])) == UUID(home.need(people[1])[5:])

    # Nobody answers: the hold expires, and whoever is the only one to have it may be asked again.
    await days_later(acting, 20)
    await the_worker_looks(acting)
    [third] = await mine(acting, resource)
    assert third["id"] != second["id"]
    accepted = await taken(acting, "accept", {"id": third["id"]}, "contactName")
    assert (accepted["state"], accepted["contactName"]) == ("ACCEPTED", "测试")
    await the_worker_looks(acting)
    assert await mine(acting, resource) == []


@pytest.mark.parametrize(("urgency", "goes"), [("LOW", 0), ("URGENT", 1)])
async def test_a_need_that_is_held_for_later_waits(acting, numbers, urgency, goes):
    resource = await approved(acting, await offered(acting, units=5))
    night = await a_night(acting)
    dear = bids.Bids({UUID(resource.partition(":")[2]): 5000}, (1000, 2000, 4000, 8000), {})
    sealed = bids.seal(acting.runtime.vault, night.run.id, dear)
    await acting.runtime.pool.execute("UPDATE match_prices SET prices = $1 WHERE run_id = $2", sealed, night.run.id)
    # Other tests' resources are dear as well.
    await acting.runtime.pool.execute(
        "UPDATE charity_resource SET capacity_available = 0 WHERE id <> $1", UUID(resource[16:])
    )
    person = numbers()
    home = await settle(acting, person)
    await changed(acting, "Need", home.need(person), urgency=urgency)
    await consenting.in_force(acting, for_charities(home, person))
    await the_worker_looks(acting)
    found = "SELECT count(*) FROM proposal WHERE need_id = $1"
    assert await acting.runtime.pool.fetchval(found, UUID(home.need(person)[5:])) == goes
