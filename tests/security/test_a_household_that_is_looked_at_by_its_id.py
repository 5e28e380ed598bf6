"""Attack: look at a household by its id, or at what it earns by a filter, and leave nobody's name in the audit."""

from __future__ import annotations

import asyncpg
import pytest


@pytest.mark.parametrize(
    "query",
    [
        "query($id: ID!) { node(id: $id) { ... on Household { address } } }",
        "query($id: ID!) { nodes(ids: [$id]) { ... on Household { address } } }",
        """query($id: ID!) { node(id: $id) { ... on Household {
            recipients(where: {monthlyAmount: {gte: "1"}}) { totalCount } } } }""",
    ],
)
async def test_the_id_of_a_household_stands_in_the_record_as_a_token(ask, query):
    found = await ask.data("civil-affairs", "{ households(first: 1) { nodes { id } } }")
    await ask.data("civil-affairs", query, {"id": found["households"]["nodes"][0]["id"]})
    connection = await asyncpg.connect(ask.hub.database)
    try:
        literals = await connection.fetchval("SELECT literals FROM audit_record ORDER BY seq DESC LIMIT 1")
    finally:
        await connection.close()
    assert len(literals) >= 16
