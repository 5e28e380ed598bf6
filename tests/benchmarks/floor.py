"""The floor: the same answers by hand, as fast as asyncpg and orjson give them, with the sealed fields opened.

It has what nobody can leave out (the rows, the sealed fields, the JSON) and nothing else: no GraphQL, no
viewer, no policy, no audit, no bounds, no errors. What the hub does beyond this is what the ratio shows.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson

from hub.catalog import Group, normalise
from hub.runtime import keys
from hub.settings import Settings
from hub.store.pool import open_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.crypto import Vault

SIZE = 100
CONNECTIONS = 8

# The server makes the means checks' JSON: nothing of them is sealed, so nothing of them need pass through Python.
CHECKS = """(SELECT json_agg(json_build_object('node', json_build_object(
        'outcome', outcome, 'checkedAt', to_char(checked_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))))::text
    FROM (SELECT outcome, checked_at FROM means_check WHERE household_id = h.id ORDER BY id LIMIT 2) m)"""
RECIPIENT = f"""r.id, r.category, r.status, r.monthly_amount::text, r.region, p.id, p.name, p.id_number,
    p.birth_date::text, p.phone, h.id, h.size, h.address, {CHECKS}"""
LINKS = "JOIN person p ON p.id = r.person_id LEFT JOIN household h ON h.id = r.household_id"
PAGE = f"""SELECT {RECIPIENT} FROM (SELECT * FROM recipient WHERE id > $1 ORDER BY id LIMIT $2) r
    {LINKS} ORDER BY r.id"""
NODE = f"SELECT {RECIPIENT} FROM recipient r {LINKS} WHERE r.id = $1"
LOOK_UP = "SELECT id, name, id_number, birth_date::text, phone, sex, region FROM person WHERE id_number_index = $1"


class Floor:
    """The handlers. Each connection keeps its prepared statements; a request takes whichever is free."""

    def __init__(self, vault: Vault, connections: list[asyncpg.Connection]) -> None:
        self.free: asyncio.LifoQueue[dict[str, Any]] = asyncio.LifoQueue()
        self.connections = connections
        self.name = vault.opener("person", "name", Group.IDENTITY).open
        self.number = vault.opener("person", "id_number", Group.IDENTITY).open
        self.phone = vault.opener("person", "phone", Group.CONTACT).open
        self.address = vault.opener("household", "address", Group.CONTACT).open
        self.index = vault.blind("person", "id_number")

    async def prepare(self) -> None:
        for connection in self.connections:
            texts = {"page": PAGE, "node": NODE, "look-up": LOOK_UP}
            self.free.put_nowait({name: (await connection.prepare(text)).fetch for name, text in texts.items()})

    async def run(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        prepared = await self.free.get()
        try:
            return await prepared[statement](*values)
        finally:
            self.free.put_nowait(prepared)

    def recipient(self, row: asyncpg.Record) -> dict[str, Any]:
        (id_, category, status, amount, region, person, name, number, born, phone,
         household, size, address, checks) = row  # fmt: skip
        person = person.bytes
        return {
            "id": f"Recipient:{id_}",
            "category": category,
            "status": status,
            "monthlyAmount": amount,
            "region": region,
            "person": {
                "name": None if name is None else self.name(person, name),
                "idNumber": self.number(person, number),
                "birthDate": born,
                "phone": None if phone is None else self.phone(person, phone),
            },
            "household": None
            if household is None
            else {
                "id": f"Household:{household}",
                "size": size,
                "address": None if address is None else self.address(household.bytes, address),
                "meansChecks": {"edges": orjson.Fragment(checks or "[]")},
            },
        }

    async def page(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("page", UUID(body["after"]), SIZE + 1)
        shown = rows[:SIZE]
        return {
            "recipients": {
                "edges": [{"node": self.recipient(row)} for row in shown],
                "pageInfo": {"hasNextPage": len(rows) > SIZE, "endCursor": str(shown[-1][0]) if shown else None},
            }
        }

    async def node(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("node", UUID(body["id"]))
        return {"node": self.recipient(rows[0]) if rows else None}

    async def look_up(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("look-up", self.index(normalise.id_number(body["number"])))
        if not rows:
            return {"person": None}
        id_, name, number, born, phone, sex, region = rows[0]
        key = id_.bytes
        return {
            "person": {
                "id": f"Person:{id_}",
                "name": None if name is None else self.name(key, name),
                "idNumber": self.number(key, number),
                "birthDate": born,
                "phone": None if phone is None else self.phone(key, phone),
                "sex": sex,
                "region": region,
            }
        }


async def open_floor() -> Floor:
    settings = Settings.load()
    assert settings.database_url is not None
    pool = await open_pool(settings.database_url, size=2)
    vault = await keys(settings, pool)
    await pool.close()
    options = {"timezone": "UTC", "jit": "off"}
    floor = Floor(
        vault,
        [await asyncpg.connect(settings.database_url, server_settings=options) for _ in range(CONNECTIONS)],
    )
    await floor.prepare()
    return floor


def app() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application."""
    handlers: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] == "/readyz":
            out = b"{}"
        else:
            out = orjson.dumps({"data": await handlers[scope["path"]](orjson.loads(body))})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(out)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": out})

    async def lifespan(receive: Any, send: Any) -> None:
        await receive()
        floor = await open_floor()
        handlers.update({"/page": floor.page, "/node": floor.node, "/look-up": floor.look_up})
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for connection in floor.connections:
            await connection.close()
        await send({"type": "lifespan.shutdown.complete"})

    return application
