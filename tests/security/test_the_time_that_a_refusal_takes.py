"""Attack: tell what is hidden from what is not there by how long the answer takes, or by what it costs.

Times are noise in a test, so what makes them is compared: both run the same statements and read as many rows, and
the answers are the same to the byte.
"""

from __future__ import annotations

import re
import secrets
from uuid import uuid4

import asyncpg
import pytest

from granting import put_in_force
from hub.catalog import Group
from hub.domain import CATALOGUE

ENTITIES = ("Recipient", "Person", "Household", "MeansCheck")
VIEWERS = {"civil-affairs": "assistance-review", "charity": "charity-matching"}
"""To the first, rows of other divisions are hidden; to the second, all of these kinds are."""
ASKED = {
    "one row": "query ($id: ID!) { node(id: $id) { id __typename } }",
    "several rows": "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }",
    "several at once": "query ($id: ID!, $ids: [ID!]!) { a: node(id: $id) { id } b: nodes(ids: $ids) { id } }",
}


NOT_FOR_IT = re.compile("policy_installation|pg_notify|RESET|CLOSE|UNLISTEN|advisory", re.IGNORECASE)
"""Statements that go on beside answers."""


@pytest.fixture
async def watched(acting_with_rows, monkeypatch):
    """Ask; give the answer, and the statements that the hub ran for it, with how many rows each gave."""
    await put_in_force(acting_with_rows.runtime.pool, "civil-affairs", "assistance-review")
    done = []
    execute = asyncpg.connection.Connection._execute

    async def executed(self, query, *given, **more):
        found = await execute(self, query, *given, **more)
        done.append((query, len(found)))
        return found

    monkeypatch.setattr(asyncpg.connection.Connection, "_execute", executed)

    async def ask(partner, query, variables):
        done.clear()
        response = await acting_with_rows.post(partner, query, variables, purpose=VIEWERS[partner])
        body = re.sub(r'"requestId":"[^"]+"', "", response.text)
        return response.status_code, body, [each for each in done if not NOT_FOR_IT.search(each[0])]

    return ask


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("way", ASKED)
async def test_a_hidden_row_costs_what_one_costs_that_is_not_there(watched, acting_with_rows, entity, viewer, way):
    table = CATALOGUE[entity].table
    elsewhere = f"UPDATE {table} SET region = '110101' WHERE id IN (SELECT id FROM {table} LIMIT 3) RETURNING id::text"
    hidden = [f"{entity}:{row[0]}" for row in await acting_with_rows.runtime.pool.fetch(elsewhere)]
    absent = [f"{entity}:{uuid4()}" for _ in hidden]
    assert len(hidden) == 3
    answers = [await watched(viewer, ASKED[way], {"id": ids[0], "ids": ids}) for ids in (absent, hidden) * 2]
    assert answers[2] == answers[3]  # the first two may prepare statements
    status, body, statements = answers[3]
    assert status in {200, 400}, body  # an entity that does not exist for a charity is refused by its name
    assert "__typename" not in body.replace('"__typename":null', "")
    assert not any(rows for query, rows in statements if re.search(rf"\b{table}\b", query))


async def test_a_row_that_may_be_seen_is_seen_so(watched, acting_with_rows):
    row = await acting_with_rows.runtime.pool.fetchval("SELECT max(id::text) FROM recipient WHERE region LIKE '2305%'")
    _, body, statements = await watched("civil-affairs", ASKED["one row"], {"id": f"Recipient:{row}", "ids": []})
    assert row in body
    assert any(rows for query, rows in statements if re.search(r"\brecipient\b", query))


async def test_a_look_up_of_a_hidden_person_does_what_one_of_nobody_does(watched, acting_with_rows):
    runtime = acting_with_rows.runtime
    query = "query ($n: String!) { person(idNumber: $n) { id } }"
    row, sealed = await runtime.pool.fetchrow(
        "UPDATE person SET region = '110101' WHERE id = (SELECT id FROM person LIMIT 1) RETURNING id, id_number"
    )
    hidden = runtime.vault.opener("person", "id_number", Group.IDENTITY).open(row.bytes, sealed)
    answers = [await watched("civil-affairs", query, {"n": number}) for number in (nobody(), hidden, nobody(), hidden)]
    assert answers[2] == answers[3]
    assert answers[3][1].startswith('{"data":{"person":null}')


def nobody():
    """A number that is right and that nobody has: of a year in which the sample people are not born."""
    body = f"2305021899{secrets.randbelow(12) + 1:02}{secrets.randbelow(28) + 1:02}{secrets.randbelow(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
