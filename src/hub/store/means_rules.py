"""Rules of the means check that reports were made by, as they stood: so that a report can be made again years later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from hub.store.append_only import append_only
from hub.store.tables import METADATA

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.audit import Connection

MEANS_RULES: Final = Table(
    "means_rules",
    METADATA,
    Column("digest", Text(), primary_key=True),
    Column("rules", Text(), nullable=False),
    Column("first_used_at", TIMESTAMP(timezone=True), nullable=False),
    comment="Rules of the means check that reports were made by, by their digest",
)
append_only(MEANS_RULES)


async def keep_rules(connection: Connection, digest: str, rules: str, at: datetime) -> None:
    """Keep rules that something is about to be made by."""
    await connection.execute(
        "INSERT INTO means_rules VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING", digest, rules, at
    )


async def kept_rules(connection: Connection, digest: str) -> str | None:
    """Return rules by their digest; None where nothing was made by them."""
    found: str | None = await connection.fetchval("SELECT rules FROM means_rules WHERE digest = $1", digest)
    return found
