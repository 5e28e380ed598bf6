"""Every answer is accounted for: who, for which purpose, which fields, how many rows, about whom; never a value."""

from __future__ import annotations

import asyncio
import os

import asyncpg
import orjson
import pytest_asyncio

import commands

QUERY = "{ recipients(first: 7) { nodes { category person { name phone } } } }"


@pytest_asyncio.fixture(scope="module")
async def database(hub):
    connection = await asyncpg.connect(hub.database)
    yield connection
    await connection.close()


async def record(database, response):
    found = await database.fetch(
        "SELECT r.*, p.name AS partner FROM audit_record r LEFT JOIN partner p ON p.id = r.partner_id "
        "WHERE request_id = $1",
        response.headers["hub-request-id"],
    )
    assert len(found) <= 1
    return found[0] if found else None


async def test_an_answer_leaves_one_record_of_what_was_shown_to_whom(ask, database):
    kept = await record(database, await ask.post("social-security", QUERY))
    assert (kept["partner"], kept["purpose"]) == ("social-security", ask.hub.viewers["social-security"]["purpose"])
    assert (kept["action"], kept["outcome"]) == ("query", "answered")
    decided = {path.split(".", 1)[1]: decision.lower() for path, decision in orjson.loads(kept["fields"]).items()}
    assert decided["nodes.person.phone"] == "withheld"
    assert decided["nodes.person.name"] == "masked"
    assert decided["nodes.category"] not in {"withheld", "masked"}
    assert kept["rows"] >= 7
    assert 1 <= len(kept["subjects"]) // 16 <= 7


async def test_the_same_person_is_the_same_token_in_every_record(ask, database):
    query = "query ($n: String!) { person(idNumber: $n) { name } }"
    number = min(ask.hub.truth.known_people)
    first, second = [await record(database, await ask.post("civil-affairs", query, {"n": number})) for _ in range(2)]
    assert first["subjects"] == second["subjects"]
    assert len(first["subjects"]) == 16
    assert first["literals"] == second["literals"]
    assert len(first["literals"]) == 16
    assert first["operation"] == second["operation"]
    everything = str(dict(first))
    assert number not in everything


async def test_a_refusal_of_a_known_viewer_is_recorded_with_its_code(ask, database):
    response = await ask.post("charity", '{ needs(where: {person: {region: {within: "2305"}}}) { totalCount } }')
    kept = await record(database, response)
    assert kept["outcome"] == "refused:" + response.json()["errors"][0]["extensions"]["code"]
    assert kept["rows"] == 0


async def test_strangers_cannot_fill_the_audit(ask, database):
    before = await database.fetchval("SELECT count(*) FROM audit_record")
    for _ in range(5):
        response = await ask.client.post("/graphql", json={"query": QUERY}, headers={"Authorization": "Bearer x"})
        assert response.status_code == 401
    assert await database.fetchval("SELECT count(*) FROM audit_record") == before


async def test_the_chain_of_records_verifies(ask):
    await ask.post("auditor", "{ regions(first: 1) { nodes { id } } }")
    verified = await asyncio.to_thread(
        commands.run, "audit", "verify", env={**os.environ, "HUB_HOME": str(ask.hub.home)}
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
