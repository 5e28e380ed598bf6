"""The outbox: what happened, written in the transaction in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hub.write.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.write.connection import DatabaseConnection

_LOCK: Final = 0x68756205
"""Advisory lock of the event numbers: without it a number could be committed after a higher one, and be missed."""


CHANNEL: Final = "hub_event"
"""Is notified when events are committed: to wake up who waits, and no more."""


class NewEvent(NamedTuple):
    """What happened to a row, without its values. ``version``: the row's, where its entity counts them."""

    kind: str
    entity: str
    row_id: UUID
    version: int | None = None


async def append(connection: DatabaseConnection, events: Sequence[NewEvent], at: datetime) -> None:
    """Write events, as the last thing that a transaction does: the lock keeps others waiting until its commit."""
    if not events:
        return
    # Whoever waits is told at the commit, and not before.
    await connection.execute("SELECT pg_advisory_xact_lock($1), pg_notify($2, '')", _LOCK, CHANNEL)
    await connection.execute(
        "INSERT INTO event (at, id, kind, entity, row_id, version)"
        " SELECT $1, u.id, u.kind, u.entity, u.row_id, u.version"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[]) WITH ORDINALITY"
        " AS u(id, kind, entity, row_id, version, place) ORDER BY u.place",
        at, [new_id() for _ in events], *zip(*events, strict=True),
    )  # fmt: skip
