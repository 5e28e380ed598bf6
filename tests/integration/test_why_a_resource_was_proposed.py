"""Over HTTP: why a resource was proposed, and why each other was not, for an officer and for a charity."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
import pytest_asyncio

import consenting
from acting_nights import a_night, approved, the_worker_looks
from consenting import for_charities, settle
from granting import put_in_force
from hub.matching.nights import bids
from proposing import changed, days_later, numbers, offered, refused, taken

__all__ = ["numbers"]  # a fixture of another file

KIND = "FUEL"
"""Of which no other test has resources."""
WHY = """query($id: ID!) { node(id: $id) { ... on Proposal { reasons(first: 50) { nodes {
  resource { id } because criteria fits proposedFits gain priceLowest priceHighest expected wordsZh wordsEn
} } } } }"""
BRIEF = (
    "query($id: ID!) { node(id: $id) { ... on Proposal { reasons { totalCount nodes { resource { id } because } } } } }"
)
WHY_NOT = """query($id: ID!, $resource: ID!) { node(id: $id) { ... on Proposal {
  reasons(where: {resource: {id: {eq: $resource}}}) { nodes { because wordsZh wordsEn } } } } }"""
OF_NEED = "SELECT id, resource_id FROM proposal WHERE need_id = $1 AND state = 'PROPOSED'"


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    await acting.runtime.pool.execute("UPDATE charity_resource SET capacity_available = 0 WHERE kind = $1", KIND)


async def with_criteria(acting, criteria=None, **said):
    """A resource with criteria that count."""
    text = None if criteria is None else orjson.dumps(criteria).decode()
    return await approved(acting, await offered(acting, kind=KIND, criteria=text, **said))


async def in_need(acting, *people):
    home = await settle(acting, *people)
    for person in people:
        await changed(acting, "Need", home.need(person), kind=KIND)
        await consenting.in_force(acting, for_charities(home, person))
    return home


async def proposal_of(acting, home, person):
    row = await acting.runtime.pool.fetchrow(OF_NEED, UUID(home.need(person)[5:]))
    return f"Proposal:{row[0]}", f"CharityResource:{row[1]}"


async def reasons(acting, proposal, query=WHY, partner="civil-affairs", purpose="assistance-review"):
    node = (await acting.ask(partner, query, {"id": proposal}, purpose=purpose))["node"]
    return {row["resource"]["id"]: row for row in node["reasons"]["nodes"]}


ELDERLY = {"op": ">=", "args": [{"property": "age"}, 60]}
YOUNG = {"op": "<", "args": [{"property": "age"}, 60]}


async def test_an_officer_is_told_of_every_resource_why_it_was_proposed_or_was_not(acting, numbers):
    near = await with_criteria(acting, units=1, area="230502001")
    wider = await with_criteria(acting, units=5, area="2305", title="全市取暖补助")
    young = await with_criteria(acting, units=5, criteria=YOUNG)
    gone = await with_criteria(acting, units=0)
    poor = await with_criteria(acting, units=5, criteria={"op": "<", "args": [{"property": "income_per_person"}, 1000]})
    elsewhere = await with_criteria(acting, units=5, area="230503")
    person = numbers()
    home = await in_need(acting, person)
    await changed(acting, "Person", home.person(person), birth_date=datetime(1950, 1, 1, tzinfo=UTC).date())
    await changed(acting, "Household", home.id, size=None)
    await a_night(acting)

    proposal, got = await proposal_of(acting, home, person)
    assert got == near
    told = await reasons(acting, proposal)
    assert {each: told[each]["because"] for each in (near, wider, young, gone, poor)} == {
        near: "PROPOSED", wider: "FITS_LESS", young: "CRITERION_FAILED", gone: "NONE_LEFT", poor: "CRITERION_UNKNOWN",
    }  # fmt: skip
    assert elsewhere not in told  # its own area says why
    assert told[near]["fits"] > told[wider]["fits"] > 0
    assert told[wider]["proposedFits"] == told[near]["fits"]
    assert told[wider]["gain"] == told[wider]["fits"] - told[near]["fits"]
    assert told[young]["criteria"] == "年龄 age"
    assert "income_per_person" in told[poor]["criteria"]
    assert "age" in told[young]["wordsEn"]
    assert "条件" in told[young]["wordsZh"]

    # whyNot of one resource
    asked = {"id": proposal, "resource": young}
    node = (await acting.ask("civil-affairs", WHY_NOT, asked, purpose="assistance-review"))["node"]
    assert [row["because"] for row in node["reasons"]["nodes"]] == ["CRITERION_FAILED"]


async def test_what_is_scarce_has_its_price_and_names_no_other_need(acting, numbers):
    near = await with_criteria(acting, units=1, area="230502001", title="暖炕改造")
    wider = await with_criteria(acting, units=5, area="2305", title="全市取暖补助")
    people = [numbers() for _ in range(2)]
    home = await in_need(acting, *people)
    await changed(acting, "Need", home.need(people[1]), urgency="URGENT")
    await a_night(acting)
    # Whoever gets the wider one is told what the nearer one's unit is worth to the other.
    for person in people:
        proposal, got = await proposal_of(acting, home, person)
        told = await reasons(acting, proposal)
        if got == wider:
            assert told[near]["because"] == "SCARCE"
            assert 0 < told[near]["gain"] <= told[near]["priceLowest"] <= told[near]["priceHighest"]
            assert "另一需求" in told[near]["wordsZh"]
            assert "another need" in told[near]["wordsEn"]
            for need in people:
                assert home.need(need)[5:] not in str(told)
            break
    else:
        pytest.fail("one of the two gets the wider resource")


async def test_between_two_nights_the_reasons_are_the_bid_prices(acting, numbers):
    dear = await with_criteria(acting, units=5, area="230502001")
    cheap = await with_criteria(acting, units=5, area="2305")
    night = await a_night(acting)
    prices = bids.Bids({UUID(dear[16:]): 900, UUID(cheap[16:]): 0}, (1000, 2000, 4000, 8000), {})
    sealed = bids.seal(acting.runtime.vault, night.run.id, prices)
    await acting.runtime.pool.execute("UPDATE match_prices SET prices = $1 WHERE run_id = $2", sealed, night.run.id)
    person = numbers()
    home = await in_need(acting, person)
    await the_worker_looks(acting)
    proposal, got = await proposal_of(acting, home, person)
    assert got == cheap
    told = await reasons(acting, proposal)
    assert (told[cheap]["because"], told[dear]["because"]) == ("PROPOSED", "HELD_FOR_LATER")
    assert told[dear]["expected"] == 900
    assert told[dear]["gain"] == told[dear]["fits"] - told[cheap]["fits"]

    # What was declined is not proposed again, and that is said.
    await taken(acting, "decline", {"id": proposal, "declineReason": "NOT_SUITABLE"})
    await acting.runtime.pool.execute(
        "UPDATE charity_resource SET capacity_available = 6 WHERE id = $1", UUID(dear[16:])
    )
    await the_worker_looks(acting)
    proposal, got = await proposal_of(acting, home, person)
    assert got == dear
    assert (await reasons(acting, proposal))[cheap]["because"] == "TRIED_BEFORE"


async def test_a_charity_is_told_of_what_is_proposed_to_it(acting, numbers):
    mine = await with_criteria(acting, units=9, area="230502001")
    person = numbers()
    home = await in_need(acting, person)
    await a_night(acting)
    proposal, _ = await proposal_of(acting, home, person)
    node = (await acting.ask("charity", BRIEF, {"id": proposal}, purpose="charity-matching"))["node"]
    assert node["reasons"] == {"totalCount": 1, "nodes": [{"resource": {"id": mine}, "because": "PROPOSED"}]}


async def test_reasons_are_gone_when_it_is_archived(acting, numbers):
    await with_criteria(acting, units=9)
    person = numbers()
    home = await in_need(acting, person)
    await a_night(acting)
    proposal, _ = await proposal_of(acting, home, person)
    row = {"id": proposal}
    await taken(acting, "accept", row)
    assert await reasons(acting, proposal)
    await taken(acting, "fail", {**row, "unmetReason": "NOT_DELIVERED"})
    assert await reasons(acting, proposal)
    await days_later(acting, 30)
    assert await reasons(acting, proposal) == {}


async def test_reasons_are_gone_when_it_is_declined_or_nobody_answers(acting, numbers):
    await with_criteria(acting, units=9)
    for ends in ("decline", "expire"):
        person = numbers()
        home = await in_need(acting, person)
        await a_night(acting)
        proposal, _ = await proposal_of(acting, home, person)
        assert await reasons(acting, proposal)
        if ends == "decline":
            await taken(acting, "decline", {"id": proposal, "declineReason": "NOT_SUITABLE"})
        else:
            await days_later(acting, 30)
        assert await reasons(acting, proposal) == {}


async def test_reasons_are_sealed_and_gone_with_the_consent(acting, numbers):
    resource = await with_criteria(acting, units=9)
    person = numbers()
    home = await in_need(acting, person)
    await a_night(acting)
    proposal, _ = await proposal_of(acting, home, person)
    rows = await acting.runtime.pool.fetch("SELECT * FROM proposal_reason WHERE proposal_id = $1", UUID(proposal[9:]))
    assert rows
    for row in rows:  # a stolen dump does not say who is eligible for what
        plain = {name for name, value in row.items() if value is not None and not isinstance(value, bytes)}
        assert plain <= {"id", "proposal_id", "resource_id", "giver", "region"}
    await taken(acting, "accept", {"id": proposal})
    assert resource in await reasons(acting, proposal)
    query = "{ consents(first: 100, where: {state: {eq: IN_FORCE}}) { nodes { id person { idNumber } } } }"
    found = (await acting.ask("civil-affairs", query, purpose="assistance-review"))["consents"]["nodes"]
    [consent] = [row["id"] for row in found if row["person"]["idNumber"] == person]
    assert (await consenting.step(acting, "withdraw", {"id": consent}))["errors"] == []
    assert await reasons(acting, proposal) == {}


async def test_what_a_charity_offers_is_for_those_who_are_eligible(acting, numbers):
    resource = await with_criteria(acting, units=5, criteria=YOUNG)
    await consenting.others_in_need(acting, KIND)
    person = numbers()
    home = await in_need(acting, person)
    born = datetime(1950, 1, 1, tzinfo=UTC).date()
    await changed(acting, "Person", home.person(person), birth_date=born)
    # The charity is told nothing when it offers: it would learn how old somebody is.
    offer = (await taken(acting, "offer", {"need": home.need(person), "resource": resource}))["id"]
    said = await refused(acting, "agree", {"id": offer})
    assert "年龄 age" in said
    assert "Refuse it, or place the need yourself" in said
    await changed(acting, "Person", home.person(person), birth_date=None)
    assert "not known" in await refused(acting, "agree", {"id": offer})
    await changed(acting, "Person", home.person(person), birth_date=born.replace(year=2000))
    assert (await taken(acting, "agree", {"id": offer}))["state"] == "ACCEPTED"

    # Criteria that nobody approved yet count for nobody.
    waiting = await offered(acting, kind=KIND, criteria=orjson.dumps(ELDERLY).decode())
    other = numbers()
    home = await in_need(acting, other)
    offer = (await taken(acting, "offer", {"need": home.need(other), "resource": waiting}))["id"]
    assert "Nobody has approved" in await refused(acting, "agree", {"id": offer})
