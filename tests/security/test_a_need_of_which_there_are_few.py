"""Attack: a charity looks for needs of which fewer than five are alike, by every way that there is to one."""

from __future__ import annotations

from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio

from consenting import for_charities, in_force, numbered, settle
from consenting import step as with_consent
from granting import put_in_force
from hub.cli.partner import PartnerUnfit, require_counties
from proposing import changed, offered, proposed, step

KIND = "COUNSELLING"
NODE = "query($id: ID!) { node(id: $id) { ... on Need { id kind county urgent } } }"
LISTS = (
    "{ needs(first: 100) { totalCount nodes { id } } }",
    "{ needs(first: 100, where: {kind: {eq: COUNSELLING}}) { totalCount nodes { id } } }",
    "{ needs(first: 100, where: {not: {kind: {eq: FOOD}}}) { totalCount nodes { id } } }",
    '{ needs(first: 100, where: {county: {within: "230502"}, status: {eq: OPEN}}) { totalCount nodes { id } } }',
    "{ needs(last: 100, orderBy: [{field: KIND, direction: DESC}]) { totalCount nodes { id } } }",
)
EVENTS = "{ events(first: 200) { nodes { kind need { id } } } }"
CONSENTS = "{ consents(first: 200, where: {state: {eq: IN_FORCE}}) { nodes { id person { id } } } }"


@pytest_asyncio.fixture(scope="module")
async def home(acting):
    """Seven people in need of the same kind; the first four consent."""
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")
    made = await settle(acting, *(numbered("19550505", serial) for serial in range(7)))
    for number in made.people:
        await changed(acting, "Need", made.need(number), kind=KIND)
    for number in list(made.people)[:4]:
        await in_force(acting, for_charities(made, number))
    return made


async def listed(acting, query=LISTS[0]):
    found = (await acting.ask("charity", query))["needs"]
    assert found["totalCount"] == len(found["nodes"])
    return {node["id"] for node in found["nodes"]}


async def exported(acting):
    response = await acting.client.post(
        "/export", json={"query": "{ needs { nodes { id } } }"},
        headers={"Authorization": f"Bearer {acting.tokens['charity']}", "Hub-Purpose": "charity-matching"},
    )  # fmt: skip
    assert response.status_code == 200
    return {line["row"]["id"] for line in map(orjson.loads, response.text.splitlines()) if "row" in line}


async def told_by_events(acting):
    nodes = (await acting.ask("charity", EVENTS))["events"]["nodes"]
    return {node["need"]["id"] for node in nodes if node["need"]}


async def withdraw(acting, home, number):
    rows = (await acting.ask("civil-affairs", CONSENTS, purpose="assistance-review"))["consents"]["nodes"]
    for row in rows:
        if row["person"]["id"] == home.person(number):
            assert (await with_consent(acting, "withdraw", {"id": row["id"]}))["errors"] == []


async def test_four_alike_are_in_no_list_no_count_no_export_no_event_and_have_no_id(acting, home):
    for query in LISTS:
        assert await listed(acting, query) == set(), query
    assert await exported(acting) == await told_by_events(acting) == set()
    resource = await offered(acting, kind=KIND)
    absent = f"Need:{uuid4()}"
    for number in list(home.people)[:4]:
        assert await acting.ask("charity", NODE, {"id": home.need(number)}) == {"node": None}
        hidden, missing = [
            await step(acting, "offer", {"need": need, "resource": resource}) for need in (home.need(number), absent)
        ]
        assert hidden == missing


async def test_the_fifth_shows_all_five_and_one_that_leaves_hides_the_others_with_it(acting, home):
    people = list(home.people)
    await in_force(acting, for_charities(home, people[4]))
    five = {home.need(number) for number in people[:5]}
    for query in LISTS:
        assert await listed(acting, query) == five, query
    assert await exported(acting) == await told_by_events(acting) == five
    await in_force(acting, for_charities(home, people[5]))
    await withdraw(acting, home, people[0])
    assert await listed(acting) == {home.need(number) for number in people[1:6]}
    await withdraw(acting, home, people[1])
    assert await listed(acting) == await exported(acting) == await told_by_events(acting) == set()
    assert await acting.ask("charity", NODE, {"id": home.need(people[5])}) == {"node": None}


async def test_others_who_did_not_consent_or_whose_need_is_met_do_not_count(acting, home):
    people = list(home.people)
    await in_force(acting, for_charities(home, people[0]))
    assert len(await listed(acting)) == 5  # 0, 2, 3, 4, 5; the seventh has not consented
    await changed(acting, "Need", home.need(people[3]), status="MET")
    assert await listed(acting) == set()
    await in_force(acting, for_charities(home, people[6]))
    assert len(await listed(acting)) == 5
    # Another level of urgency, another county: others.
    await changed(acting, "Need", home.need(people[6]), urgency="URGENT")
    assert await listed(acting) == set()
    await changed(acting, "Need", home.need(people[6]), urgency=None, region="230503001001")
    assert await listed(acting) == set()
    await changed(acting, "Need", home.need(people[6]), region="230502002002")
    assert len(await listed(acting)) == 5


async def test_the_week_of_a_proposal_is_told_where_five_such_needs_were_registered_in_it(acting, home):
    people, resource = list(home.people), await offered(acting, kind=KIND)
    query = "query($id: ID!) { node(id: $id) { ... on Proposal { county kind urgent registeredWeek } } }"
    rows = [UUID(home.need(number)[5:]) for number in people]
    await acting.runtime.pool.execute("UPDATE need SET status = 'OPEN' WHERE id = ANY($1)", rows)
    for many, week in ((4, None), (5, "2026-03-02")):
        await acting.runtime.pool.execute("UPDATE need SET created_on = NULL WHERE id = ANY($1)", rows)
        await acting.runtime.pool.execute(
            "UPDATE need SET created_on = DATE '2026-03-04' + (id = $2)::int WHERE id = ANY($1)", rows[-many:], rows[-1]
        )
        row = await proposed(acting, home.need(people[-many]), resource)
        found = (await acting.ask("charity", query, {"id": row}))["node"]
        assert found == {"county": "230502", "kind": KIND, "urgent": False, "registeredWeek": week}


def test_a_charity_of_a_township_alone_would_know_the_township_of_every_need():
    for roles, regions in ((["charity"], ["230502", "2305"]), (["civil-affairs"], ["230502001"])):
        require_counties(roles, regions)
    with pytest.raises(PartnerUnfit, match="whole counties"):
        require_counties(["charity"], ["230502", "230502001"])
