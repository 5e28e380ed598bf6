"""Deaths that departments report: the check that one calls for is ordered with the report, and opened by the hub.

A dead member still counts in the report, for it is the household register that says who belongs to a household; what
would follow without the member stands beside it (``hub.means.deceased``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.domain import CATALOGUE
from hub.means.own import open_check
from hub.means.steps import RECHECK, recheck_rules
from hub.process.calendar import day_of
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.take import StepCall, Taken, take

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.own import CheckSteps
    from hub.store.pool import Pool

REASON: Final = "DEATH"
MOST: Final = 200
# Due, with every member's authorisation and no check under way: what the step that opens one demands.
_OPENABLE: Final = """
SELECT d.id, d.household_id FROM death_recheck d JOIN household h ON h.id = d.household_id
WHERE d.state = 'DUE' AND h.check_authorised @> $1::date AND NOT EXISTS (
  SELECT FROM household_check c WHERE c.household_id = d.household_id
  AND c.state IN ('REQUESTED', 'RUNNING', 'REPORTED', 'RECHECK'))
ORDER BY d.until, d.id LIMIT $2
"""
_CHECKING: Final = """
SELECT d.id, c.reports_made > 0 AS reported FROM death_recheck d JOIN household_check c ON c.id = d.followed_by_id
WHERE d.state = 'CHECKING' AND (c.reports_made > 0 OR c.state IN ('WITHDRAWN', 'CANCELLED'))
ORDER BY d.id LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Rechecks:
    """The steps that the hub takes itself."""

    begin: StepPlan
    give_back: StepPlan
    complete: StepPlan

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Plan them."""
        entity, owners = CATALOGUE[RECHECK], write.writable(vault)
        assert entity.process is not None  # noqa: S101 - it is declared so
        tools = StepTools(CATALOGUE, None, vault, {RECHECK: recheck_rules()}, owners)
        names = ("begin", "give_back", "complete")
        return cls(*(plan_own_step(entity, entity.process.steps[name], tools) for name in names))

    async def settle(self, pool: Pool, steps: CheckSteps, at: datetime) -> int:
        """Open the checks that are due, and note those that were reported; return how many were opened."""
        async with pool.acquire() as connection:
            done = await connection.fetch(_CHECKING, MOST)
            due = await connection.fetch(_OPENABLE, day_of(at), MOST)
        for row in done:
            await self._take(pool, self.complete if row["reported"] else self.give_back, row["id"], {}, at)
        return sum([await self._open(pool, steps, row["id"], row["household_id"], at) for row in due])

    async def _take(self, pool: Pool, plan: StepPlan, row: UUID, given: dict[str, Any], at: datetime) -> None:
        async with pool.acquire() as connection, write.transaction(connection, at) as tx:
            if not isinstance(await take(tx, plan, StepCall(row, given, None, None)), Taken):
                tx.abandon()

    async def _open(self, pool: Pool, steps: CheckSteps, row: UUID, household: UUID, at: datetime) -> bool:
        """Both or neither: whoever comes second finds the household being checked, and gives up."""
        async with pool.acquire() as connection, write.transaction(connection, at) as tx:
            opened = await open_check(tx, steps, household, REASON, None)
            if isinstance(opened, Taken):
                given = {"followed_by": opened.row_id}
                if isinstance(await take(tx, self.begin, StepCall(row, given, None, None)), Taken):
                    return True
            tx.abandon()
        return False
