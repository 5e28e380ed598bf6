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

_APPEND: Final = """
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($7), pg_notify($8, ''))
INSERT INTO event (at, id, kind, entity, row_id, version)
SELECT $1, u.id, u.kind, u.entity, u.row_id, u.version
FROM turn, unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[]) WITH ORDINALITY
    AS u(id, kind, entity, row_id, version, place)
ORDER BY u.place
"""
"""The lock is taken before the rows are sorted, and they are numbered after that. Who waits is told at the commit."""


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
    await connection.execute(_APPEND, at, [new_id() for _ in events], *zip(*events, strict=True), _LOCK, CHANNEL)
