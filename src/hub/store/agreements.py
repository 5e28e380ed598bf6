"""Agreements as access depends on them: read with a partner's credential, and guarded by one number.

``grant_epoch`` has one row. Whatever changes what an agreement grants adds one to it in the same transaction, and every
answer's audit record is written with the number of that moment: an answer that was made by another one was made by
agreements that may no longer hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Table

from hub.store.tables import METADATA, TABLES

if TYPE_CHECKING:
    from hub.store.audit import Connection

GRANT_EPOCH: Final = Table(
    "grant_epoch",
    METADATA,
    Column("single", Boolean(), primary_key=True),
    Column("epoch", BigInteger(), nullable=False),
    CheckConstraint("single", name="one_row"),
    comment="How often it has changed what agreements grant",
)
Index(None, TABLES["SharingRequest"].c.requester)
EPOCH: Final = "SELECT epoch FROM grant_epoch"
OF_PARTNER: Final = (
    "SELECT coalesce(jsonb_agg(jsonb_build_array("
    "s.items, s.provider, s.regions, s.purpose, s.state, s.starts_on, s.ends_on)), '[]') "
    "FROM sharing_request s WHERE s.requester = p.name AND s.state IN ('ACTIVE', 'SUSPENDED', 'ENDED')"
)
"""Those of the partner ``p``; whether one counts today is for its days to say."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A sharing request that was put in force. ``state``: ACTIVE, SUSPENDED or ENDED; the days are Beijing's."""

    items: frozenset[str]
    provider: str
    regions: frozenset[str]
    purpose: str
    state: str
    starts_on: date
    ends_on: date


def agreements(text: str) -> frozenset[Agreement]:
    """Read what ``OF_PARTNER`` gives."""
    return frozenset(
        Agreement(
            frozenset(items), provider, frozenset(regions), purpose, state,
            date.fromisoformat(starts_on), date.fromisoformat(ends_on),
        )
        for items, provider, regions, purpose, state, starts_on, ends_on in orjson.loads(text)
    )  # fmt: skip


async def grants_changed(connection: Connection) -> None:
    """Say that it changes what agreements grant: from this transaction's commit on, no answer made before leaves."""
    await connection.execute("UPDATE grant_epoch SET epoch = epoch + 1")
