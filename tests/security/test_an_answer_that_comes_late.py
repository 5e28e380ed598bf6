"""Attack: ask while the database is slow, and have the answer when the right to it is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest

import hub.app
import hub.http.state
from hub.auth.issue import issue_token
from hub.store import partners

NODE = "query ($id: ID!) { node(id: $id) { ... on Recipient { id person { name } } } }"


async def partner(seeded):
    now, name = datetime.now(UTC), f"late-{uuid4().hex[:8]}"
    await partners.add_partner(
        seeded.runtime.pool, name=name, title="民政局", department="civil-affairs", roles=["civil-affairs"],
        regions=["2305"], purposes=["assistance-review"], now=now,
    )  # fmt: skip
    token = await issue_token(seeded.runtime.pool, name, now)
    return name, {"Authorization": f"Bearer {token.text}", "Hub-Purpose": "assistance-review"}


def client(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")


@pytest.mark.parametrize("query", [NODE, "{ recipients(first: 3) { nodes { id person { name } } } }"])
async def test_who_lost_its_token_while_the_database_was_slow_gets_no_answer(seeded, monkeypatch, query):
    monkeypatch.setattr(hub.http.state, "cached_credentials", lambda lookup: lookup)  # as if the five seconds were over
    name, headers = await partner(seeded)
    app = hub.app.create_app(runtime=seeded.runtime)
    row = seeded.rows["Recipient"][0]
    body = {"query": query, "variables": {"id": f"Recipient:{row['id']}"} if query is NODE else {}}
    blocking = await asyncpg.connect(seeded.runtime.url)
    try:
        async with app.router.lifespan_context(app), client(app) as asking:
            assert (await asking.post("/graphql", json=body, headers=headers)).status_code == 200
            async with blocking.transaction():
                await blocking.execute("LOCK TABLE recipient IN ACCESS EXCLUSIVE MODE")
                asked = asyncio.create_task(asking.post("/graphql", json=body, headers=headers))
                await asyncio.sleep(0.5)
                await partners.revoke_partner(seeded.runtime.pool, name, datetime.now(UTC))
            answered = await asked
    finally:
        await blocking.close()
    assert answered.status_code == 401
    assert "data" not in answered.json()
    assert b"Recipient" not in answered.content


@pytest.mark.parametrize("error", [asyncpg.TooManyConnectionsError("too many clients"), TimeoutError()])
async def test_a_hub_that_is_overrun_says_so_and_not_that_it_is_broken(seeded, error):
    class Overrun:
        def acquire(self, **_):
            return self

        async def __aenter__(self):
            raise error

        async def __aexit__(self, *_):
            return None

    _, headers = await partner(seeded)
    app = hub.app.create_app(runtime=replace(seeded.runtime, reading=Overrun()))
    async with app.router.lifespan_context(app), client(app) as asking:
        response = await asking.post(
            "/graphql", json={"query": "{ regions(first: 1) { nodes { id } } }"}, headers=headers
        )
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-920"
