"""Attack: declare the purpose ``statistics`` and read rows. By village, category and day nearly each is somebody."""

from __future__ import annotations

import pytest

from granting import put_in_force

ROWS = {
    "list": "{ recipients(first: 5) { totalCount nodes { id category region approvedOn } } }",
    "total": "{ recipients(where: {category: {eq: DIBAO}}) { totalCount } }",
    "households": "{ households(first: 5) { nodes { id region size } } }",
    "needs": "{ needs(first: 5) { nodes { id kind region createdOn } } }",
    "checks": "{ meansChecks(first: 5) { nodes { id outcome region } } }",
}
COUNTS = """{ recipientStats(groupBy: [CATEGORY]) { groups { category count suppressed } total { count } } }"""
VIEWERS = ["civil-affairs", "auditor"]


@pytest.fixture
async def ask(acting_with_rows):
    pool = acting_with_rows.runtime.pool
    await pool.execute("UPDATE partner SET purposes = array_append(purposes, 'statistics') WHERE name = 'auditor'")
    await put_in_force(pool, "auditor", "statistics")

    async def post(partner, query, variables=None, purpose="statistics"):
        return (await acting_with_rows.post(partner, query, variables, purpose=purpose)).json()

    return post


@pytest.mark.parametrize("what", ROWS)
@pytest.mark.parametrize("partner", VIEWERS)
async def test_no_list_and_no_total_of_one_is_answered(ask, partner, what):
    body = await ask(partner, ROWS[what])
    assert set((body.get("data") or {"none": None}).values()) == {None}, body
    assert body.get("errors") or body["extensions"]["access"], body


@pytest.mark.parametrize("partner", VIEWERS)
async def test_no_row_is_had_by_its_id(ask, acting_with_rows, partner):
    row = await acting_with_rows.runtime.pool.fetchval("SELECT id::text FROM recipient LIMIT 1")
    query = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    body = await ask(partner, query, {"id": f"Recipient:{row}"})
    assert body["data"] == {"node": None, "nodes": [None]}


@pytest.mark.parametrize("partner", VIEWERS)
async def test_no_row_is_exported(acting_with_rows, ask, partner):
    assert await ask(partner, COUNTS)
    response = await acting_with_rows.client.post(
        "/export", json={"query": "{ recipients { nodes { id category region } } }"},
        headers={"Authorization": f"Bearer {acting_with_rows.tokens[partner]}", "Hub-Purpose": "statistics"},
    )  # fmt: skip
    assert response.status_code >= 400
    assert "Recipient:" not in response.text


@pytest.mark.parametrize("partner", VIEWERS)
async def test_counts_are_answered(ask, partner):
    data = (await ask(partner, COUNTS))["data"]
    assert data["recipientStats"]["total"]["count"] > 0
    assert {group["category"] for group in data["recipientStats"]["groups"]} >= {"DIBAO"}


async def test_the_counts_are_those_of_whoever_reads_the_rows(ask):
    query = "{ recipientStats(groupBy: [CATEGORY]) { groups { category count suppressed } total { count } } }"
    counted = await ask("civil-affairs", query)
    assert counted["data"] == (await ask("civil-affairs", query, purpose="assistance-review"))["data"]
