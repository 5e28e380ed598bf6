"""Attack: break an export off, and take what is left for the whole, or keep the hub working for nobody."""

from __future__ import annotations

import asyncio
import hashlib

import asyncpg
import httpx
import orjson
import pytest_asyncio

QUERY = "{ regions(orderBy: [{field: CODE}]) { nodes { id code name parent { name } } } }"


@pytest_asyncio.fixture(scope="module")
async def database(hub):
    connection = await asyncpg.connect(hub.database)
    yield connection
    await connection.close()


async def test_what_was_received_is_proved_by_its_last_checkpoint_and_the_rest_follows(ask):
    async def rows(body, most=None):
        taken, digest, state = [], hashlib.sha256(), None
        request = ask.client.stream("POST", "/export", json=body, headers=ask.headers("civil-affairs"))
        async with request as response:
            async for line in response.aiter_lines():
                [(kind, content)] = orjson.loads(line).items()
                if kind == "row":
                    taken.append(content)
                    digest.update(f"{line}\n".encode())
                elif kind in {"checkpoint", "end"}:
                    state = content
                    if most is not None and len(taken) >= most:
                        break
        assert state["rows"] == len(taken)
        assert state["digest"] == f"sha256:{digest.hexdigest()}"
        return taken, state["cursor"]

    whole, _ = await rows({"query": QUERY})
    first, cursor = await rows({"query": QUERY}, most=1)
    assert 0 < len(first) < len(whole)
    rest, _ = await rows({"query": QUERY, "after": cursor})
    assert first + rest == whole


async def test_an_error_on_the_way_ends_an_export_without_an_end_and_says_where_to_go_on(ask, database):
    """The second page cannot be opened: one of its rows was changed in the database."""
    query = "{ people { nodes { id name } } }"
    body, headers = {"query": query}, ask.headers("civil-affairs")
    good = [
        orjson.loads(line) for line in (await ask.client.post("/export", json=body, headers=headers)).text.splitlines()
    ]
    victim = [line["row"] for line in good if "row" in line][700]["id"].partition(":")[2]
    kept = await database.fetchval("SELECT name FROM person WHERE id = $1", victim)
    broken = bytes([*kept[:-1], kept[-1] ^ 1])
    await database.execute("UPDATE person SET name = $2 WHERE id = $1", victim, broken)
    try:
        response = await ask.client.post("/export", json=body, headers=headers)
    finally:
        await database.execute("UPDATE person SET name = $2 WHERE id = $1", victim, kept)
    lines = [orjson.loads(line) for line in response.text.splitlines()]
    assert response.status_code == 200
    assert not [line for line in lines if "end" in line]
    checkpoint = [line["checkpoint"] for line in lines if "checkpoint" in line][-1]
    error = lines[-1]["error"]
    assert error["code"].startswith("HUB-5")
    assert error["cursor"] == checkpoint["cursor"]
    assert len([line for line in lines if "row" in line]) == checkpoint["rows"] == 500
    outcomes = await database.fetch(
        "SELECT outcome FROM audit_record WHERE request_id = $1 ORDER BY seq", response.headers["hub-request-id"]
    )
    assert [row["outcome"] for row in outcomes] == ["answered", f"alarm:{error['code']}"]


async def test_nothing_is_read_for_a_client_that_has_gone(ask, database):
    """The client takes one chunk and hangs up; soon after, no further page is accounted for."""
    async with httpx.AsyncClient(base_url=ask.hub.url, timeout=60) as leaving:
        body = {"query": "{ people { nodes { id name idNumber } } }"}
        async with leaving.stream("POST", "/export", json=body, headers=ask.headers("civil-affairs")) as response:
            request_id = response.headers["hub-request-id"]
            async for _ in response.aiter_raw():
                break

    async def pages():
        return await database.fetchval("SELECT count(*) FROM audit_record WHERE request_id = $1", request_id)

    before = -1
    while (now := await pages()) != before:
        before = now
        await asyncio.sleep(0.5)
    assert now >= 1
    assert (await ask.data("civil-affairs", "{ regions(first: 1) { totalCount } }"))["regions"]["totalCount"] > 0
