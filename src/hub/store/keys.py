"""The rows behind the vault: which keyring belongs to this database, and the wrapped data keys."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from asyncpg import Connection, Record
    from asyncpg.pool import PoolConnectionProxy

    _Connection = Connection[Record] | PoolConnectionProxy[Record]

KeyRow = tuple[int, str, int, bytes, str, datetime]
"""Key id, protection group, suite, wrapped key, state, time of creation."""

_FIRST_KEYS = 0x68756201
"""Advisory lock: two hubs that start on an empty database must not both make its first keys."""


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """What the database knows of its keys; ``fingerprint`` is None before the first start."""

    fingerprint: str | None
    rows: tuple[KeyRow, ...]


@asynccontextmanager
async def locked_keys(connection: _Connection) -> AsyncIterator[StoredKeys]:
    """Read the keys in a transaction of their own; until it ends, no other hub adds any."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _FIRST_KEYS)
        fingerprint = await connection.fetchval("SELECT fingerprint FROM keyring")
        rows = await connection.fetch(
            'SELECT key_id, "group", suite, wrapped, state, created_at FROM data_key ORDER BY key_id'
        )
        yield StoredKeys(fingerprint, tuple((*row,) for row in rows))


async def add_keys(connection: _Connection, fingerprint: str, rows: Sequence[KeyRow]) -> None:
    """Store new data keys and, at the first start, the keyring's fingerprint; inside ``locked_keys``."""
    await connection.execute(
        "INSERT INTO keyring (id, fingerprint) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", fingerprint
    )
    await connection.executemany(
        'INSERT INTO data_key (key_id, "group", suite, wrapped, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
        rows,
    )
