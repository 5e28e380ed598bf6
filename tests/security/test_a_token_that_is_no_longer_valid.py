"""Attack: go on asking with a token that was revoked or has expired, or with one that was changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from hub.auth import issue_token
from hub.store import partners

QUERY = {"query": "{ regions(first: 1) { nodes { id } } }"}


@pytest_asyncio.fixture(scope="module")
async def database(hub):
    connection = await asyncpg.connect(hub.database)
    await partners.add_partner(
        connection, name="visitor", title="Visitor", department="charity", roles=["charity"], regions=["2305"],
        purposes=["charity-matching"], now=datetime.now(UTC),
    )  # fmt: skip
    yield connection
    await connection.close()


async def status(ask, token):
    headers = {"Authorization": f"Bearer {token}", "Hub-Purpose": "charity-matching"}
    return (await ask.client.post("/graphql", json=QUERY, headers=headers)).status_code


async def test_a_revoked_token_stops_working_within_seconds(ask, database):
    token = await issue_token(database, "visitor", datetime.now(UTC))
    assert await status(ask, token.text) == 200
    await partners.revoke_token(database, token.prefix, datetime.now(UTC))
    for _ in range(60):
        if await status(ask, token.text) == 401:
            break
        await asyncio.sleep(0.2)
    else:
        pytest.fail("the token still works")
    assert await status(ask, token.text) == 401


async def test_an_expired_token_does_not_work(ask, database):
    past = datetime.now(UTC) - timedelta(days=2)
    token = await issue_token(database, "visitor", past, timedelta(days=1))
    assert await status(ask, token.text) == 401


async def test_a_token_with_one_character_changed_does_not_work(ask, database):
    token = (await issue_token(database, "visitor", datetime.now(UTC))).text
    for at in (5, len(token) // 2, len(token) - 1):
        changed = token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]
        assert await status(ask, changed) == 401


async def test_only_hashes_of_tokens_are_stored(ask, database):
    token = (await issue_token(database, "visitor", datetime.now(UTC))).text
    rows = await database.fetch("SELECT * FROM partner_token")
    stored = "".join(str(value) for row in rows for value in row.values())
    stored += "".join(bytes(row["hash"]).decode(errors="replace") for row in rows)
    for secret in (token, *(viewer["token"] for viewer in ask.hub.viewers.values())):
        assert secret not in stored
        assert secret[12:40] not in stored
