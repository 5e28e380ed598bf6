"""Attack: ask what is decided of each cell, to learn whether a withheld value exists, or what hidden ones say."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest_asyncio

from benchmarks.seed import seed
from granting import put_in_force
from hub.app import create_app
from hub.auth import issue_token
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners

NEEDS = "{ needs(first: 200) { nodes { id createdOn consentSignedOn urgency } } }"
BY_KIND = """
@id("signed-where-it-is-food") @reason("food alone") @reason_zh("仅食品")
permit (principal in Role::"charity", action == Action::"read", resource is Need)
when { context.purpose == "charity-matching" && context.field == "consent_signed_on" && resource.kind == "FOOD" };
@id("urgent-by-status") @reason("by what is seen") @reason_zh("以可见为准")
permit (principal in Role::"charity", action == Action::"read", resource is Need)
when { context.purpose == "charity-matching" && context.field == "urgency" && resource has region }
when { resource.region in Division::"230502" };
"""
"""``kind`` is taken from what charities may read, ``region`` is left to them."""


@pytest_asyncio.fixture(scope="module")
async def told(server, migrated_template):
    """A hub whose charities may ask what is decided of each cell, and may not see what one decision goes by."""
    url = await embedded.create_database(server.url, "told_cells", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-told-") as home:
        schema = Path(home) / "schema"
        shutil.copytree(Settings.load().schema_directory, schema)
        file = schema / "policies" / "charity.cedar"
        text = file.read_text(encoding="utf-8")
        shown = '["id", "kind", "urgent", "county", "status"]'
        assert shown in text
        file.write_text(text.replace(shown, '["id", "region", "created_on"]') + BY_KIND, encoding="utf-8")
        settings = Settings.load(home=Path(home), database_url=url, schema_dir=schema, cells_roles="charity")
        async with running(settings) as runtime:
            now = datetime.now(UTC)
            await partners.add_partner(
                runtime.pool, name="charity", title="charity", department="charity", roles=["charity"],
                regions=["2305"], purposes=["charity-matching"], now=now,
            )  # fmt: skip
            await put_in_force(runtime.pool, "charity", "charity-matching")
            await seed(runtime.pool, runtime.vault, 40)
            await _needs(runtime)
            token = (await issue_token(runtime.pool, "charity", now)).text
            app = create_app(runtime=runtime)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hub") as client,
            ):
                client.headers.update(
                    {"Authorization": f"Bearer {token}", "Hub-Purpose": "charity-matching", "Hub-Access": "cells"}
                )
                yield runtime, client


async def _needs(runtime):
    """Open needs with consent, of two kinds, in two counties, with and without the values that are asked for."""
    person = await runtime.pool.fetchval("SELECT id FROM person LIMIT 1")
    await runtime.pool.execute(
        """INSERT INTO need (id, person_id, kind, status, consented, region, consent_signed_on, urgency, created_on)
           SELECT gen_random_uuid(), $1, kind, 'OPEN', '{(,)}', region, signed, urgency, DATE '2026-01-01'
           FROM unnest(ARRAY['FOOD', 'CARE']) kind, unnest(ARRAY['230502', '230503']) region,
                unnest(ARRAY[NULL, DATE '2026-02-02']) signed, unnest(ARRAY[NULL, 'URGENT']) urgency,
                generate_series(1, 3)""",
        person,
    )


async def asked(client, query=NEEDS):
    response = await client.post("/graphql", json={"query": query})
    body = response.json()
    assert response.status_code == 200, body
    return body


async def rows_with_cells(told):
    runtime, client = told
    body = await asked(client)
    kinds = {tuple(cell["path"]): cell["kind"] for cell in body["extensions"]["cells"]["cells"]}
    known = {f"Need:{row['id']}": row for row in await runtime.pool.fetch("SELECT * FROM need")}
    for at, row in enumerate(body["data"]["needs"]["nodes"]):
        yield row, known[row["id"]], {name: kinds.get(("needs", "nodes", at, name)) for name in row}


async def test_nulls_that_a_hidden_attribute_decides_are_told_alike(told):
    shown = set()
    async for row, real, kinds in rows_with_cells(told):
        shown.add((real["kind"], real["consent_signed_on"] is None, row["consentSignedOn"] is None))
        # Neither that the kind is another one, nor that there is no date.
        assert kinds["consentSignedOn"] == ("UNDISCLOSED" if row["consentSignedOn"] is None else None)
    assert {("FOOD", True, True), ("FOOD", False, False), ("CARE", True, True), ("CARE", False, True)} <= shown


async def test_a_withheld_value_is_withheld_whether_or_not_it_exists(told):
    seen = set()
    async for row, real, kinds in rows_with_cells(told):
        own = real["region"].startswith("230502")
        exists = real["urgency"] is not None
        seen.add((own, exists))
        if own:
            assert kinds["urgency"] == (None if exists else "ABSENT")
        else:
            assert (row["urgency"], kinds["urgency"]) == (None, "WITHHELD")
    assert {(True, True), (True, False), (False, True), (False, False)} <= seen


async def test_the_answer_about_a_withheld_value_is_the_same_to_the_byte_when_it_goes(told):
    runtime, client = told
    query = '{ needs(first: 100, where: {region: {within: "230503"}}) { nodes { id urgency consentSignedOn } } }'
    with_value = await asked(client, query)
    await runtime.pool.execute("UPDATE need SET urgency = NULL WHERE region LIKE '230503%' AND kind = 'CARE'")
    without = await asked(client, query)
    for body in (with_value, without):
        del body["extensions"]["requestId"]
    assert with_value == without


async def test_neither_aliases_nor_fragments_nor_links_tell_more(told):
    _, client = told
    query = """{ needs(first: 200) { edges { node { a: consentSignedOn ...More b: consentSignedOn
        division { code name } } } } } fragment More on Need { c: consentSignedOn }"""
    body = await asked(client, query)
    cells = body["extensions"]["cells"]["cells"]
    by_alias = {alias: {} for alias in "abc"}
    for cell in cells:
        if cell["path"][-1] in by_alias:
            by_alias[cell["path"][-1]][cell["path"][2]] = cell["kind"]
    assert by_alias["a"] == by_alias["b"] == by_alias["c"]
    assert set(by_alias["a"].values()) == {"UNDISCLOSED"}


async def test_no_cell_speaks_of_a_row_that_is_not_in_the_answer(told):
    runtime, client = told
    hidden = await runtime.pool.fetchval(
        """UPDATE need SET consented = '{}' WHERE id = (SELECT id FROM need WHERE region LIKE '230502%' LIMIT 1)
           RETURNING id"""
    )
    body = await asked(client, "{ needs(first: 200) { totalCount nodes { id urgency } } }")
    rows = body["data"]["needs"]["nodes"]
    assert f"Need:{hidden}" not in {row["id"] for row in rows}
    assert all(cell["path"][2] < len(rows) for cell in body["extensions"]["cells"]["cells"])
    looked_up = await asked(client, f'{{ node(id: "Need:{hidden}") {{ ... on Need {{ urgency createdOn }} }} }}')
    nowhere = await asked(
        client,
        '{ node(id: "Need:01900000-0000-7000-8000-000000000000") { ... on Need { urgency createdOn } } }',
    )
    assert looked_up["extensions"]["cells"] == nowhere["extensions"]["cells"]
