"""What decides between two nights: a night's bid prices, which needs wait under them, and which units were looked at.

Prices say what needs were there and what they were eligible for: they are sealed as a whole, and whoever has the
database without the keyring cannot put others in their place. That a need waits says nothing of its circumstances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from hub.store.tables import METADATA

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from hub.store.audit import Connection

MATCH_PRICES: Final = Table(
    "match_prices",
    METADATA,
    Column("run_id", UUID(), primary_key=True),
    Column("day", Date(), nullable=False),
    Column("prices", LargeBinary(), nullable=False),
    Column("in_force_at", TIMESTAMP(timezone=True)),
    comment="Bid prices of a night, sealed; they decide once what the night found has gone out",
)
MATCH_WAITING: Final = Table(
    "match_waiting",
    METADATA,
    Column("need_id", UUID(), primary_key=True),
    Column("run_id", UUID(), nullable=False),
    Column("decided_at", TIMESTAMP(timezone=True), nullable=False),
    comment="Needs that were decided on since a night, and wait",
)
MATCH_SEEN: Final = Table(
    "match_seen",
    METADATA,
    Column("resource_id", UUID(), primary_key=True),
    Column("run_id", UUID(), nullable=False),
    Column("units", Integer(), nullable=False),
    Column("version", Integer(), nullable=False),
    comment="Of a resource, the fewest units and the version of its criteria by which needs that wait were decided",
)
Index(None, MATCH_PRICES.c.in_force_at)
TABLE, COLUMN = "match_prices", "prices"
LOCK: Final = 0x6875620B
"""Advisory lock: one process at a time decides between nights."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The prices that decide. ``day``: of their night, in Beijing. ``sealed``: see ``matching.nights.bids``."""

    run: uuid.UUID
    day: date
    sealed: bytes


async def append_prices(connection: Connection, run: uuid.UUID, day: date, sealed: bytes) -> None:
    """Keep the prices of a night; they decide nothing yet. Older ones that never did are removed."""
    await connection.execute("DELETE FROM match_prices WHERE in_force_at IS NULL AND day < $1", day)
    await connection.execute("INSERT INTO match_prices VALUES ($1, $2, $3, NULL)", run, day, sealed)


async def put_in_force(connection: Connection, run: uuid.UUID, at: datetime) -> None:
    """Have the prices of a night decide from now on, if there are any; prices that went before are removed."""
    done = await connection.execute("UPDATE match_prices SET in_force_at = $2 WHERE run_id = $1", run, at)
    if done == "UPDATE 1":
        await connection.execute("DELETE FROM match_prices WHERE in_force_at < $1", at)
        await connection.execute("DELETE FROM match_waiting WHERE run_id <> $1", run)
        await connection.execute("DELETE FROM match_seen WHERE run_id <> $1", run)


async def in_force(connection: Connection) -> InForce | None:
    """Return the prices that decide; None where none do."""
    found = await connection.fetchrow(
        "SELECT run_id, day, prices FROM match_prices WHERE in_force_at IS NOT NULL ORDER BY in_force_at DESC LIMIT 1"
    )
    return None if found is None else InForce(*found)


async def wait(
    connection: Connection, run: uuid.UUID, needs: Sequence[uuid.UUID], left: Mapping[uuid.UUID, int], at: datetime
) -> None:
    """Note that needs wait; ``left``: units of the resources that they could have had, as they were decided by.

    For the transaction of the caller: units that come free later than this are more than what is noted.
    """
    await connection.execute(
        "INSERT INTO match_waiting SELECT need, $2, $3 FROM unnest($1::uuid[]) need "
        "ON CONFLICT (need_id) DO UPDATE SET run_id = $2, decided_at = $3",
        list(needs), run, at,
    )  # fmt: skip
    await connection.execute(
        "UPDATE match_seen s SET units = least(s.units, l.units) "
        "FROM unnest($1::uuid[], $2::int[]) AS l(id, units) WHERE s.resource_id = l.id AND s.run_id = $3",
        list(left), list(left.values()), run,
    )  # fmt: skip


async def see(connection: Connection, run: uuid.UUID, rows: Iterable[tuple[uuid.UUID, int, int]]) -> None:
    """Note units and version of criteria of these resources as they are now."""
    resources, units, versions = zip(*rows, strict=True)
    await connection.execute(
        "INSERT INTO match_seen SELECT id, $4, units, version "
        "FROM unnest($1::uuid[], $2::int[], $3::int[]) AS l(id, units, version) "
        "ON CONFLICT (resource_id) DO UPDATE SET run_id = $4, units = excluded.units, version = excluded.version",
        list(resources), list(units), list(versions), run,
    )  # fmt: skip
