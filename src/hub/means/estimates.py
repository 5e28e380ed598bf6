"""Estimates that partners ask for: taken under the right to count, reckoned by the worker, kept as they may be shown.

Two estimates that differ by little differ by few households. So standards are whole tens of yuan, a partner asks a
limited number of times a day, and every number is rounded down to a multiple of the smallest group: their differences
are never those of a few households.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.catalog.predicate import admits
from hub.domain import CATALOGUE
from hub.means.declared import all_cases
from hub.means.rules import NoStandard
from hub.means.what_if import reckon, shown
from hub.process.errors import RuleRefuses
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.rules import Asked, Rules
from hub.process.take import StepCall, Taken, take
from hub.process.worker import now_in_utc, wait
from hub.store.locks import alone
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.rules import Rules as MeansRules
    from hub.means.what_if import ShownCounty
    from hub.policy import Policies
    from hub.store.pool import Pool
    from hub.write import Transaction

    Account = Callable[[int, datetime], Awaitable[None]]

log = logging.getLogger(__name__)

ENTITY: Final = "Estimate"
COUNTY: Final = "EstimatedCounty"
STEP: Final = Decimal(10)
"""Standards are multiples of it, CNY."""
MOST: Final = Decimal(100_000)
AHEAD: Final = timedelta(days=3 * 366)
A_DAY: Final = 20
"""Estimates that a partner may ask for in a day."""
MONEY: Final = 1_000
"""What money is rounded down to a multiple of, CNY."""
PAUSE: Final = 5.0
AFTER_FAULT: Final = 30.0
_LOCK: Final = 0x68756213
_ASKED: Final = """
SELECT count(*) FROM estimate e JOIN estimate_step s ON s.row_id = e.id AND s.step = 'request'
WHERE e.requester = $1 AND s.taken_at > $2 AND e.id <> $3
"""
_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 14))"
_NEXT: Final = """
SELECT id, region, standard, begins_on FROM estimate WHERE state = 'REQUESTED' ORDER BY state_since, id LIMIT 1
"""


def estimate_rules(policies: Policies | None, unusable: str | None = None) -> Rules:
    """The file of rules of ``Estimate``. ``policies``: None where only the hub's own steps are planned.

    ``unusable``: why nothing may be said by the rules of means checks.
    """

    def requested(asked: Asked) -> None:
        if unusable is not None:
            raise RuleRefuses(unusable)
        region, standard, begins = asked.value("region"), Decimal(asked.value("standard")), asked.value("begins_on")
        if policies is not None and asked.by is not None:
            checks = CATALOGUE["HouseholdCheck"]
            where = policies.decide(asked.by, "aggregate", checks, "outcome").where
            if not admits(where, {"region": region}):
                raise RuleRefuses("You may not count the checks of this division.", field="region")
        if not 0 < standard <= MOST or standard % STEP:
            raise RuleRefuses(
                f"A standard is a multiple of {STEP} yuan, up to {MOST:,}: finer steps would tell of few households.",
                field="standard",
            )
        if not asked.today <= begins <= asked.today + AHEAD:
            raise RuleRefuses("Say a day from today on, within three years.", field="begins_on")

    async def counted(tx: Transaction, row: Mapping[str, Any]) -> None:
        # Two requests of one moment do not both see the last place free.
        await tx.connection.execute(_ALONE, f"estimates {row['requester']}")
        asked = await tx.connection.fetchval(_ASKED, row["requester"], tx.at - timedelta(days=1), row["id"])
        if asked >= A_DAY:
            raise RuleRefuses(f"{A_DAY} estimates were asked for within a day; ask again tomorrow.")

    return Rules(ENTITY, guards={"request": requested}, with_steps={"request": counted})


@dataclass(frozen=True, slots=True)
class Estimating:
    """Reckons estimates that were asked for, one after the other. Any number may run: one at a time reckons.

    ``account``: puts on record over how many households.
    """

    pool: Pool
    vault: Vault
    rules: MeansRules
    smallest: int
    account: Account
    reckon: StepPlan
    give_up: StepPlan
    counties: write.WritableEntity
    now: Callable[[], datetime] = now_in_utc

    @classmethod
    def of(
        cls, pool: Pool, vault: Vault, rules: MeansRules, smallest: int, account: Account,
        now: Callable[[], datetime] = now_in_utc,
    ) -> Self:  # fmt: skip
        """Bind it to a vault."""
        entity, owners = CATALOGUE[ENTITY], write.writable(vault)
        assert entity.process is not None  # noqa: S101 - it is declared so
        tools = StepTools(CATALOGUE, None, vault, {ENTITY: estimate_rules(None)}, owners)
        steps = entity.process.steps
        plans = [plan_own_step(entity, steps[name], tools) for name in ("reckon", "give_up")]
        return cls(pool, vault, rules, smallest, account, plans[0], plans[1], owners[COUNTY], now)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set."""
        while not stop.is_set():
            pause = PAUSE
            try:
                if await self.once():
                    continue
            except FAULTS as error:
                # Its text may quote a value; its kind does not.
                log.warning("the database did not answer an estimate (%s)", type(error).__name__)
                pause = AFTER_FAULT
            await wait(pause, stop)

    async def once(self) -> int:
        """Reckon the estimate that waits longest; return how many that were."""
        if await self.pool.fetchval("SELECT id FROM estimate WHERE state = 'REQUESTED' LIMIT 1") is None:
            return 0
        async with alone(self.pool, _LOCK) as connection:
            row = None if connection is None else await connection.fetchrow(_NEXT)
            if row is None:
                return 0
            await self._reckon(row["id"], row["region"], row["standard"], row["begins_on"])
        return 1

    async def _reckon(self, estimate: UUID, region: str, standard: Decimal, day: date) -> None:
        counties: Mapping[str, ShownCounty] = {}
        why: str | None = None
        try:
            # Where no rule says a standard, the connection that households are read on is given back all the same.
            async with aclosing(all_cases(self.pool, self.vault, region)) as cases:
                found = await reckon(self.rules, cases, day, {self.rules.bundle.standard: standard})
            counties = shown(found, self.smallest)
            await self.account(sum(each.households for each in found.values()), self.now())
        except NoStandard as missing:
            why = missing.message
        plan = self.reckon if why is None else self.give_up
        given = {"rules_digest": self.rules.digest} if why is None else {"impossible": why}
        async with self.pool.acquire() as connection, write.transaction(connection, self.now()) as tx:
            if not isinstance(await take(tx, plan, StepCall(estimate, given, None, None)), Taken):
                tx.abandon()
                return
            rows = [
                write.PlainRow(write.new_id(), self._kept(estimate, code, each), "insert")
                for code, each in counties.items()
            ]
            await write.load(tx, write.seal_rows(self.counties, rows))

    def _kept(self, estimate: UUID, code: str, county: ShownCounty) -> dict[str, Any]:
        counts = {
            "households": county.households, "within_now": county.before, "enter": county.enter, "leave": county.leave,
        }  # fmt: skip
        rounded = {name: None if count is None else count - count % self.smallest for name, count in counts.items()}
        more = None if county.more is None else county.more // MONEY * MONEY
        return {"estimate": estimate, "region": code, **rounded, "more": more}
