"""Attack: a charity has a resource for each township and each age, and asks which of them fit a need."""

from __future__ import annotations

from datetime import date

import orjson
import pytest
import pytest_asyncio

from acting_nights import a_night, approved, the_worker_looks
from granting import put_in_force
from hub.matching.criteria import CriteriaRefused
from proposing import changed, in_need, numbers, offered, refused, taken

__all__ = ["numbers"]  # a fixture of another file

KIND = "FUEL"
HERE, BESIDE, VILLAGE = "230502001", "230502002", "230502001001"
"""Where people live, another township of the county, and the village."""
REASONS = """query($id: ID!) { node(id: $id) { ... on Proposal {
  reasons { totalCount nodes { id resource { id } %s } } } } }"""
ALL = "{ proposals(first: 50, where: {kind: {eq: FUEL}}) { nodes { id resource { id } } } }"
OF_ONE = """query($id: ID!, $resource: ID!) { node(id: $id) { ... on Proposal {
  reasons(where: {resource: {id: {eq: $resource}}}) { totalCount nodes { because } } } } }"""
OLD, YOUNG = ({"op": op, "args": [{"property": "age"}, 60]} for op in (">=", "<"))


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    # Of what other tests offered nothing is left.
    await acting.runtime.pool.execute("UPDATE charity_resource SET capacity_available = 0 WHERE kind = $1", KIND)


async def somebody(acting, numbers):
    """The need of somebody of 76, in the first village; four others need the same."""
    people = [numbers() for _ in range(5)]
    home = await in_need(acting, *people)
    for person in people:
        await changed(acting, "Need", home.need(person), kind=KIND)
        await changed(acting, "Person", home.person(person), birth_date=date(1950, 1, 1))
    return home, people[0]


async def with_criteria(acting, criteria=None, **said):
    text = None if criteria is None else orjson.dumps(criteria).decode()
    return await approved(acting, await offered(acting, kind=KIND, criteria=text, **said))


async def test_offers_of_resources_for_one_township_each_are_all_taken(acting, numbers):
    home, person = await somebody(acting, numbers)
    answers = []
    for area in (HERE, BESIDE, VILLAGE, "230502009009", "2305", "230502"):
        resource = await offered(acting, kind=KIND, area=area)
        made = await taken(acting, "offer", {"need": home.need(person), "resource": resource}, "county")
        answers.append((made["state"], made["county"], made["version"]))
        await taken(acting, "decline", {"id": made["id"], "declineReason": "OTHER_HELP"})
    assert len(set(answers)) == 1
    other = await offered(acting, kind=KIND, area="230503001")
    said = await refused(acting, "offer", {"need": home.need(person), "resource": other})
    assert "not given in the county" in said  # the county it knows


async def test_the_officer_who_agrees_is_told_where_it_is_not_given(acting, numbers):
    home, person = await somebody(acting, numbers)
    resource = await offered(acting, kind=KIND, area=BESIDE)
    row = (await taken(acting, "offer", {"need": home.need(person), "resource": resource}))["id"]
    said = await refused(acting, "agree", {"id": row})
    assert said == f"The resource is given in {BESIDE} alone, and the need is in {VILLAGE}."
    made = await taken(acting, "refuse", {"id": row, "declineReason": "NOT_SUITABLE"})
    assert made["state"] == "DECLINED"


async def test_reasons_say_the_same_whatever_else_the_charity_offers(acting, numbers):
    home, _ = await somebody(acting, numbers)
    offers = [
        await with_criteria(acting, units=9, area="230502"), await with_criteria(acting, units=1, area=HERE),
        await with_criteria(acting, units=1, area=BESIDE), await with_criteria(acting, OLD, units=1),
        await with_criteria(acting, YOUNG, units=1), await with_criteria(acting, units=0),
    ]  # fmt: skip
    await a_night(acting)
    rows = (await acting.ask("charity", ALL))["proposals"]["nodes"]
    rows = [row for row in rows if row["resource"]["id"] in offers]
    assert len(rows) >= len(home.people)
    for row in rows:
        found = (await acting.ask("charity", REASONS % "because", {"id": row["id"]}))["node"]["reasons"]
        assert found["totalCount"] == 1
        [told] = found["nodes"]
        assert (told["resource"], told["because"]) == (row["resource"], "PROPOSED")
        for other in offers:
            alone = (await acting.ask("charity", OF_ONE, {"id": row["id"], "resource": other}))["node"]["reasons"]
            assert alone["totalCount"] == (other == row["resource"]["id"])
        for field in ("criteria", "fits", "proposedFits", "gain", "priceLowest", "expected", "wordsZh", "wordsEn",
                      "giver", "region"):  # fmt: skip
            body = (await acting.post("charity", REASONS % field, {"id": row["id"]})).json()
            assert "errors" in body or {each[field] for each in body["data"]["node"]["reasons"]["nodes"]} == {None}


async def test_a_resource_for_one_village_is_approved_by_nobody_and_proposed_for_nobody(acting, numbers):
    home, _ = await somebody(acting, numbers)
    with pytest.raises(CriteriaRefused, match=f"{VILLAGE} is smaller than the smallest division"):
        await with_criteria(acting, units=9, area=VILLAGE)
    # Nor one that a source moves there once it was approved.
    moved = await with_criteria(acting, units=99, area=HERE)
    await changed(acting, "CharityResource", moved, area=VILLAGE)
    night = await a_night(acting)
    assert night.offers.unusable >= 1
    await the_worker_looks(acting)
    count = "SELECT count(*) FROM proposal WHERE need_id = ANY($1)"
    assert await acting.runtime.pool.fetchval(count, [*home.needs.values()]) == 0
    await changed(acting, "CharityResource", moved, area=HERE)
    await the_worker_looks(acting)
    assert await acting.runtime.pool.fetchval(count, [*home.needs.values()]) == len(home.needs)
