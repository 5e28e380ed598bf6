"""One process at a time: an advisory lock of the database, held by a connection, so that a killed hub leaves none."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.store.audit import Connection
    from hub.store.pool import Pool, PooledConnection


async def try_lock(connection: Connection, key: int) -> bool:
    """Hold it until ``unlock``, or until the connection ends; False where somebody else does."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", key))


async def unlock(connection: Connection, key: int) -> None:
    """Let others have it."""
    await connection.execute("SELECT pg_advisory_unlock($1)", key)


@asynccontextmanager
async def alone(pool: Pool, key: int) -> AsyncIterator[PooledConnection | None]:
    """Give a connection that holds it meanwhile; None where somebody else does."""
    async with pool.acquire() as connection:
        if not await try_lock(connection, key):
            yield None
            return
        try:
            yield connection
        finally:
            if not connection.is_closed():
                await unlock(connection, key)
