"""What a request may have, cost, take and return: each bound refuses with its own code, through HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest

from hub.app import create_app
from hub.auth import issue_token
from hub.query import reading_cost
from hub.settings import Settings
from hub.store import partners
from hub.store.pool import open_reading
from seeded_hub import CITY, UnitsAtOneMoment

PAGE = "{ recipients(first: 100) { nodes { category person { name idNumber } } } }"


@asynccontextmanager
async def serving(seeded, *, engine=None, reading=None, **settings):
    """Serve the seeded rows under other settings; give a function that asks as one partner."""
    runtime = seeded.runtime
    changed = Settings.load(home=runtime.settings.home, database_url=runtime.url, **settings)
    runtime = replace(
        runtime, settings=changed, spending=UnitsAtOneMoment(changed.cost_per_minute), engine=engine or runtime.engine,
        reading=reading or runtime.reading,
    )  # fmt: skip
    now, name = datetime.now(UTC), f"limits-{uuid4().hex[:8]}"
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

        async def ask(query, variables=None):
            return await client.post("/graphql", json={"query": query, "variables": variables or {}})

        yield ask


def told(response):
    error = response.json()["errors"][0]
    return response.status_code, error["extensions"]["code"], error["message"]


async def outcome(seeded, response):
    return await seeded.runtime.pool.fetchval(
        "SELECT outcome FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
    )


@pytest.mark.parametrize(
    ("query", "variables", "code", "said"),
    [
        ("# " + "x" * 40_000 + "\n{ __typename }", {}, "HUB-120", "the limit is 32000"),
        ("{ regions { nodes { " + "code " * 1600 + "} } }", {}, "HUB-121", "1500 tokens"),
        ("query a { __typename } " * 60, {}, "HUB-122", "60 operations and fragments; the limit is 50"),
        ("{ regions { nodes { " + "parent { " * 20 + "id" + " }" * 20 + " } } }", {}, "HUB-123", "the limit is 16"),
        ("{ regions { nodes { " + "code " * 600 + "} } }", {}, "HUB-124", "602 fields; the limit is 500"),
        ("{ " + "__typename " * 60 + "}", {}, "HUB-125", "60 fields on its first level; the limit is 50"),
        ("{ regions { nodes { " + "".join(f"a{n}: id " for n in range(300)) + "} } }", {}, "HUB-126", "limit is 200"),
        ("{ regions { nodes { ...f ...f ...f } } } fragment f on Region { id " + "@skip(if: true) " * 99 + "}", {},
         "HUB-127", "297 directives; the limit is 200"),
        ("{ regions(where: " + "{not: " * 40 + "{}" + "}" * 40 + ") { totalCount } }", {}, "HUB-128", "limit"),
        ("query ($w: RegionWhere) { regions(where: $w) { totalCount } }", {"w": {"or": [{}] * 1200}}, "HUB-129",
         "more than 1000 objects and lists"),
        ("{ regions { nodes { " + "".join(f"a{n}: children(first: {n}) {{ totalCount }} " for n in range(70)) + "} } }",
         {}, "HUB-130", "64 statements"),
        ("{ regions(first: 1000) { nodes { children(first: 1000) { nodes { id } } } } }", {}, "HUB-131",
         "1000000 rows"),
        ("query ($n: Int) { households(first: 1000) { nodes { members(first: $n) { nodes { name phone } } } } }",
         {"n": 199}, "HUB-132", "units; the limit is 500000"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("HUB-") else "",
)  # fmt: skip
async def test_every_bound_on_what_is_asked_has_its_code_and_says_the_limit(seeded, query, variables, code, said):
    engine = replace_limits(seeded.runtime.engine, cost=500_000)
    async with serving(seeded, engine=engine) as ask:
        response = await ask(query, variables)
    status, found, message = told(response)
    assert (status, found) == (400, code), message
    assert said in message
    assert await outcome(seeded, response) == f"refused:{code}"


def replace_limits(engine, **limits):
    """The engine under other limits; what it has cached stays behind."""
    changed = replace(engine.limits, **limits)
    kept = {
        "schemas": engine.schemas,
        "catalogue": engine.catalogue,
        "policies": engine.policies,
        "vault": engine.vault,
    }
    return type(engine)(**kept, limits=changed)


async def test_a_query_that_costs_less_than_the_limit_is_answered(seeded):
    async with serving(seeded, engine=replace_limits(seeded.runtime.engine, cost=500)) as ask:
        assert (await ask(PAGE)).status_code == 200
        assert told(await ask(PAGE.replace("100", "200")))[1] == "HUB-132"


async def test_a_partner_that_has_spent_its_minute_is_told_when_to_come_back(seeded):
    cheap = "{ __typename }"
    # What is new has to be read: that is paid once, and then there is enough for two pages.
    new = sum(reading_cost(len(orjson.dumps({"query": query, "variables": {}}))) for query in (PAGE, cheap))
    async with serving(seeded, cost_per_minute=new + 1000) as ask, serving(seeded, cost_per_minute=new) as other:
        assert (await ask(cheap)).status_code == 200
        answers = [await ask(PAGE) for _ in range(4)]
        assert [response.status_code for response in answers] == [200, 200, 429, 429]
        status, code, message = told(answers[-1])
        assert (status, code) == (429, "HUB-117")
        assert f"of {new + 1000} a minute are left" in message
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert (await ask(cheap)).status_code == 200
        assert (await other(PAGE)).status_code == 200
    assert await outcome(seeded, answers[-1]) == "refused:HUB-117"


async def test_an_answer_over_the_bound_is_not_sent(seeded):
    async with serving(seeded, answer_limit=4096) as ask:
        response = await ask(PAGE)
        assert (await ask(PAGE.replace("100", "5"))).status_code == 200
    status, code, message = told(response)
    assert (status, code) == (400, "HUB-116")
    assert "the limit is 4096" in message
    assert len(response.content) < 1024
    assert await outcome(seeded, response) == "refused:HUB-116"


async def test_a_statement_over_its_time_is_ended(seeded):
    url = seeded.runtime.url
    reading = await open_reading(url, size=1, statement_seconds=0.2)
    blocking = await asyncpg.connect(url)
    try:
        async with serving(seeded, reading=reading, statement_seconds=0.2) as ask:
            async with blocking.transaction():
                await blocking.execute("LOCK TABLE recipient IN ACCESS EXCLUSIVE MODE")
                response = await ask(PAGE)
            assert (await ask(PAGE)).status_code == 200
    finally:
        await blocking.close()
        await reading.close()
    status, code, message = told(response)
    assert (status, code) == (400, "HUB-115")
    assert "longer than 0.2 s" in message
    assert await outcome(seeded, response) == "refused:HUB-115"


async def test_what_is_charged_is_what_the_pages_could_hold(seeded):
    engine = seeded.runtime.engine
    viewer = CITY

    def cost(query, **variables):
        operation = engine.operation(query, None, viewer)
        values = engine.variables(operation, variables, viewer)
        return engine.bind(engine.plan(operation, values, viewer), values, viewer).cost

    # a statement 10; a row 1; a link followed 1; a sealed field 1
    assert cost("{ regions(first: 7) { nodes { code } } }") == 10 + 7
    assert cost("{ regions { nodes { code } } }") == 10 + 20
    assert cost(PAGE) == 10 + 100 * (1 + 1 + 2)
    nested = "query ($n: Int) { households(first: 10) { nodes { size meansChecks(first: $n) { nodes { outcome } } } } }"
    assert cost(nested, n=3) == 10 + 10 + 10 + 10 * 3
    assert cost(nested, n=0) == 10 + 10 + 10
    assert cost("{ regions(first: 7) { totalCount nodes { code } } }") == 10 + 7 + 10 + 1000
    assert cost("{ __schema { queryType { name } } }") == 20_000
    looked_up = "query ($n: String!) { person(idNumber: $n) { name } }"
    assert cost(looked_up, n="230502198001010016") == 100 + 10 + 1 + 1
    ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    page = await seeded.ask(viewer, "{ recipients(first: 3) { nodes { id } } }")
    assert cost(ids, ids=[node["id"] for node in page["recipients"]["nodes"]]) == 10 + 3


async def test_a_link_is_followed_once_under_however_many_names(seeded):
    many = " ".join(f"a{n}: person {{ name k{n}: idNumber }}" for n in range(90))
    document = f"{{ recipients(first: 2) {{ nodes {{ {many} person {{ name idNumber }} }} }} }}"
    [node] = seeded.plan(CITY, document).plan.statements()
    assert [join.link.column for join in node.joins] == ["person_id"]
    for node in (await seeded.ask(CITY, document))["recipients"]["nodes"]:
        person = node.pop("person")
        assert [list(found.values()) for found in node.values()] == [[person["name"], person["idNumber"]]] * 90
