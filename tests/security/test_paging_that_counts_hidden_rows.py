"""Attack: learn how many rows are hidden, from page sizes, cursors, ends of lists, totals, or the order of ids."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest_asyncio

from hub.auth import issue_token
from hub.store import partners

SIZE = 7
PAGE = """query ($after: String, $size: Int) { needs(first: $size, after: $after, orderBy: [{field: CREATED_ON}]) {
    totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
COUNTS = "{ needStats(groupBy: [KIND]) { groups { kind count suppressed } total { count } } }"


@pytest_asyncio.fixture(scope="module")
async def county(acting_with_rows):
    """A county's bureau, and needs of its people between which the next prefecture's will lie."""
    pool = acting_with_rows.runtime.pool
    await partners.add_partner(
        pool, name="county", title="county", department="civil-affairs", roles=["civil-affairs"], regions=["230502"],
        purposes=["assistance-review"], now=datetime.now(UTC),
    )  # fmt: skip
    token = (await issue_token(pool, "county", datetime.now(UTC))).text
    await register(pool, "230502", [UUID(int=2 * at << 100) for at in range(1, 31)])
    headers = {"Authorization": f"Bearer {token}", "Hub-Purpose": "assistance-review"}

    async def ask(query, variables=None):
        response = await acting_with_rows.client.post(
            "/graphql", json={"query": query, "variables": variables or {}}, headers=headers
        )
        assert response.status_code == 200, response.json()
        return response.json()["data"]

    return pool, ask


async def register(pool, region, ids):
    """Needs of a division, all of one day, so that their ids alone tell them apart."""
    person = await pool.fetchval("SELECT id FROM person LIMIT 1")
    await pool.execute(
        """INSERT INTO need (id, person_id, kind, status, consented, region, created_on)
           SELECT id, $2, CASE WHEN row_number % 3 = 0 THEN 'FOOD' ELSE 'CARE' END, 'OPEN',
                  datemultirange(daterange(NULL, NULL)), $3, '2026-01-01'
           FROM unnest($1::uuid[]) WITH ORDINALITY AS given(id, row_number)""",
        ids, person, region,
    )  # fmt: skip


async def walked(ask):
    """All that paging tells, without the cursors themselves."""
    told, ids, after = [], [], None
    while True:
        page = (await ask(PAGE, {"after": after, "size": SIZE}))["needs"]
        told.append((len(page["edges"]), page["totalCount"], page["pageInfo"]["hasNextPage"]))
        told.append([len(edge["cursor"]) for edge in page["edges"]])
        ids += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return told, ids, await ask(COUNTS)


async def test_nothing_that_paging_tells_changes_with_rows_that_are_hidden(county):
    pool, ask = county
    before = await walked(ask)
    assert len(before[1]) == len(set(before[1])) == 30
    assert [size for size, *_ in before[0][::2]] == [7, 7, 7, 7, 2]
    # Before, between and behind its own, by the very order of the list.
    await register(pool, "230602", [UUID(int=(2 * at + 1) << 100) for at in range(40)])
    await register(pool, "230602", [uuid4() for _ in range(40)])
    assert await walked(ask) == before


async def test_a_page_that_would_end_among_hidden_rows_ends_with_ones_own(county):
    _, ask = county
    for size in (1, 29, 30, 31, 60):
        page = (await ask(PAGE, {"size": size}))["needs"]
        assert len(page["edges"]) == min(size, 30)
        assert page["pageInfo"]["hasNextPage"] is (size < 30)
        backward = PAGE.replace("$after: String, ", "").replace("first: $size, after: $after", "last: $size")
        page = (await ask(backward, {"size": size}))["needs"]
        assert len(page["edges"]) == min(size, 30)
        assert page["pageInfo"]["hasPreviousPage"] is (size < 30)
