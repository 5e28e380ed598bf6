"""A need is proposed to a charity, accepted, delivered, confirmed and archived; and all that may come between."""

from __future__ import annotations

import pytest
import pytest_asyncio

from consenting import ADULT, OTHER
from consenting import step as with_consent
from granting import put_in_force
from proposing import (
    DELIVERED,
    REASON,
    changed,
    days_later,
    in_need,
    numbers,
    offered,
    proposed,
    refused,
    state,
    taken,
)

__all__ = ["numbers"]  # a fixture of another file

SEEN = """query($id: ID!) { node(id: $id) { ... on Proposal {
  state kind county urgent registeredWeek contactName contactPhone contactOpen disposeBy
  resource { title } history(orderBy: [{field: VERSION}]) { nodes { step } }
  clocks { nodes { clock budget dueOn } } } } }"""
CONSENTS = """{ consents(first: 50, where: {state: {eq: IN_FORCE}}) { nodes { id person { idNumber } } } }"""


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


async def seen(acting, row, partner="charity", purpose="charity-matching"):
    return (await acting.ask(partner, SEEN, {"id": row}, purpose=purpose))["node"]


async def withdrawn(acting, number):
    rows = (await acting.ask("civil-affairs", CONSENTS, purpose="assistance-review"))["consents"]["nodes"]
    for row in rows:
        if row["person"]["idNumber"] == number:
            assert (await with_consent(acting, "withdraw", {"id": row["id"]}))["errors"] == []


async def test_from_an_open_need_to_an_archived_proposal(acting):
    home, resource = await in_need(acting, ADULT), await offered(acting, units=1)
    await changed(acting, "Need", home.need(ADULT), urgency="URGENT")
    await changed(acting, "Person", home.person(ADULT), phone="13900000001")
    row = await proposed(acting, home.need(ADULT), resource)

    # 1. Before it accepts, the charity sees county, kind, urgency and resource, and nobody.
    node = await seen(acting, row)
    assert (node["state"], node["kind"], node["county"], node["urgent"]) == ("PROPOSED", "FOOD", "230502", True)
    assert (node["contactName"], node["contactPhone"], node["contactOpen"]) == (None, None, False)
    assert node["resource"] == {"title": "送餐"}
    assert {each["clock"]: each["budget"] for each in node["clocks"]["nodes"]} == {"answering": 1}

    # 2. With its answer it learns whom to help, as the person consented to that.
    node = await taken(acting, "accept", {"id": row}, "contactName contactPhone")
    assert (node["contactName"], node["contactPhone"]) == ("测试", "13900000001")

    # 3. Delivered, with evidence; confirmed by the person.
    assert (await taken(acting, "deliver", {"id": row, **DELIVERED}))["state"] == "DELIVERED"
    assert (await taken(acting, "confirm", {"id": row, "confirmedBy": "PERSON"}))["state"] == "CONFIRMED"
    assert (await seen(acting, row))["contactName"] is None

    # 4. Archived by its clock: who it was for is kept no longer, and the unit stays used.
    await days_later(acting, 40)
    node = await seen(acting, row)
    assert node["state"] == "ARCHIVED"
    assert [each["step"] for each in node["history"]["nodes"]] == ["propose", "accept", "deliver", "confirm", "archive"]
    kept = await acting.runtime.pool.fetchrow(
        "SELECT contact_name, contact_phone, contact_open::text FROM proposal WHERE id::text = $1",
        row.partition(":")[2],
    )
    assert tuple(kept) == (None, None, "{}")
    other = await in_need(acting, OTHER)
    said = await refused(acting, "offer", {"need": other.need(OTHER), "resource": resource})
    assert said == "Nothing is left of the resource."


async def test_who_consented_to_the_need_alone_is_not_named_to_who_accepted(acting, numbers):
    number = numbers()
    home = await in_need(acting, number, scope="NEED")
    row = await proposed(acting, home.need(number), await offered(acting))
    node = await taken(acting, "accept", {"id": row}, "contactName contactPhone contactOpen")
    assert (node["contactName"], node["contactPhone"], node["contactOpen"]) == (None, None, False)


async def test_a_unit_is_free_again_when_it_is_declined_and_when_its_time_is_over(acting, numbers):
    resource, people = await offered(acting, units=1), [numbers() for _ in range(3)]
    home = await in_need(acting, *people)
    first = await proposed(acting, home.need(people[0]), resource)
    assert "Nothing is left" in await refused(acting, "offer", {"need": home.need(people[1]), "resource": resource})
    await taken(acting, "decline", {"id": first, "declineReason": "NOT_SUITABLE"})
    second = await proposed(acting, home.need(people[1]), resource)
    await days_later(acting, 20)
    assert await state(acting, second) == "EXPIRED"
    # The need may be proposed again, and somebody else's too; one unit is one unit.
    third = await proposed(acting, home.need(people[1]), resource)
    assert "Nothing is left" in await refused(acting, "offer", {"need": home.need(people[2]), "resource": resource})
    await taken(acting, "accept", {"id": third})
    assert "Nothing is left" in await refused(acting, "offer", {"need": home.need(people[2]), "resource": resource})


