"""Checks of many households at once: the yearly review of a county, what was reported since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub import write
from hub.means.own import open_check
from hub.process.calendar import day_of
from hub.process.take import Taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hub.means.own import CheckSteps
    from hub.store.pool import Pool

# A batch that is run again goes on where it stopped: who has a check of it, or one under way, is left out.
_HOUSEHOLDS: Final = """
SELECT h.id, h.check_authorised @> $2::date AS authorised FROM household h
WHERE (h.region = $1 OR h.region LIKE $1 || '%')
  AND EXISTS (SELECT FROM recipient r WHERE r.household_id = h.id AND r.status <> 'ENDED')
  AND NOT EXISTS (SELECT FROM household_check c WHERE c.household_id = h.id AND (
    c.batch = $3 OR c.state IN ('REQUESTED', 'RUNNING', 'REPORTED', 'RECHECK')))
ORDER BY h.id
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """``opened``: checks that began. ``unauthorised``: households of which a member has not authorised one.

    ``refused``: others that could not be checked, the last reason in ``why``.
    """

    opened: int = 0
    unauthorised: int = 0
    refused: int = 0
    why: str | None = None


async def open_batch(
    pool: Pool, steps: CheckSteps, division: str, reason: str, batch: str, now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Opened:  # fmt: skip
    """Begin a check of every household of a division that receives assistance and authorised it.

    Each in a transaction of its own: whoever is killed goes on by running the same batch again. ``progress`` is called
    with how many are done, of how many.
    """
    async with pool.acquire() as connection:
        rows = await connection.fetch(_HOUSEHOLDS, division, day_of(now), batch)
    done = Opened(unauthorised=sum(not row["authorised"] for row in rows))
    wanted = [row["id"] for row in rows if row["authorised"]]
    for place, household in enumerate(wanted, 1):
        async with pool.acquire() as connection, write.transaction(connection, now) as tx:
            taken = await open_check(tx, steps, household, reason, batch)
            if isinstance(taken, Taken):
                done = replace(done, opened=done.opened + 1)
            else:
                tx.abandon()
                done = replace(done, refused=done.refused + 1, why=taken.message)
        progress(place, len(wanted))
    return done
