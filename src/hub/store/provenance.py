"""Where every row came from, and what departments said that does not stand.

Bookkeeping of synchronisation, beside the derived tables. Keys of source rows are kept as keyed tokens only:
a household number or a plate is personal data too.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from hub.store.tables import METADATA

PROVENANCE = Table(
    "provenance",
    METADATA,
    # Keyed token of source, table and key: no two sources share one, and nobody reads a plate out of it. It
    # comes first in the key, so that the plan for a batch of tokens is the same with and without statistics.
    Column("key_token", LargeBinary(), primary_key=True),
    # One source row can make rows of two entities: a member is a person and a membership.
    Column("entity", Text(collation="C"), primary_key=True),
    Column("source", Text(collation="C"), nullable=False),
    Column("source_table", Text(collation="C"), nullable=False),
    Column("row_id", UUID(), nullable=False),
    # Keyed token of the mapped content: equal means that there is nothing to write.
    Column("fingerprint", LargeBinary(), nullable=False),
    Column("run_id", UUID(), nullable=False),
    Column("observed_at", DateTime(timezone=True), nullable=False),
    # Since when a complete run has not found the source row any more.
    Column("missing_since", DateTime(timezone=True)),
)
Index(None, PROVENANCE.c.row_id)

CLAIM_WAITING = Table(
    "claim_waiting",
    METADATA,
    Column("row_id", UUID(), primary_key=True),
    Column("field", Text(collation="C"), primary_key=True),
    Column("source", Text(collation="C"), primary_key=True),
    Column("entity", Text(collation="C"), nullable=False),
    # Sealed as an earlier version did: for table "claim", column "<entity>.<field>.<source>" and the row it is about.
    Column("value", LargeBinary(), nullable=False),
    Column("observed_at", DateTime(timezone=True), nullable=False),
    comment="Claims as an earlier version kept them, until the hub starts and seals them anew",
)
