"""What rows say of people's consents: kept current in the transaction in which a consent, or what it is for, changes.

A need may be shown to charities on the days of the consents in force of its person, for that need or for all. A
household's means may be checked on the days on which an authorisation of every member is in force. Both are sets of
days (``OnDays``): the last day of a period needs nobody to act on it.

Two transactions never keep the same row at once: people and households are locked first, in the order of their ids, and
only then is it read what is in force. A transaction that changes consents too has locked those before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID

    from hub.write.transaction import Transaction

_LOCK_PEOPLE: Final = "SELECT FROM person WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_LOCK_HOUSEHOLDS: Final = "SELECT FROM household WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
# What is in force is found once for all rows, not row by row: so it takes no longer where the server knows nothing of
# the tables yet, in the first run of synchronisation for instance.
_IN_FORCE: Final = "c.state = 'IN_FORCE' AND c.starts_on IS NOT NULL"
_NEEDS: Final = f"""
WITH signed AS MATERIALIZED (
  SELECT c.person_id, c.need_id, daterange(c.starts_on, c.ends_on, '[]') AS days FROM consent c
  WHERE c.person_id = ANY($1) AND c.purpose = 'CHARITY_MATCHING' AND {_IN_FORCE}),
kept AS MATERIALIZED (
  SELECT n.id, n.consented AS before, coalesce(range_agg(s.days) FILTER (WHERE s.days IS NOT NULL), '{{}}') AS days
  FROM need n LEFT JOIN signed s ON s.person_id = n.person_id AND coalesce(s.need_id, n.id) = n.id
  WHERE n.person_id = ANY($1) GROUP BY n.id)
UPDATE need n SET consented = kept.days FROM kept WHERE n.id = kept.id AND kept.before <> kept.days
RETURNING n.id, n.region, n.status, coalesce(lower(kept.before) <= $2::date, false), kept.days @> $2::date
"""
_HOUSEHOLDS: Final = f"""
WITH signed AS MATERIALIZED (
  SELECT c.household_id, c.person_id, range_agg(daterange(c.starts_on, c.ends_on, '[]')) AS days FROM consent c
  WHERE c.household_id = ANY($1) AND c.purpose = 'MEANS_CHECK' AND {_IN_FORCE} GROUP BY 1, 2),
kept AS MATERIALIZED (
  SELECT h.id, h.check_authorised AS before, coalesce(
    range_intersect_agg(coalesce(s.days, '{{}}')) FILTER (WHERE m.id IS NOT NULL), '{{}}') AS days
  FROM household h LEFT JOIN household_member m ON m.household_id = h.id
  LEFT JOIN signed s ON s.household_id = h.id AND s.person_id = m.person_id
  WHERE h.id = ANY($1) GROUP BY h.id)
UPDATE household h SET check_authorised = kept.days FROM kept WHERE h.id = kept.id AND kept.before <> kept.days
"""


class NeedShown(NamedTuple):
    """A need of which it changed on which days consent covers it.

    ``was``: by what was in force before, it was shown today or on a day before. ``now``: today is one of its days.
    """

    id: UUID
    region: str | None
    status: str
    was: bool
    now: bool


async def keep_consented(
    tx: Transaction, today: date, *, people: Collection[UUID] = (), households: Collection[UUID] = ()
) -> list[NeedShown]:
    """Keep what the needs of these people, and these households, say of consents; return the needs that changed."""
    if people:
        await tx.connection.execute(_LOCK_PEOPLE, list(people))
    if households:
        await tx.connection.execute(_LOCK_HOUSEHOLDS, list(households))
        await tx.connection.execute(_HOUSEHOLDS, list(households))
    if not people:
        return []
    return [NeedShown(*row) for row in await tx.connection.fetch(_NEEDS, list(people), today)]
