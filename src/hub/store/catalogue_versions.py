"""Since when the data catalogue is as it is: one row for each state that the declarations had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text

from hub.store.tables import METADATA

if TYPE_CHECKING:
    from datetime import datetime

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

CATALOGUE_VERSION = Table(
    "catalogue_version",
    METADATA,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("digest", Text(collation="C"), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    comment="Since when the data catalogue is as it is, to show that it follows a change in time",
)

_LOCK: Final = 0x68756209
"""Advisory lock: of two hubs that start at once, one notes the new version and the other finds it."""


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """``digest``: of all that the catalogue states, in hexadecimal. ``since``: when a hub first started with it."""

    digest: str
    since: datetime


async def note_version(connection: PoolConnectionProxy[Record], digest: str, now: datetime) -> CatalogueVersion:
    """Note that the catalogue is so from now on, unless it is so already."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        latest = await connection.fetchrow("SELECT digest, since FROM catalogue_version ORDER BY number DESC LIMIT 1")
        if latest is not None and latest[0] == digest:
            return CatalogueVersion(digest, latest[1])
        await connection.execute("INSERT INTO catalogue_version (digest, since) VALUES ($1, $2)", digest, now)
    return CatalogueVersion(digest, now)
