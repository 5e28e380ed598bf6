"""What workers do to webhooks: claim, look, note. Each is one statement, so a killed worker leaves nothing half."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hub.store.agreements import EPOCH, EPOCH_OF_PARTNER
from hub.store.partners import PARTNER_COLUMNS, partner_from
from hub.store.webhooks import ATTEMPT, LAST_EVENT, Attempt

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from hub.store.partners import Partner
    from hub.store.pool import Database

KEPT = timedelta(days=30)
"""How long attempts stand in the log."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An endpoint that this worker alone sends to, as it is now.

    ``last``: number of the last event there is. ``secrets``: the newest first. ``epoch``, ``granted_at``: of agreements
    and of the partner's own, as a credential has them.
    """

    id: UUID
    claim: UUID
    name: str
    purpose: str
    url: str
    kinds: tuple[str, ...]
    position: int
    failures: int
    last: int
    secrets: tuple[bytes, ...]
    epoch: int
    granted_at: int
    partner: Partner


async def claim_due(database: Database, claim: UUID, now: datetime, lease: timedelta, most: int) -> list[UUID]:
    """Claim endpoints that have something waiting and whose time has come; return their ids.

    Whose turn was longest ago comes first. The claim is for ``lease``, by the clock of the database.
    """
    rows = await database.fetch(
        "UPDATE webhook SET claim = $1, claimed_until = clock_timestamp() + $2 WHERE id IN ("
        f"SELECT id FROM webhook WHERE state = 'active' AND next_at <= $3 AND position < ({LAST_EVENT})"
        " AND (claim IS NULL OR claimed_until < clock_timestamp())"
        " ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING id",
        claim, lease, now, most,
    )  # fmt: skip
    return [row[0] for row in rows]


async def look(database: Database, webhook_id: UUID, claim: UUID, now: datetime, lease: timedelta) -> Claimed | None:
    """Return a claimed endpoint as it is now, claimed anew for ``lease``.

    None where it was paused, disabled or removed, or the claim has gone to another worker.
    """
    row = await database.fetchrow(
        "UPDATE webhook w SET claimed_until = clock_timestamp() + $3 FROM partner p"
        " WHERE w.id = $1 AND w.claim = $2 AND w.state = 'active' AND p.id = w.partner_id"
        f" RETURNING w.name, w.purpose, w.url, w.kinds, w.position, w.failures, ({LAST_EVENT}), ARRAY("
        "SELECT s.secret FROM webhook_secret s WHERE s.webhook_id = w.id"
        " AND (s.ends_at IS NULL OR s.ends_at > $4) ORDER BY s.created_at DESC, s.id DESC),"
        f" ({EPOCH}), {EPOCH_OF_PARTNER}, {PARTNER_COLUMNS}",
        webhook_id, claim, lease, now,
    )  # fmt: skip
    if row is None:
        return None
    name, purpose, url, kinds, position, failures, last, secrets, epoch, granted_at, *partner = row
    return Claimed(
        webhook_id, claim, name, purpose, url, tuple(kinds), position, failures, last, tuple(secrets), epoch,
        granted_at, partner_from(partner),
    )  # fmt: skip


async def number_of(database: Database, event_id: UUID) -> int:
    """Return the number of an event."""
    return int(await database.fetchval("SELECT seq FROM event WHERE id = $1", event_id))


async def note_nothing(database: Database, claimed: Claimed) -> None:
    """Note that nothing of what there was is for this endpoint."""
    await database.execute(
        "UPDATE webhook SET position = $4 WHERE id = $1 AND claim = $2 AND position = $3",
        claimed.id, claimed.claim, claimed.position, claimed.last,
    )  # fmt: skip


async def note_delivered(database: Database, claimed: Claimed, attempt: Attempt) -> None:
    """Note that an event was taken: the next one follows."""
    await _note(
        database, claimed, attempt,
        "position = CASE position WHEN $3 THEN $4 ELSE position END,"
        " failures = 0, failing_since = NULL, reason = NULL, next_at = $5",
        claimed.position, attempt.event, attempt.at,
    )  # fmt: skip


async def note_failed(
    database: Database, claimed: Claimed, attempt: Attempt, *, next_at: datetime, disabled: bool
) -> None:
    """Note that an attempt failed, and when to try again; or that nothing is sent any more."""
    await _note(
        database, claimed, attempt,
        "failures = failures + 1, failing_since = coalesce(failing_since, $3), reason = $4, next_at = $5,"
        " state = CASE WHEN $6 AND state = 'active' THEN 'disabled' ELSE state END",
        attempt.at, attempt.outcome, next_at, disabled,
    )  # fmt: skip


async def release(database: Database, webhook_id: UUID, claim: UUID) -> None:
    """Give a claim back."""
    await database.execute(
        "UPDATE webhook SET claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2", webhook_id, claim
    )


async def note_test(database: Database, webhook_id: UUID, attempt: Attempt) -> None:
    """Note a test."""
    await database.execute(_logging(2), webhook_id, *_values(attempt))


async def next_due(database: Database) -> datetime | None:
    """When the next endpoint with something waiting may be claimed; None where there is none."""
    found: datetime | None = await database.fetchval(
        "SELECT min(greatest(next_at, claimed_until)) FROM webhook"
        f" WHERE state = 'active' AND position < ({LAST_EVENT})"
    )
    return found


async def forget_attempts(database: Database, now: datetime) -> None:
    """Delete what has stood in the log for long enough."""
    await database.execute("DELETE FROM webhook_delivery WHERE at < $1", now - KEPT)


async def _note(database: Database, claimed: Claimed, attempt: Attempt, change: str, *values: Any) -> None:
    await database.execute(
        f"WITH noted AS (UPDATE webhook SET {change} WHERE id = $1 AND claim = $2) {_logging(3 + len(values))}",
        claimed.id, claimed.claim, *values, *_values(attempt),
    )  # fmt: skip


def _logging(first: int) -> str:
    """Write an attempt into the log, unless the endpoint was removed meanwhile. ``first``: number of its parameters."""
    values = ", ".join(f"${number}" for number in range(first, first + len(Attempt.__slots__)))
    return f"INSERT INTO webhook_delivery (webhook_id, {ATTEMPT}) SELECT id, {values} FROM webhook WHERE id = $1"


def _values(attempt: Attempt) -> tuple[Any, ...]:
    return tuple(getattr(attempt, name) for name in Attempt.__slots__)
