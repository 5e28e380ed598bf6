"""The floor: the same answers by hand, as fast as asyncpg and orjson give them, with the sealed fields opened.

It has what nobody can leave out (the rows, the sealed fields, the JSON) and nothing else: no GraphQL, no
viewer, no policy, no audit, no bounds, no errors. What the hub does beyond this is what the ratio shows.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from floor_rows import STATEMENTS, Shape, counts
from inside import by_hand, open_place

from hub.catalog import normalise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from inside import Handlers

    from hub.crypto import Vault

CONNECTIONS = 8
"""To the database: more do not make two cores faster."""
LEVELS_SIZE = 20


class Floor:
    """The handlers. Each connection keeps its prepared statements; a request takes whichever is free."""

    def __init__(self, vault: Vault, connections: list[asyncpg.Connection]) -> None:
        self.free: asyncio.LifoQueue[dict[str, Any]] = asyncio.LifoQueue()
        self.connections = connections
        self.shape = Shape(vault)
        self.index = vault.blind("person", "id_number")

    async def prepare(self) -> None:
        for connection in self.connections:
            made = {name: (await connection.prepare(text)).fetch for name, text in STATEMENTS.items()}
            self.free.put_nowait(made)

    async def run(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        prepared = await self.free.get()
        try:
            return await prepared[statement](*values)
        finally:
            self.free.put_nowait(prepared)

    async def page(self, body: dict[str, Any]) -> dict[str, Any]:
        size = body["first"]
        rows = await self.run("page", UUID(body["after"]), size + 1)
        shown = rows[:size]
        edges = [{"node": node} for node in self.shape.recipients(shown)]
        info = page_info(rows, edges[-1]["node"]["id"].partition(":")[2] if edges else None, size)
        return {"recipients": {"edges": edges, "pageInfo": info}}

    async def levels(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("levels", UUID(body["after"]), LEVELS_SIZE + 1)
        shown = rows[:LEVELS_SIZE]
        nodes = [self.shape.levels(row) for row in shown]
        return {
            "recipients": {
                "nodes": nodes,
                "pageInfo": page_info(rows, str(shown[-1][0]) if shown else None, LEVELS_SIZE),
            }
        }

    async def node(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("node", UUID(body["id"]))
        return {"node": self.shape.recipient(rows[0]) if rows else None}

    async def look_up(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = await self.run("look-up", self.index(normalise.id_number(body["number"])))
        return {"person": self.shape.person(rows[0]) if rows else None}

    async def stats(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"recipientStats": counts(await self.run("stats", body["status"]))}


def page_info(rows: list[asyncpg.Record], last: str | None, size: int) -> dict[str, Any]:
    """Whether a row was left over, and where the page ends."""
    return {"hasNextPage": len(rows) > size, "endCursor": last}


async def open_floor() -> Floor:
    url, vault = await open_place()
    options = {"timezone": "UTC", "jit": "off"}
    floor = Floor(
        vault,
        [await asyncpg.connect(url, server_settings=options) for _ in range(CONNECTIONS)],
    )
    await floor.prepare()
    return floor


def app() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application."""

    async def opened() -> tuple[Handlers, list[asyncpg.Connection]]:
        floor = await open_floor()
        handlers = (floor.page, floor.node, floor.look_up, floor.levels, floor.stats)
        return {f"/{each.__name__.replace('_', '-')}": each for each in handlers}, floor.connections

    return by_hand(opened)