async def test_an_officer_places_a_need_with_reasons_and_a_charity_takes_one_by_itself(acting, numbers):
    resource, people = await offered(acting), [numbers() for _ in range(3)]
    home = await in_need(acting, *people)
    given = {"need": home.need(people[0]), "resource": resource, "charity": "charity"}
    assert "at least" in await refused(acting, "place", {**given, "overrideReason": "-"})
    placed = await taken(acting, "place", {**given, "overrideReason": REASON})
    assert placed["state"] == "PROPOSED"
    one = await taken(acting, "offer", {"need": home.need(people[1]), "resource": resource}, "contactName")
    assert (one["state"], one["contactName"]) == ("OFFERED", None)
    assert "You may not take the step agree" in (await acting.post(
        "charity", "mutation($id: ID!) { agreeProposal(input: {id: $id}) { proposal { id } } }", {"id": one["id"]},
    )).text  # fmt: skip
    assert (await taken(acting, "agree", {"id": one["id"]}))["state"] == "ACCEPTED"
    assert (await seen(acting, one["id"]))["contactName"] == "测试"
    two = await taken(acting, "offer", {"need": home.need(people[2]), "resource": resource})
    assert (await taken(acting, "refuse", {"id": two["id"], "declineReason": "OTHER_HELP"}))["state"] == "DECLINED"


async def test_help_that_did_not_arrive_ends_with_a_reason_or_lets_another_be_proposed(acting, numbers):
    resource, people = await offered(acting), [numbers() for _ in range(2)]
    home = await in_need(acting, *people)
    rows = []
    for number in people:
        rows.append(await proposed(acting, home.need(number), resource))
        await taken(acting, "accept", {"id": rows[-1]})
    await taken(acting, "fail", {"id": rows[0], "unmetReason": "NEED_ENDED"})
    await taken(acting, "deliver", {"id": rows[1], **DELIVERED})
    await taken(acting, "reopen", {"id": rows[1], "unmetReason": "NOT_FITTING"})
    again = await proposed(acting, home.need(people[1]), resource)
    assert again != rows[1]
    await days_later(acting, 40)
    assert [await state(acting, row) for row in rows] == ["CLOSED", "CLOSED"]


@pytest.mark.parametrize("steps", [[], ["accept"], ["accept", "deliver"]], ids=["proposed", "accepted", "delivered"])
async def test_a_withdrawal_holds_with_the_next_request_wherever_the_proposal_stands(acting, numbers, steps):
    number, resource = numbers(), await offered(acting, units=1)
    home = await in_need(acting, number)
    row = await proposed(acting, home.need(number), resource)
    for name in steps:
        await taken(acting, name, {"id": row, **(DELIVERED if name == "deliver" else {})})
    assert ((await seen(acting, row))["contactName"] is not None) == bool(steps)
    await withdrawn(acting, number)
    node = await seen(acting, row)
    assert (node["contactName"], node["contactPhone"], node["contactOpen"]) == (None, None, False)
    assert node["disposeBy"] is not None
    assert node["state"] == ("DELIVERED" if "deliver" in steps else "WITHDRAWN")
    other = numbers()
    there = await in_need(acting, other)
    given = {"need": there.need(other), "resource": resource}
    if "deliver" in steps:
        assert "Nothing is left" in await refused(acting, "offer", given)
    else:
        assert (await taken(acting, "offer", given))["state"] == "OFFERED"


async def test_what_came_of_it_is_counted_and_few_are_withheld(acting, numbers):
    people = [numbers() for _ in range(9)]
    resource, home = await offered(acting, units=9), await in_need(acting, *people)
    rows = [await proposed(acting, home.need(number), resource) for number in people]
    for row in rows:
        await taken(acting, "accept", {"id": row})
    for row in rows[:6]:
        await taken(acting, "fail", {"id": row, "unmetReason": "REFUSED_BY_PERSON"})
    for row in rows[6:]:
        await taken(acting, "fail", {"id": row, "unmetReason": "NOT_REACHED"})
    query = """{ proposalStats(groupBy: [TOWNSHIP_COUNTY, KIND, UNMET_REASON]) {
        groups { townshipCounty kind unmetReason count suppressed } } }"""
    found = await acting.ask("civil-affairs", query, purpose="statistics")
    counted = {
        group["unmetReason"]: (group["count"], group["suppressed"]) for group in found["proposalStats"]["groups"]
    }
    assert counted["REFUSED_BY_PERSON"][0] is None or counted["REFUSED_BY_PERSON"][0] >= 6
    assert counted["NOT_REACHED"] == (None, True)
    listed = await acting.post("civil-affairs", "{ proposals(first: 1) { nodes { id } } }", purpose="statistics")
    assert '"proposals":null' in listed.text
