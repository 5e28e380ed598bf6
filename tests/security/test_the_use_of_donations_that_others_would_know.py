"""Attack: learn what became of another charity's resources, by links, counts, sums, filters, or as a public reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from consenting import TODAY
from granting import put_in_force
from hub.auth import issue_token
from hub.store import partners
from proposing import DELIVERED, NUMBERS, in_need, offered, proposed, taken

FILE = Path(__file__).parents[2] / "schema" / "operations" / "charity" / "use-of-resources.graphql"
USE = FILE.read_text("utf-8")
OF = """query($id: ID!) { node(id: $id) { ... on CharityResource { title unitCost
  held: proposals(where: {state: {in: [OFFERED, PROPOSED]}}) { totalCount }
  accepted: proposals(where: {state: {eq: ACCEPTED}}) { totalCount }
  delivered: proposals(where: {state: {in: [DELIVERED, CONFIRMED, ARCHIVED]}}) { totalCount totalAmount
    nodes { amount deliveredOn } } } } }"""
OTHERS = ("other-charity", "far-charity")


@pytest_asyncio.fixture(scope="module", autouse=True)
async def others(acting):
    """Another charity of the same division, and one that works elsewhere."""
    now = datetime.now(UTC)
    for name, region in zip(OTHERS, ("2305", "2301"), strict=True):
        await partners.add_partner(
            acting.runtime.pool, name=name, title=name, department="charity", roles=["charity"], regions=[region],
            purposes=["charity-matching"], now=now,
        )  # fmt: skip
        acting.tokens[name] = (await issue_token(acting.runtime.pool, name, now)).text
    for name in ("charity", *OTHERS):
        await put_in_force(acting.runtime.pool, name, "charity-matching")


@pytest_asyncio.fixture(scope="module")
async def resource(acting):
    """A resource of which two wait, one is accepted, and 12 and 30 units were delivered."""
    resource = await offered(acting, units=9, unit="千克", unit_cost="18.50")
    people = [next(NUMBERS) for _ in range(6)]
    home = await in_need(acting, *people)
    rows = [await proposed(acting, home.need(number), resource) for number in people]
    for row, amount in zip(rows[:2], (12, 30), strict=True):
        await taken(acting, "accept", {"id": row})
        await taken(acting, "deliver", {"id": row, **DELIVERED, "amount": amount})
    await taken(acting, "confirm", {"id": rows[0], "confirmedBy": "PERSON"})
    await taken(acting, "accept", {"id": rows[2]})
    await taken(acting, "decline", {"id": rows[3], "declineReason": "NOT_SUITABLE"})
    return resource


async def seen(acting, partner, document, variables, purpose="charity-matching"):
    response = await acting.post(partner, document, variables, purpose=purpose)
    return response.status_code, response.json(), response.text


async def test_the_charity_learns_what_became_of_its_own_resources(acting, resource):
    for document, variables in ((OF, {"id": resource}), (USE, {"partner": "charity"})):
        code, body, text = await seen(acting, "charity", document, variables)
        assert code == 200, text
        data = body["data"]
        node = data["node"] if "node" in data else data["charityResources"]["edges"][0]["node"]
        assert (node["held"]["totalCount"], node["accepted"]["totalCount"]) == (2, 1)
        assert (node["delivered"]["totalCount"], node["delivered"]["totalAmount"]) == (2, 42)
        assert node["unitCost"] == "18.50"
    _, body, text = await seen(acting, "charity", USE, {"partner": "charity", "period": TODAY.isoformat()})
    other_period = body["data"]["charityResources"]["edges"][0]["node"]
    assert (other_period["held"]["totalCount"], other_period["delivered"]["totalAmount"]) == (0, 0), text
    assert node["capacityAvailable"] == 9
    assert node["assessmentRequired"] is None
    assert node["unmet"]["totalCount"] == 0


async def test_civil_affairs_learns_it_too(acting, resource):
    _, body, text = await seen(acting, "civil-affairs", OF, {"id": resource}, "assistance-review")
    assert body["data"]["node"]["delivered"]["totalAmount"] == 42, text


@pytest.mark.parametrize("partner", OTHERS)
async def test_another_charity_counts_adds_and_lists_none_of_it(acting, resource, partner):
    _, body, text = await seen(acting, partner, OF, {"id": resource})
    node = body["data"]["node"]
    assert node["title"] == "送餐", text
    assert node["held"]["totalCount"] == node["accepted"]["totalCount"] == node["delivered"]["totalCount"] == 0
    assert node["delivered"] == {"totalCount": 0, "totalAmount": 0, "nodes": []}
    _, body, text = await seen(acting, partner, USE, {"partner": "charity"})
    for edge in body["data"]["charityResources"]["edges"]:
        assert edge["node"]["delivered"] == {"totalCount": 0, "totalAmount": 0}
    _, body, text = await seen(acting, partner, "{ proposals { totalCount totalAmount } }", {})
    assert body["data"]["proposals"] == {"totalCount": 0, "totalAmount": 0}, text


@pytest.mark.parametrize(
    ("partner", "purpose"),
    [
        ("charity", "data-sharing"),  # published data, for any purpose
        ("social-security", "means-check"),
        ("data-authority", "data-sharing"),
        ("public-security", "data-sharing"),
        ("auditor", "audit"),
        ("auditor", "data-sharing"),
        ("civil-affairs", "statistics"),
        ("civil-affairs", "data-sharing"),
    ],
)
async def test_who_reads_published_resources_learns_not_what_became_of_them(acting, resource, partner, purpose):
    for select in ("proposals { totalCount }", "proposals { totalAmount }", "proposals { nodes { id } }"):
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on CharityResource {{ title {select} }} }} }}"
        code, body, text = await seen(acting, partner, document, {"id": resource}, purpose)
        if code == 200:
            assert body["data"]["node"] is None or body["data"]["node"]["proposals"] is None, text
        else:
            assert code in (400, 403), text


@pytest.mark.parametrize(
    "attack",
    [
        "{ charityResources(where: {proposals: {state: {eq: ACCEPTED}}}) { totalCount } }",
        '{ proposals(where: {charity: {eq: "charity"}}) { totalCount totalAmount } }',
        '{ proposals(where: {resource: {unit: {eq: "千克"}}}) { totalCount totalAmount } }',
        "{ proposalStats(groupBy: [STATE]) { groups { count sum { daysWaited } } } }",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("resource")
async def test_no_filter_and_no_count_tells_of_it(acting, attack):
    code, body, text = await seen(acting, "other-charity", attack, {})
    if code == 200:
        assert [*body["data"].values()] == [{"totalCount": 0, "totalAmount": 0}], text
    else:
        assert code in (400, 403), text


@pytest.mark.usefixtures("resource")
async def test_a_sum_is_of_what_the_filter_leaves_and_of_all_pages(acting):
    today = f'deliveredOn: {{eq: "{TODAY.isoformat()}"}}'
    for where, count, amount in ((today, 2, 42), ("state: {eq: CONFIRMED}", 1, 12), ("state: {eq: DECLINED}", 1, 0)):
        query = f"{{ proposals(first: 1, where: {{{where}}}) {{ totalCount totalAmount nodes {{ id }} }} }}"
        _, body, text = await seen(acting, "charity", query, {})
        found = body["data"]["proposals"]
        assert (found["totalCount"], found["totalAmount"], len(found["nodes"])) == (count, amount, 1), text
