"""What happened, in the order in which it was committed. Written by the room ``write``, together with what changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from hub.store.tables import METADATA

EVENT = Table(
    "event",
    METADATA,
    # A number is taken under a lock that is held until the commit, so numbers become visible in their order. Who
    # has read up to a number has missed nothing below it. Numbers of transactions that failed are left out.
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text(collation="C"), nullable=False),
    Column("entity", Text(collation="C"), nullable=False),
    Column("row_id", UUID(), nullable=False),
    Column("version", Integer),
    comment="What happened to which row, and no value of it; readers ask policy for the row itself",
)
