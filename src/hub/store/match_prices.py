"""What decides between two nights: a night's bid prices, which needs wait under them, and what was last seen on offer.

Prices say what needs were there and what they were eligible for: they are sealed as a whole, and whoever has the
database without the keyring cannot put others in their place. That a need waits says nothing of its circumstances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ARRAY, Column, Date, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from hub.store.tables import METADATA, TABLES

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from hub.store.audit import Connection

MATCH_PRICES: Final = Table(
    "match_prices",
    METADATA,
    Column("run_id", UUID(), primary_key=True),
    Column("day", Date(), nullable=False),
    Column("prices", LargeBinary(), nullable=False),
    Column("in_force_at", TIMESTAMP(timezone=True)),
    Column("looked_at", TIMESTAMP(timezone=True)),
    comment="Bid prices of a night, sealed; they decide once what the night found has gone out",
)
MATCH_WAITING: Final = Table(
    "match_waiting",
    METADATA,
    Column("need_id", UUID(), primary_key=True),
    Column("run_id", UUID(), nullable=False),
    Column("decided_at", TIMESTAMP(timezone=True)),
    comment="Needs since a night: those that are to be decided on, and those that were, and wait",
)
MATCH_SEEN: Final = Table(
    "match_seen",
    METADATA,
    Column("resource_id", UUID(), primary_key=True),
    Column("run_id", UUID(), nullable=False),
    Column("units", Integer(), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("kind", Text(collation="C"), nullable=False),
    Column("area", Text(collation="C")),
    Column("charity", Text()),
    Column("regions", ARRAY(Text())),
    comment="A resource as it was last looked at, and the fewest units by which needs that wait were decided",
)
Index(None, MATCH_PRICES.c.in_force_at)
Index(None, MATCH_WAITING.c.run_id, postgresql_where=MATCH_WAITING.c.decided_at.is_(None))
Index(None, MATCH_SEEN.c.kind, MATCH_SEEN.c.area)
Index(None, TABLES["Need"].c.kind, TABLES["Need"].c.region, postgresql_where=text("status = 'OPEN'"))
Index(None, TABLES["Proposal"].c.run, TABLES["Proposal"].c.resource_id)
TABLE, COLUMN = "match_prices", "prices"
LOCK: Final = 0x6875620B
"""Advisory lock: one process at a time decides between nights."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The prices that decide. ``day``: of their night, in Beijing. ``looked_at``: when all was looked at under them."""

    run: uuid.UUID
    day: date
    looked_at: datetime | None


async def append_prices(connection: Connection, run: uuid.UUID, day: date, sealed: bytes) -> None:
    """Keep the prices of a night; they decide nothing yet. Older ones that never did are removed."""
    await connection.execute("DELETE FROM match_prices WHERE in_force_at IS NULL AND day < $1", day)
    await connection.execute("INSERT INTO match_prices (run_id, day, prices) VALUES ($1, $2, $3)", run, day, sealed)


async def put_in_force(connection: Connection, run: uuid.UUID, at: datetime) -> None:
    """Have the prices of a night decide from now on, if there are any; prices that went before are removed."""
    done = await connection.execute(
        "UPDATE match_prices SET in_force_at = $2, looked_at = NULL WHERE run_id = $1", run, at
    )
    if done == "UPDATE 1":
        await connection.execute("DELETE FROM match_prices WHERE in_force_at < $1", at)
        await connection.execute("DELETE FROM match_waiting WHERE run_id <> $1", run)
        await connection.execute("DELETE FROM match_seen WHERE run_id <> $1", run)


async def in_force(connection: Connection) -> InForce | None:
    """Return the prices that decide; None where none do."""
    found = await connection.fetchrow(
        "SELECT run_id, day, looked_at FROM match_prices WHERE in_force_at IS NOT NULL"
        " ORDER BY in_force_at DESC LIMIT 1"
    )
    return None if found is None else InForce(*found)


async def sealed_prices(connection: Connection, run: uuid.UUID) -> bytes | None:
    """Return the prices of a night, sealed (see ``matching.nights.bids``); None where they are gone by now."""
    found: bytes | None = await connection.fetchval("SELECT prices FROM match_prices WHERE run_id = $1", run)
    return found


async def looked(connection: Connection, run: uuid.UUID, at: datetime) -> None:
    """Note that all needs and all resources were looked at."""
    await connection.execute("UPDATE match_prices SET looked_at = $2 WHERE run_id = $1", run, at)


async def decided(
    connection: Connection, run: uuid.UUID, waits: Collection[uuid.UUID], over: Collection[uuid.UUID],
    left: Mapping[uuid.UUID, int], at: datetime,
) -> None:  # fmt: skip
    """Note which needs wait, and which are no longer to be decided on. ``left``: units of resources that were given.

    For the transaction of the caller: units that come free later than this are more than what is noted.
    """
    await connection.execute(
        "UPDATE match_waiting SET decided_at = $2 WHERE need_id = ANY($1) AND run_id = $3", list(waits), at, run
    )
    if over:
        await connection.execute("DELETE FROM match_waiting WHERE need_id = ANY($1)", list(over))
    if left:
        await connection.execute(
            "UPDATE match_seen s SET units = least(s.units, l.units) "
            "FROM unnest($1::uuid[], $2::int[]) AS l(id, units) WHERE s.resource_id = l.id AND s.run_id = $3",
            list(left), list(left.values()), run,
        )  # fmt: skip
