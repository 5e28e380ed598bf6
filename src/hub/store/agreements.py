"""Agreements as access depends on them: read by partner and purpose, and guarded by numbers.

``grant_epoch`` has one row. Whatever changes what an agreement grants adds one to it in the same transaction, and every
answer's audit record is written with the number of that moment: an answer that was made by another one was made by
agreements that may no longer hold. ``partner_grant_epoch`` has the number of each partner's last change: agreements
are read again when that moved, and not when somebody else's did.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Table, Text

from hub.cache import Cache
from hub.store.tables import METADATA, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID

    import asyncpg

    from hub.store.audit import Connection

    Database = asyncpg.Pool[asyncpg.Record] | Connection

GRANT_EPOCH: Final = Table(
    "grant_epoch",
    METADATA,
    Column("single", Boolean(), primary_key=True),
    Column("epoch", BigInteger(), nullable=False),
    CheckConstraint("single", name="one_row"),
    comment="How often it has changed what agreements grant",
)
PARTNER_GRANT_EPOCH: Final = Table(
    "partner_grant_epoch",
    METADATA,
    Column("requester", Text(), primary_key=True),
    Column("epoch", BigInteger(), nullable=False),
    comment="At which number of grant_epoch a partner's agreements changed last",
)
_REQUESTS: Final = TABLES["SharingRequest"]
Index(None, _REQUESTS.c.requester, _REQUESTS.c.purpose, _REQUESTS.c.ends_on)
EPOCH: Final = "SELECT epoch FROM grant_epoch"
EPOCH_OF_PARTNER: Final = "coalesce((SELECT g.epoch FROM partner_grant_epoch g WHERE g.requester = p.name), 0)"
"""Of the partner ``p``."""
REMEMBERED_DAYS: Final = 90
"""So long after its last day an agreement is still named as the reason why something is refused; then there is none."""
_STANDING: Final = (
    "SELECT id, version, provider, regions::text, CASE WHEN state = 'ENDED' OR ends_on < $3 THEN 'ended'"
    " WHEN state = 'SUSPENDED' THEN 'suspended' ELSE 'active' END FROM sharing_request"
    " WHERE requester = $1 AND purpose = $2 AND state IN ('ACTIVE', 'SUSPENDED', 'ENDED')"
    f" AND starts_on <= $3 AND ends_on >= $3 - {REMEMBERED_DAYS}"
)
_ITEMS: Final = "SELECT id, version, items::text FROM sharing_request WHERE id = ANY($1)"
AT_A_TIME: Final = 500
"""Lists of items that are read together: others wait for the event loop no longer than those take."""

ItemLists = Cache[tuple["UUID", int], str]
"""Lists of items that were read before, by agreement and version: they are most of what an agreement says."""


class Agreed(NamedTuple):
    """One agreement of a partner as it stands on one day. ``items``, ``regions``: JSON lists; equal ones may be one."""

    provider: str
    items: str
    regions: str
    standing: Literal["active", "suspended", "ended"]


def item_lists() -> ItemLists:
    """Return room for the lists of some hundred thousand agreements; where each is another one, for 100 MB of them."""
    return Cache(1_000_000, lambda _key, text: 1 + len(text) // 100)


async def agreed(
    database: Database, requester: str, purpose: str, today: date, known: ItemLists | None = None
) -> list[Agreed]:
    """Return what a partner's agreements for a purpose cover on a day; one that has not begun covers nothing yet.

    Days decide, whether a worker has ended what is over or not. ``known``: lists of items that need not be read again.
    """
    rows = await database.fetch(_STANDING, requester, purpose, today)
    known = item_lists() if known is None else known
    lists = {row[0]: text for row in rows if (text := known.get((row[0], row[1]))) is not None}
    unread = [row[0] for row in rows if row[0] not in lists]
    for start in range(0, len(unread), AT_A_TIME):
        for id_, version, items in await database.fetch(_ITEMS, unread[start : start + AT_A_TIME]):
            lists[id_] = known.keep((id_, version), sys.intern(items))
    return [Agreed(provider, lists[id_], regions, standing) for id_, _, provider, regions, standing in rows]


async def grants_changed(database: Database, requesters: Collection[str]) -> None:
    """Say that it changes what these partners' agreements grant: from the commit on, no answer made before leaves."""
    await database.execute(
        "WITH now AS (UPDATE grant_epoch SET epoch = epoch + 1 RETURNING epoch)"
        " INSERT INTO partner_grant_epoch (requester, epoch) SELECT u.requester, now.epoch"
        " FROM now, unnest($1::text[]) AS u(requester) ORDER BY u.requester"
        " ON CONFLICT (requester) DO UPDATE SET epoch = excluded.epoch",
        list(requesters),
    )
