"""What partners' look-ups have used up, one row for each partner: the same for all processes, and after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub.store.pool import Pool

ANSWER_SECONDS: Final = 2.0
"""How long a look-up waits for this row. Without an answer there is no look-up."""

# What found something need not be on disk before its answer leaves: a crash of the server may forget half a second.
_CHARGE: Final = """
WITH durable AS (SELECT set_config(
    'synchronous_commit', CASE WHEN $3::float8 = 0 THEN 'off' ELSE current_setting('synchronous_commit') END, true
))
INSERT INTO lookup_use AS used (partner, looked_up_until, missed_until, day_until)
SELECT $1::text, now() + $2::float8 * interval '1 second', now() + $3::float8 * interval '1 second',
    now() + $4::float8 * interval '1 second' FROM durable
ON CONFLICT (partner) DO UPDATE SET
    looked_up_until = greatest(used.looked_up_until, now()) + $2::float8 * interval '1 second',
    missed_until = greatest(used.missed_until, now()) + $3::float8 * interval '1 second',
    day_until = greatest(used.day_until, now()) + $4::float8 * interval '1 second'
RETURNING extract(epoch FROM looked_up_until - now())::float8, extract(epoch FROM missed_until - now())::float8,
    extract(epoch FROM day_until - now())::float8
"""


@dataclass(frozen=True, slots=True)
class LookupUse:
    """Seconds until all look-ups, and all that found nothing, are made up for; 0 or less where they are.

    ``day``: until all look-ups are by what a day allows.
    """

    looked_up: float
    missed: float
    day: float = 0.0


NOTHING_USED: Final = LookupUse(0.0, 0.0)


async def charge(pool: Pool, partner: str, looked_up: float, missed: float, day: float) -> LookupUse:
    """Add seconds to what the partner has used up, and return what that makes now, by the database's clock.

    Raises ``TimeoutError`` where the database does not answer in time, and what the driver raises.
    """
    async with asyncio.timeout(ANSWER_SECONDS):
        row = await pool.fetchrow(_CHARGE, partner, looked_up, missed, day)
    assert row is not None  # noqa: S101 - the statement returns the row that it writes
    return LookupUse(*row)
