"""Attack: with write access to the database, swap two people's sealed values, or change one by a bit."""

from __future__ import annotations

from contextlib import asynccontextmanager

import asyncpg
import pytest

QUERY = "{ people(first: 2) { nodes { id name phone } } }"


@asynccontextmanager
async def tampered(ask, change):
    """The database with ``change(first, second)`` made to the names of two people, and put back afterwards."""
    connection = await asyncpg.connect(ask.hub.database)
    rows = await connection.fetch("SELECT id, name, registered_address FROM person ORDER BY id LIMIT 2")
    try:
        new = change(*rows)
        await connection.execute("UPDATE person SET name = $2 WHERE id = $1", rows[0]["id"], new)
        yield connection
    finally:
        await connection.execute("UPDATE person SET name = $2 WHERE id = $1", rows[0]["id"], rows[0]["name"])
        await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda _first, second: second["name"],
        lambda first, _second: first["name"][:-1] + bytes([first["name"][-1] ^ 1]),
        lambda first, _second: bytes([first["name"][0] ^ 1]) + first["name"][1:],
        lambda first, _second: first["name"][:-20],
        lambda _first, _second: b"",
        lambda _first, _second: "张三".encode(),
    ],
    ids=["of another row", "a bit of the tag", "a bit of the header", "cut", "emptied", "replaced by plain text"],
)
async def test_a_changed_value_is_an_alarm_and_not_an_answer(ask, change):
    whole = await ask.data("civil-affairs", QUERY)
    async with tampered(ask, change) as connection:
        response = await ask.post("civil-affairs", QUERY)
        body = response.json()
        assert response.status_code == 500
        assert set(body) == {"errors"}
        assert body["errors"][0]["extensions"]["code"].startswith("HUB-50")
        outcome = await connection.fetchval(
            "SELECT outcome FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
        )
        assert outcome.startswith("alarm:")
    assert await ask.data("civil-affairs", QUERY) == whole
