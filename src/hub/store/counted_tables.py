"""Tables of counts that partners were shown: sealed, and kept as long as new ones are held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import uuid_utils.compat as uuids
from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from hub.store.tables import METADATA

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hub.store.audit import Connection

COUNTED_TABLE: Final = Table(
    "counted_table",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("counts", LargeBinary, nullable=False),
    comment="Counts that partners were shown who see no rows, sealed: what new ones are held against",
)
Index(None, COUNTED_TABLE.c.partner, COUNTED_TABLE.c.made_at)

_TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('counts of ' || $1::text, 0))"
_FORGET: Final = "DELETE FROM counted_table WHERE partner = $1 AND made_at < $2"
_KNOWN: Final = """
SELECT id, entity, made_at, counts FROM counted_table
WHERE partner = $1 AND entity = ANY($2::text[]) ORDER BY made_at, id
"""
_SINCE: Final = "SELECT made_at FROM counted_table WHERE partner = $1 AND made_at >= $2 ORDER BY made_at"
_ADD: Final = "INSERT INTO counted_table (id, partner, entity, made_at, counts) VALUES ($1, $2, $3, $4, $5)"


async def take_turn(connection: Connection, partner: str) -> None:
    """Wait until no other process makes a table for the partner, until this transaction ends."""
    await connection.execute(_TURN, partner)


async def known_tables(
    connection: Connection, partner: str, entities: Iterable[str], *, since: datetime
) -> Sequence[tuple[uuid.UUID, str, datetime, bytes]]:
    """Forget what was made before ``since``; return id, entity, time and sealed counts of the rest, oldest first."""
    await connection.execute(_FORGET, partner, since)
    return [tuple(row) for row in await connection.fetch(_KNOWN, partner, list(entities))]


async def made_since(connection: Connection, partner: str, since: datetime) -> Sequence[datetime]:
    """Return when the partner's tables of any entity were made, from ``since`` on, oldest first."""
    return [row[0] for row in await connection.fetch(_SINCE, partner, since)]


def new_id() -> uuid.UUID:
    """Return the id of a table: what its counts are sealed for."""
    return uuids.uuid7()


async def add_table(
    connection: Connection, table_id: uuid.UUID, partner: str, entity: str, made_at: datetime, counts: bytes
) -> None:
    """Keep one more. ``counts``: sealed for ``table_id``."""
    await connection.execute(_ADD, table_id, partner, entity, made_at, counts)
