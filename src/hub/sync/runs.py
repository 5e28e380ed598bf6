"""The record of a run: one at a time per source, its counts committed with its rows."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.sync.errors import SyncInProgress
from hub.write import UNSEALED, NewEvent, PlainRow, load, new_id, seal_rows, transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from uuid import UUID

    from hub.sync.batch import Counts
    from hub.write import DatabaseConnection, Transaction

_LOCK = 0x68756203
"""First half of the advisory lock of a source; the second is made from its name."""

_OWNER = UNSEALED["SyncRun"]
FINISHED = "sync_run.finished"
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
async def exclusive(connection: DatabaseConnection, source: str) -> AsyncIterator[None]:
    """Hold the source for this session; ``SyncInProgress`` if another one has it.

    The lock belongs to the connection, so a killed hub leaves none behind.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _LOCK, source):
        raise SyncInProgress(f"A synchronisation of {source} is already under way. Wait for its end.")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, source)


async def begin(connection: DatabaseConnection, source: str, now: datetime) -> UUID:
    """Record a new run; mark runs of the source that never ended as failed. Needs ``exclusive``."""
    run = new_id()
    counts = ("rows_read", "rows_loaded", "rows_unchanged", "rows_quarantined", "rows_not_concerned")
    values = {"source": source, "status": "RUNNING", "started_at": now} | dict.fromkeys(counts, 0)
    async with transaction(connection, now) as tx:
        killed = await connection.fetch("SELECT id FROM sync_run WHERE source = $1 AND status = 'RUNNING'", source)
        for row in killed:
            await finish(tx, row[0], "FAILED", KILLED)
        await load(tx, seal_rows(_OWNER, [PlainRow(run, values, "insert")]))
    return run


async def advance(tx: Transaction, run: UUID, counts: Counts) -> None:
    """Write how far the run is; in the transaction of the batch, as its checkpoint."""
    values = {
        "rows_read": counts.read, "rows_loaded": counts.loaded, "rows_unchanged": counts.unchanged,
        "rows_quarantined": counts.quarantined, "rows_not_concerned": counts.not_concerned,
    }  # fmt: skip
    await load(tx, seal_rows(_OWNER, [PlainRow(run, values, "update")]))


async def finish(tx: Transaction, run: UUID, status: str, message: str | None) -> None:
    """Close the record of a run, and tell it: the one event of all the rows that the run has written."""
    values = {"status": status, "message": message, "finished_at": tx.at}
    await load(tx, seal_rows(_OWNER, [PlainRow(run, values, "update")]))
    tx.tell(NewEvent(FINISHED, _OWNER.entity.name, run))
