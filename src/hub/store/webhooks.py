"""Webhooks: where a partner has events sent, how far that is, and what became of each attempt.

An endpoint has a position in the outbox, and at most one worker that sends to it: the worker's ``claim`` stands in the
row and ends by itself. Whatever a worker notes counts only while its claim stands; a position counts only where it was
not moved meanwhile, so that a replay is never undone by what was on its way. Secrets come here sealed,
each for its endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import uuid_utils.compat as uuids
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from hub.errors import HubError
from hub.store.partners import NoSuchPartner
from hub.store.tables import METADATA

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from hub.store.audit import Connection
    from hub.store.pool import Database

WEBHOOK: Final = Table(
    "webhook",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("partner_id", UUID, ForeignKey("partner.id"), nullable=False, index=True),
    Column("purpose", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("reason", Text),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("claim", UUID),
    Column("claimed_until", DateTime(timezone=True)),
    CheckConstraint("state IN ('active', 'paused', 'disabled')", name="state"),
    CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="claim"),
    comment="Where partners have events sent, and how far that is",
)
WEBHOOK_SECRET: Final = Table(
    "webhook_secret",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("webhook_id", UUID, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    comment="What webhooks are signed with, sealed; several at a time while a new one takes over",
)
WEBHOOK_DELIVERY: Final = Table(
    "webhook_delivery",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("webhook_id", UUID, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("message", Text),
    Column("event", BigInteger),
    Column("kind", Text),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("milliseconds", Integer, nullable=False),
    Column("request_id", Text, nullable=False),
    comment="Attempts to deliver, without what was sent; request_id: of the audit record",
)
Index(None, WEBHOOK_DELIVERY.c.webhook_id, WEBHOOK_DELIVERY.c.id)
Index(None, WEBHOOK_DELIVERY.c.at)

LAST_EVENT: Final = "SELECT coalesce(max(seq), 0) FROM event"
"""Numbers are given in the order of commits: below the last that is seen, none is missing."""


class NoSuchWebhook(HubError):
    """No webhook has this name."""

    code = "HUB-331"
    status = 404


class WebhookExists(HubError):
    """A webhook of this name is there already."""

    code = "HUB-332"
    status = 409


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint. ``position``: number of the last event that is dealt with; ``waiting``: events behind it.

    ``kinds``: of events that are sent, all where there is none. ``reason``: why the last attempt failed, or why the
    endpoint is disabled.
    """

    id: uuid.UUID
    name: str
    partner: str
    purpose: str
    url: str
    kinds: tuple[str, ...]
    state: str
    position: int
    waiting: int
    created_at: datetime
    failures: int
    failing_since: datetime | None
    reason: str | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one attempt to deliver. ``event``: its number, None of a test; ``message``: the webhook-id."""

    at: datetime
    message: str | None
    event: int | None
    kind: str | None
    attempt: int
    outcome: str
    status: int | None
    milliseconds: int
    request_id: str


_WEBHOOK: Final = (
    "w.id, w.name, p.name, w.purpose, w.url, w.kinds, w.state, w.position,"
    " (SELECT count(*) FROM event e WHERE e.seq > w.position AND (w.kinds = '{}' OR e.kind = ANY(w.kinds))),"
    " w.created_at, w.failures, w.failing_since, w.reason, w.next_at"
)
ATTEMPT: Final = ", ".join(Attempt.__slots__)


def webhook(row: Any) -> Webhook:
    """Read a row of ``_WEBHOOK``."""
    id_, name, partner, purpose, url, kinds, *rest = row
    return Webhook(id_, name, partner, purpose, url, tuple(kinds), *rest)


async def add_webhook(
    connection: Connection,
    *,
    id: uuid.UUID,  # noqa: A002 - the column's name
    name: str,
    partner: str,
    purpose: str,
    url: str,
    kinds: Sequence[str],
    secret: bytes,
    now: datetime,
) -> None:
    """Add an endpoint that gets what happens from now on. ``WebhookExists``, ``NoSuchPartner``."""
    async with connection.transaction():
        if await connection.fetchval("SELECT EXISTS (SELECT 1 FROM webhook WHERE name = $1)", name):
            raise WebhookExists(f"A webhook named {name} is there already. Choose another name.")
        made = await connection.fetchval(
            "INSERT INTO webhook (id, name, partner_id, purpose, url, kinds, state, position, created_at, failures,"
            f" next_at) SELECT $1, $2, p.id, $4, $5, $6, 'active', ({LAST_EVENT}), $7, 0, $7"
            " FROM partner p WHERE p.name = $3 RETURNING id",
            id, name, partner, purpose, url, sorted(set(kinds)), now,
        )  # fmt: skip
        if made is None:
            raise NoSuchPartner(f"There is no partner named {partner}. List the partners there are.")
        await _add_secret(connection, id, secret, now)


async def list_webhooks(database: Database) -> list[Webhook]:
    """Return all endpoints by name."""
    rows = await database.fetch(
        f"SELECT {_WEBHOOK} FROM webhook w JOIN partner p ON p.id = w.partner_id ORDER BY w.name"
    )
    return [webhook(tuple(row)) for row in rows]


async def find_webhook(database: Database, name: str) -> Webhook:
    """Return the endpoint of this name; ``NoSuchWebhook``."""
    row = await database.fetchrow(
        f"SELECT {_WEBHOOK} FROM webhook w JOIN partner p ON p.id = w.partner_id WHERE w.name = $1", name
    )
    if row is None:
        raise _unknown(name)
    return webhook(tuple(row))


async def pause_webhook(database: Database, name: str) -> None:
    """Send nothing more from now on; what is on its way is finished. ``NoSuchWebhook``."""
    await _changed(database, name, "state = 'paused'")


async def resume_webhook(database: Database, name: str, now: datetime, *, skip: bool) -> None:
    """Go on sending, also to an endpoint that was disabled. ``skip``: without what happened meanwhile."""
    position = f"position = ({LAST_EVENT}), " if skip else ""
    await _changed(
        database, name,
        f"{position}state = 'active', failures = 0, failing_since = NULL, reason = NULL, next_at = $2", now,
    )  # fmt: skip


async def move_webhook(database: Database, name: str, position: int, now: datetime) -> None:
    """Send the events behind a position, again or for the first time. ``NoSuchWebhook``."""
    await _changed(database, name, "next_at = $2, position = $3", now, position)


async def position_before(database: Database, since: datetime) -> int:
    """Return the position behind which all events stand that happened at a time or later.

    Some that happened earlier may stand there too: events are numbered as their transactions are committed.
    """
    return int(
        await database.fetchval(
            f"SELECT coalesce((SELECT min(seq) - 1 FROM event WHERE at >= $1), ({LAST_EVENT}))", since
        )
    )


async def last_event(database: Database) -> int:
    """Return the number of the last event."""
    return int(await database.fetchval(LAST_EVENT))


async def remove_webhook(database: Database, name: str) -> None:
    """Forget an endpoint with its secrets and its log. ``NoSuchWebhook``."""
    if await database.fetchval("DELETE FROM webhook WHERE name = $1 RETURNING id", name) is None:
        raise _unknown(name)


async def rotate_secret(
    connection: Connection, webhook_id: uuid.UUID, secret: bytes, now: datetime, until: datetime
) -> None:
    """Sign with a new secret as well, and with those of before until a time."""
    async with connection.transaction():
        await connection.execute("DELETE FROM webhook_secret WHERE webhook_id = $1 AND ends_at <= $2", webhook_id, now)
        await connection.execute(
            "UPDATE webhook_secret SET ends_at = $2 WHERE webhook_id = $1 AND (ends_at IS NULL OR ends_at > $2)",
            webhook_id, until,
        )  # fmt: skip
        await _add_secret(connection, webhook_id, secret, now)


async def secrets_of(database: Database, webhook_id: uuid.UUID, now: datetime) -> list[bytes]:
    """Return what an endpoint's messages are signed with at a time, the newest first."""
    rows = await database.fetch(
        "SELECT secret FROM webhook_secret WHERE webhook_id = $1 AND (ends_at IS NULL OR ends_at > $2)"
        " ORDER BY created_at DESC, id DESC",
        webhook_id, now,
    )  # fmt: skip
    return [row[0] for row in rows]


async def attempts_of(database: Database, webhook_id: uuid.UUID, most: int) -> list[Attempt]:
    """Return the last attempts of an endpoint, the latest first."""
    rows = await database.fetch(
        f"SELECT {ATTEMPT} FROM webhook_delivery WHERE webhook_id = $1 ORDER BY id DESC LIMIT $2", webhook_id, most
    )
    return [Attempt(*row) for row in rows]


async def _add_secret(connection: Connection, webhook_id: uuid.UUID, secret: bytes, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO webhook_secret (id, webhook_id, secret, created_at) VALUES ($1, $2, $3, $4)",
        uuids.uuid7(), webhook_id, secret, now,
    )  # fmt: skip


async def _changed(database: Database, name: str, change: str, *values: Any) -> None:
    found = await database.fetchval(
        f"WITH changed AS (UPDATE webhook SET {change} WHERE name = $1 RETURNING id)"
        " SELECT id, pg_notify('hub_event', '') FROM changed",  # the channel that workers listen to
        name, *values,
    )  # fmt: skip
    if found is None:
        raise _unknown(name)


def _unknown(name: str) -> NoSuchWebhook:
    return NoSuchWebhook(f"There is no webhook named {name}. hub webhook list shows them.")
