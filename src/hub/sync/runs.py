"""The record of a run: one at a time per source, its counts committed with its rows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

from hub.sync.errors import SyncInProgress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from uuid import UUID

    from hub.sync.batch import Counts
    from hub.sync.identify import Session

_LOCK = 0x68756203
"""First half of the advisory lock of a source; the second is made from its name."""

KILLED = "The run ended without finishing: the hub was stopped or killed. What it had committed stands."


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did. ``rows_vanished``: rows of earlier runs that the source no longer has."""

    source: str
    run: UUID
    started_at: datetime
    status: str
    message: str | None
    rows_read: int
    loaded: int
    unchanged: int
    quarantined: int
    not_concerned: int
    vanished: int

    @property
    def ok(self) -> bool:
        """Whether the source was read to its end."""
        return self.status == "SUCCEEDED"


@asynccontextmanager
async def exclusive(session: Session, source: str) -> AsyncIterator[None]:
    """Hold the source for this session; ``SyncInProgress`` if another one has it.

    The lock belongs to the connection, so a killed hub leaves none behind.
    """
    if not await session.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _LOCK, source):
        raise SyncInProgress(f"A synchronisation of {source} is already under way. Wait for its end.")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, source)


async def begin(session: Session, source: str, now: datetime) -> UUID:
    """Record a new run; mark runs of the source that never ended as failed. Needs ``exclusive``."""
    run = uuid7()
    async with session.transaction():
        await session.execute(
            "UPDATE sync_run SET status = 'FAILED', finished_at = $2, message = $3"
            " WHERE source = $1 AND status = 'RUNNING'",
            source, now, KILLED,
        )  # fmt: skip
        await session.execute(
            "INSERT INTO sync_run (id, source, status, started_at, rows_read, rows_loaded, rows_unchanged,"
            " rows_quarantined, rows_not_concerned) VALUES ($1, $2, 'RUNNING', $3, 0, 0, 0, 0, 0)",
            run, source, now,
        )  # fmt: skip
    await session.execute(
        "CREATE TEMP TABLE IF NOT EXISTS sync_seen (token bytea, bad bool, fingerprint bytea, PRIMARY KEY (token, bad))"
    )
    await session.execute("TRUNCATE sync_seen")
    return run


async def advance(session: Session, run: UUID, counts: Counts) -> None:
    """Write how far the run is; in the transaction of the batch, as its checkpoint."""
    await session.execute(
        "UPDATE sync_run SET rows_read = $2, rows_loaded = $3, rows_unchanged = $4, rows_quarantined = $5,"
        " rows_not_concerned = $6 WHERE id = $1",
        run, counts.read, counts.loaded, counts.unchanged, counts.quarantined, counts.not_concerned,
    )  # fmt: skip


async def finish(session: Session, run: UUID, status: str, message: str | None, now: datetime) -> None:
    """Close the record of a run."""
    await session.execute(
        "UPDATE sync_run SET status = $2, message = $3, finished_at = $4 WHERE id = $1", run, status, message, now
    )
