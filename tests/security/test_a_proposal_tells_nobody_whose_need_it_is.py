"""Attacks on proposals: by another charity, another division, too late, after a withdrawal, by filters and by ids."""

from __future__ import annotations

import pytest
import pytest_asyncio

from consenting import step as with_consent
from granting import put_in_force
from proposing import DELIVERED, changed, days_later, in_need, numbers, offered, proposed, refused, state, step, taken

__all__ = ["numbers"]  # a fixture of another file

LIST = "{ proposals(first: 100) { totalCount nodes { id } } }"
NODE = "query($id: ID!) { node(id: $id) { ... on Proposal { id %s } } }"
GIVEN = "query($id: ID!) { node(id: $id) { ... on Proposal { history { nodes { step %s } } } } }"
HIDDEN = (
    "region", "division { name }", "township", "townshipDivision { name }", "daysWaited", "need { id }",
    "person { id }", "overrideReason", "run",
)  # fmt: skip
CONSENT = """query { consents(first: 100, where: {state: {eq: IN_FORCE}}) { nodes { id person { idNumber } } } }"""


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


@pytest_asyncio.fixture
async def one(acting, numbers):
    """A proposal that waits for the charity's answer."""
    number = numbers()
    home = await in_need(acting, number)
    return number, home.need(number), await proposed(acting, home.need(number), await offered(acting))


async def answers(acting, query, variables=None, partner="charity", purpose="charity-matching"):
    response = await acting.post(partner, query, variables, purpose=purpose)
    return response.status_code, response.text


@pytest.mark.parametrize("field", HIDDEN)
async def test_what_says_whose_need_it_is_is_told_to_no_charity(acting, one, field):
    for _ in range(2):
        code, text = await answers(acting, NODE % field, {"id": one[2]})
        assert code == 400 or f'"{field.partition(" ")[0]}":null' in text, text
        assert one[1] not in text
        if await state(acting, one[2]) == "PROPOSED":
            await taken(acting, "accept", {"id": one[2]})


async def test_who_it_is_for_cannot_be_searched_sorted_or_counted(acting, one):
    await taken(acting, "accept", {"id": one[2]})
    for attack in (
        '{ proposals(where: {contactName: {eq: "测试"}}) { totalCount } }',
        "{ proposals(orderBy: [{field: CONTACT_NAME}]) { totalCount } }",
        '{ proposals(where: {region: {within: "230502001"}}) { totalCount } }',
        "{ proposals(orderBy: [{field: REGISTERED_WEEK}]) { totalCount } }",
        '{ proposals(where: {township: {within: "230502001"}}) { totalCount } }',
        "{ proposalStats(groupBy: [REGION]) { groups { count } } }",
        "{ proposalStats(groupBy: [TOWNSHIP_TOWNSHIP]) { groups { count average { daysWaited } } } }",
    ):
        code, text = await answers(acting, attack)
        assert code in (400, 403), (attack, text)


async def test_what_was_given_with_a_step_and_who_took_it_is_not_told(acting, one):
    for field in ("given", "member", "partner"):
        code, text = await answers(acting, GIVEN % field, {"id": one[2]})
        assert code == 400 or f'"{field}":null' in text, text
        assert one[1] not in text


async def test_proposals_of_others_do_not_exist_and_are_not_counted(acting, one):
    await acting.runtime.pool.execute(
        "UPDATE proposal SET charity = 'another-charity' WHERE id::text = $1", one[2].partition(":")[2]
    )
    listed = (await acting.ask("charity", LIST))["proposals"]
    assert one[2] not in {node["id"] for node in listed["nodes"]}
    assert listed["totalCount"] == len(listed["nodes"])
    absent = "Proposal:00000000-0000-7000-8000-000000000000"
    seen, missing = [await acting.ask("charity", NODE % "state", {"id": row}) for row in (one[2], absent)]
    assert seen == missing == {"node": None}
    told = [
        [(error["__typename"], error["message"]) for error in (await step(acting, "accept", {"id": row}))["errors"]]
        for row in (one[2], absent)
    ]
    assert told[0] == told[1]


