"""What the processes that are measured, or that seed, have in common: the place they were told of, opened."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import orjson

from hub.runtime import keys
from hub.settings import Settings
from hub.store.pool import open_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    import asyncpg

    from hub.crypto import Vault

    Handlers = Mapping[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]]
    """By path: from the body of a request to the data of its answer."""

COLLECT_EVERY = 50_000


async def open_place() -> tuple[str, Vault]:
    """The database's URL and the keys to its sealed fields, from the environment."""
    settings = Settings.load()
    assert settings.database_url is not None
    pool = await open_pool(settings.database_url, size=1)
    try:
        return settings.database_url, await keys(settings, pool)
    finally:
        await pool.close()


def collect_rarely() -> None:
    """Search for reference cycles as rarely as the hub does, so that no side wins by that alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)


def by_hand(
    opened: Callable[[], Awaitable[tuple[Handlers, Iterable[asyncpg.Connection[Any]]]]],
) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """An ASGI application of handlers by hand. ``opened``: makes them, and the connections to close in the end."""
    handlers: dict[str, Any] = {}

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
        out = orjson.dumps({"data": await handlers[scope["path"]](orjson.loads(body))})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(out)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": out})

    async def lifespan(receive: Any, send: Any) -> None:
        await receive()
        collect_rarely()
        made, connections = await opened()
        handlers.update(made)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for connection in connections:
            await connection.close()
        await send({"type": "lifespan.shutdown.complete"})

    return application
