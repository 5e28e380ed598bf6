"""Bookkeeping of processes, beside their derived tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, DateTime, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from hub.store.tables import METADATA

if TYPE_CHECKING:
    from hub.store.pool import Database

IDEMPOTENCY_KEY = Table(
    "idempotency_key",
    METADATA,
    Column("partner_id", UUID(), primary_key=True),
    # Keyed tokens of the client's text with its purpose, and of the input: either could hold a value.
    Column("key", LargeBinary(), primary_key=True),
    Column("content", LargeBinary(), nullable=False),
    # What the step made; both are there once its transaction is committed.
    Column("row_id", UUID()),
    Column("version", Integer()),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    comment="Steps that clients named by a key of their own, so that one sent twice is taken once",
)

EVENT_FLOOR: Final = Table(
    "event_floor",
    METADATA,
    Column("single", Boolean(), primary_key=True),
    Column("seq", BigInteger(), nullable=False),
    CheckConstraint("single", name="one_row"),
    comment="Number of the last event that was removed because of its age",
)

UNSEALED_VALUE = Table(
    "unsealed_value",
    METADATA,
    Column("entity", Text(), primary_key=True),
    Column("field", Text(), primary_key=True),
    Column("row_id", UUID(), primary_key=True),
    Column("value", Text(), nullable=False),
    comment="Values of a field that is sealed since a migration, until the hub starts and seals them",
)
"""A migration has no keys. It puts here what it finds in plain; the next start has none of it left."""


async def event_floor(database: Database) -> int:
    """Return the number of the last event that was removed because of its age; 0 where none was."""
    return int(await database.fetchval("SELECT seq FROM event_floor"))