async def test_a_charity_does_not_act_outside_its_divisions(acting, numbers):
    number, resource = numbers(), await offered(acting, area="23")
    home = await in_need(acting, number)
    need = home.need(number)
    await changed(acting, "Need", need, region="230102001001")
    payload = await step(acting, "offer", {"need": need, "resource": resource})
    assert [error["message"] for error in payload["errors"]] == ["There is no Need with this id for you."]
    with pytest.raises(AssertionError, match="does not work in the division"):
        await proposed(acting, need, resource)
    await changed(acting, "Need", need, region="230502001001")
    row = await proposed(acting, need, resource)
    await acting.runtime.pool.execute(
        "UPDATE proposal SET region = '230102001001' WHERE id::text = $1", row.partition(":")[2]
    )
    assert await acting.ask("charity", NODE % "state", {"id": row}) == {"node": None}
    payload = await step(acting, "accept", {"id": row})
    assert [error["message"] for error in payload["errors"]] == ["There is no Proposal with this id for you."]


async def test_after_the_clock_nothing_is_accepted(acting, one):
    await days_later(acting, 20)
    payload = await step(acting, "accept", {"id": one[2]})
    assert [error["__typename"] for error in payload["errors"]] == ["StateConflict"]


async def test_after_a_withdrawal_nothing_is_accepted_or_offered(acting, one):
    rows = (await acting.ask("civil-affairs", CONSENT, purpose="assistance-review"))["consents"]["nodes"]
    for row in rows:
        if row["person"]["idNumber"] == one[0]:
            assert (await with_consent(acting, "withdraw", {"id": row["id"]}))["errors"] == []
    payload = await step(acting, "accept", {"id": one[2]})
    assert [error["__typename"] for error in payload["errors"]] == ["StateConflict"]
    payload = await step(acting, "offer", {"need": one[1], "resource": await offered(acting)})
    assert payload["proposal"] is None


async def test_who_declines_and_tries_again_learns_nothing_more(acting, one):
    """Whoever gives it back once it was told who it is has the name no longer, and gets it anew by an officer alone."""
    row = (await taken(acting, "accept", {"id": one[2]}, "contactName"))["id"]
    gone = await taken(acting, "decline", {"id": row, "declineReason": "NOT_SUITABLE"}, "contactName contactPhone")
    assert (gone["contactName"], gone["contactPhone"]) == (None, None)
    again = await taken(acting, "offer", {"need": one[1], "resource": await offered(acting)}, "contactName")
    assert (again["state"], again["contactName"]) == ("OFFERED", None)
    with pytest.raises(AssertionError, match="You may not take the step agree"):
        await step(acting, "agree", {"id": again["id"]}, partner="charity")


async def test_another_charitys_resource_is_not_offered(acting, numbers):
    number = numbers()
    home = await in_need(acting, number)
    for partner in (None, "charity"):
        resource = await offered(acting, partner=partner)
        if partner is not None:
            await acting.runtime.pool.execute(
                "UPDATE charity_organisation SET partner = 'another-charity' WHERE id = "
                "(SELECT organisation_id FROM charity_resource WHERE id::text = $1)", resource.partition(":")[2],
            )  # fmt: skip
        said = await refused(acting, "offer", {"need": home.need(number), "resource": resource})
        assert said.startswith("charity gives no such resource")


async def test_a_need_that_is_taken_stays_as_it_is_in_the_list(acting, one):
    """Whoever compares lists of needs before and after a delivery finds no need that is gone."""
    query = "{ needs(first: 100) { nodes { id status } } }"
    before = (await acting.ask("charity", query))["needs"]
    await taken(acting, "accept", {"id": one[2]})
    await taken(acting, "deliver", {"id": one[2], **DELIVERED})
    assert (await acting.ask("charity", query))["needs"] == before


async def test_a_resource_that_is_over_or_fits_no_need_is_refused(acting, numbers):
    number = numbers()
    home = await in_need(acting, number)
    need = home.need(number)
    for changes, said in (
        ({"units": 0}, "Nothing is left"), ({"units": None}, "look first"), ({"kind": "FUEL"}, "not what is needed"),
        ({"area": "2301"}, "not given in the county"),
    ):  # fmt: skip
        assert said in await refused(acting, "offer", {"need": need, "resource": await offered(acting, **changes)})
    ending = await offered(acting)
    row = await proposed(acting, need, ending)
    await changed(acting, "CharityResource", ending, capacity_available=0)
    assert "Nothing is left" in await refused(acting, "accept", {"id": row})
