"""Attack: a partner sends rubbish without end. What it takes to read it is paid from the same units as queries."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from hub.app import create_app
from hub.auth import issue_token
from hub.query import reading_cost
from hub.store import partners
from seeded_hub import UnitsAtOneMoment

KNOWN = "query ($code: RegionCode, $first: Int) { regions(where: {code: {eq: $code}}, first: $first) { totalCount } }"
UNITS = 30_000


@asynccontextmanager
async def asking(seeded, units=UNITS):
    """Give a function that asks as a new partner who has so many units."""
    runtime = replace(seeded.runtime, spending=UnitsAtOneMoment(units))
    now, name = datetime.now(UTC), f"rubbish-{uuid4().hex[:8]}"
    await partners.add_partner(
        runtime.pool, name=name, title="民政局", department="civil-affairs", roles=["civil-affairs"],
        regions=["2305"], purposes=["assistance-review"], now=now,
    )  # fmt: skip
    token = await issue_token(runtime.pool, name, now)
    headers = {"Authorization": f"Bearer {token.text}", "Hub-Purpose": "assistance-review"}
    app = create_app(runtime=runtime)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers=headers) as client,
    ):

        async def ask(query, variables=None, path="/graphql", **more):
            return await client.post(path, json={"query": query, "variables": variables or {}}, headers=more)

        yield ask


REFUSED = {
    "no GraphQL": "{ regions { nodes { code }",
    "not valid": "{ regions { nodes { nonsense } } }",
    "too deep": "{ regions { nodes { " + "parent { " * 20 + "id" + " }" * 20 + " } } }",
    "too many tokens": "{ regions { nodes { " + "code " * 1600 + "} } }",
    "an argument that does not fit": '{ regions(where: {code: {eq: "nonsense"}}) { totalCount } }',
    "too many rows": "{ households(first: 1000) { nodes { members(first: 1000) { nodes { id } } } } }",
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
async def test_who_sends_what_is_refused_runs_out_of_units(seeded, query):
    async with asking(seeded) as ask:
        statuses = [(await ask(query)).status_code for _ in range(UNITS // reading_cost(len(query)) + 2)]
        assert statuses[0] == 400
        assert statuses[-1] == 429
        last = await ask(KNOWN)
        assert last.json()["errors"][0]["extensions"]["code"] == "HUB-117"
        assert int(last.headers["retry-after"]) >= 1


async def test_exports_that_are_refused_are_paid_in_the_same_way(seeded):
    async with asking(seeded) as ask:
        statuses = [(await ask("{ nonsense }", path="/export")).status_code for _ in range(8)]
        assert (statuses[0], statuses[-1]) == (400, 429)


async def test_variables_of_a_known_document_that_do_not_fit_are_paid(seeded):
    async with asking(seeded, units=10**9) as ask:
        assert (await ask(KNOWN, {"code": "2305", "first": 1})).status_code == 200
    async with asking(seeded) as ask:
        statuses = [(await ask(KNOWN, {"code": "23", "first": "x" * 2_000})).status_code for _ in range(4)]
        assert (statuses[0], statuses[-1]) == (400, 429)


async def test_documents_that_are_new_each_time_cost_more_than_one_asked_again(seeded):
    async with asking(seeded) as ask:
        new = [(await ask(f"{{ a{uuid4().hex}: __typename }}")).status_code for _ in range(8)]
        assert (new[0], new[-1]) == (200, 429)
    async with asking(seeded, units=10**9) as ask:
        assert (await ask("{ __typename }")).status_code == 200
    async with asking(seeded) as ask:
        assert {(await ask("{ __typename }")).status_code for _ in range(20)} == {200}


async def test_who_is_told_to_wait_is_not_put_off_further_by_asking_again(seeded):
    page = "{ regions(first: 50) { nodes { id } } }"
    async with asking(seeded, units=10**9) as ask:
        assert (await ask(page)).status_code == 200
    async with asking(seeded, units=10) as ask:
        waits = [int((await ask(page)).headers["retry-after"]) for _ in range(5)]
        assert max(waits) <= waits[0]


async def test_a_stranger_is_refused_before_anything_is_read(seeded):
    async with asking(seeded) as ask:
        response = await ask("{ regions { nodes { code }", Authorization="Bearer nonsense")
        assert response.status_code == 401
        assert (await ask("{ __typename }")).status_code == 200
