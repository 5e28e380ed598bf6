"""Two hundred at once want the last units of a resource, over HTTP: as many get one as there are."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest_asyncio

from granting import put_in_force
from proposing import changed, in_need, numbers, offered, proposed, refused, step, taken

__all__ = ["numbers"]  # a fixture of another file

AT_ONCE = 200
LEFT = 7


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


async def all_at_once(acting, name, inputs):
    """Take a step two hundred times at once; return how often it was taken, and what was said otherwise."""
    done = await asyncio.gather(*(step(acting, name, given) for given in inputs))
    said = Counter(error["message"] for payload in done for error in payload["errors"])
    return sum(payload["proposal"] is not None for payload in done), said


async def in_many_homes(acting, numbers):
    """Two hundred people in need, ten to a household."""
    people = []
    for _ in range(AT_ONCE // 10):
        some = [numbers() for _ in range(10)]
        home = await in_need(acting, *some, scope="NEED")
        people += [home.need(each) for each in some]
    return people


async def test_of_two_hundred_offers_at_once_as_many_are_taken_as_there_are_units(acting, numbers):
    needs, resource = await in_many_homes(acting, numbers), await offered(acting, units=LEFT)
    taken, said = await all_at_once(acting, "offer", [{"need": need, "resource": resource} for need in needs])
    assert (taken, said) == (LEFT, {"Nothing is left of the resource.": AT_ONCE - LEFT})


async def test_of_two_hundred_acceptances_at_once_as_many_are_taken_as_are_left_by_then(acting, numbers):
    """All were held; then the source says that there are fewer, and everybody accepts."""
    needs, resource = await in_many_homes(acting, numbers), await offered(acting, units=AT_ONCE)
    rows = [await proposed(acting, need, resource) for need in needs]
    await changed(acting, "CharityResource", resource, capacity_available=LEFT)
    taken, said = await all_at_once(acting, "accept", [{"id": row} for row in rows])
    assert (taken, said) == (LEFT, {"Nothing is left of the resource.": AT_ONCE - LEFT})
    # What was accepted and is given back is one unit again, for one.
    free = [row for row in rows if row not in await _accepted(acting)]
    [one, *_] = await _accepted(acting)
    assert (await step(acting, "decline", {"id": one, "declineReason": "NOT_SUITABLE"}))["errors"] == []
    taken, _ = await all_at_once(acting, "accept", [{"id": row} for row in free])
    assert taken == 1
    assert "Nothing is left" in await refused(acting, "offer", {"need": needs[rows.index(one)], "resource": resource})


async def test_of_two_hundred_offers_at_once_of_what_is_looked_at_first_as_many_wait_as_may(acting, numbers):
    """No quantity is stated: three wait for the charity's look; what it accepts takes none of them away."""
    needs = await in_many_homes(acting, numbers)
    resource = await offered(acting, units=None, assessment_required=True)
    wanted = [{"need": need, "resource": resource} for need in needs]
    got, said = await all_at_once(acting, "offer", wanted)
    assert (got, sum(said.values())) == (acting.runtime.proposals.assessed, AT_ONCE - acting.runtime.proposals.assessed)
    assert "has to look first" in next(iter(said))
    waiting = [f"Proposal:{row['id']}" for row in await acting.runtime.pool.fetch(
        "SELECT id FROM proposal WHERE state = 'OFFERED' AND resource_id::text = $1", resource.partition(":")[2]
    )]  # fmt: skip
    await taken(acting, "agree", {"id": waiting[0]})
    await taken(acting, "decline", {"id": waiting[1], "declineReason": "NOT_SUITABLE"})
    got, _ = await all_at_once(acting, "offer", wanted)
    assert got == 2


async def test_what_the_charity_looked_at_is_accepted_however_many_that_are(acting, numbers):
    needs = await in_many_homes(acting, numbers)
    resource = await offered(acting, units=None, assessment_required=True)
    for need in needs[:20]:
        await taken(acting, "accept", {"id": await proposed(acting, need, resource)})
    for need in needs[20 : 20 + acting.runtime.proposals.assessed]:
        await proposed(acting, need, resource)
    last = {"need": needs[40], "resource": resource}
    listed = "{ proposals(first: 1, where: {resource: {assessmentRequired: {eq: true}}}) { nodes { %s } } }"
    seen = await acting.ask("charity", listed % "resource { assessmentRequired }")
    assert seen["proposals"]["nodes"] == [{"resource": {"assessmentRequired": True}}]
    assert "has to look first" in await refused(acting, "offer", last)
    # With a quantity, what was accepted counts as it does for any other resource, and nothing less than none is left.
    await changed(acting, "CharityResource", resource, capacity_available=5)
    assert await refused(acting, "offer", last) == "Nothing is left of the resource."


async def _accepted(acting):
    rows = await acting.runtime.pool.fetch("SELECT id FROM proposal WHERE state = 'ACCEPTED'")
    return [f"Proposal:{row['id']}" for row in rows]
