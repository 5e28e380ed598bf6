"""What is not kept for ever: events that are long past, and keys that clients named their steps by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.store import match_changes

if TYPE_CHECKING:
    from hub.write.transaction import Transaction

BATCH: Final = 5_000
"""Rows of one transaction."""
NOTES: Final = timedelta(days=1)
"""How long it is kept what changed between two nights, where nobody decides there."""
_LOCK: Final = 0x68756206
"""Advisory lock: one worker at a time removes what is old."""
_OLD: Final = (
    "SELECT max(seq) FROM (SELECT seq, bool_and(at < $1) OVER (ORDER BY seq) AS old"
    f" FROM (SELECT seq, at FROM event ORDER BY seq LIMIT {BATCH}) AS first) AS each"
    " WHERE old AND seq < (SELECT max(seq) FROM event)"
    " AND seq <= coalesce((SELECT min(position) FROM webhook), seq)"
)
"""Up to which event all are older than ``$1``, and none is still to be sent. The last one stays: it has the number."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long events and idempotency keys are kept."""

    events: timedelta
    keys: timedelta


async def prune(tx: Transaction, keep: Retention) -> int:
    """Remove a batch of what is older than it is kept at ``tx.at``; return how many rows that were.

    An event that a webhook has not been sent yet stays, whatever state the webhook is in. Up to where events were
    removed stands in ``event_floor``: who goes on from a place before that is told so, and misses nothing unawares.
    """
    connection = tx.connection
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
        return 0
    keys = await connection.fetchval(
        "WITH gone AS (DELETE FROM idempotency_key WHERE (partner_id, key) IN (SELECT partner_id, key"
        f" FROM idempotency_key WHERE at < $1 ORDER BY at LIMIT {BATCH}) RETURNING 1) SELECT count(*) FROM gone",
        tx.at - keep.keys,
    )
    until = await connection.fetchval(_OLD, tx.at - keep.events)
    events = 0
    if until is not None:
        await connection.execute("UPDATE event_floor SET seq = greatest(seq, $1)", until)
        events = await connection.fetchval(
            "WITH gone AS (DELETE FROM event WHERE seq <= $1 RETURNING 1) SELECT count(*) FROM gone", until
        )
    return int(keys + events) + await match_changes.forget_changes(connection, tx.at - NOTES)
