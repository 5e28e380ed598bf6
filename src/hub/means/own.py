"""What the hub does with checks itself: batches, reports when everybody has answered, home visits that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.domain import CATALOGUE
from hub.means import questions
from hub.means.reporting import Reporter
from hub.means.steps import CHECK, CheckWork, check_rules, recheck_rules, visit_rules
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.take import StepCall, Taken, take

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.questions import Answering
    from hub.means.rules import Rules as MeansRules
    from hub.means.steps import Ordering
    from hub.process.errors import StepError
    from hub.process.rules import Rules
    from hub.store.pool import Pool
    from hub.write import Transaction, WritableEntity

    Over = Callable[[Transaction, UUID], Awaitable[None]]

# A check whose questions are all answered or late; and one of which something was answered after its last report.
_DUE: Final = """
SELECT c.id FROM household_check c WHERE c.state = 'RUNNING' AND NOT EXISTS (
  SELECT FROM check_question q WHERE q.household_check_id = c.id AND q.state = ANY($1))
ORDER BY c.id LIMIT $2
"""
_RENEWED: Final = """
SELECT c.id FROM household_check c WHERE c.state = 'REPORTED' AND EXISTS (
  SELECT FROM check_question q WHERE q.household_check_id = c.id AND q.answered_at > (
    SELECT max(h.taken_at) FROM household_check_step h WHERE h.row_id = c.id AND h.step IN (
      'report', 'close', 'time_out', 'renew')))
ORDER BY c.id LIMIT $1
"""
_RELATIVE: Final = """
SELECT staff_relative FROM household_check WHERE household_id = $1 AND staff_relative IS NOT NULL
ORDER BY state_since DESC LIMIT 1
"""
_STATE: Final = """
SELECT c.state, EXISTS (SELECT FROM check_question q WHERE q.household_check_id = c.id AND q.state = ANY($2))
FROM household_check c WHERE c.id = $1 FOR UPDATE OF c
"""


@dataclass(frozen=True, slots=True)
class CheckSteps:
    """The steps that the hub takes itself, and the files of rules that all steps go by.

    ``unusable``: why nothing may be reported by the rules of means checks.
    """

    open: StepPlan
    report: StepPlan
    renew: StepPlan
    rules: tuple[Rules, ...]
    unusable: str | None

    @classmethod
    def of(
        cls, vault: Vault, means: MeansRules, sources: Collection[Answering], over: Over, *, unusable: str | None = None
    ) -> Self:
        """Plan them. ``sources``: those that answer questions. ``over``: ends authorisations of a household.

        ``unusable``: why nothing may be reported by these rules.
        """
        owners, check = write.writable(vault), CATALOGUE[CHECK]
        assert check.process is not None  # noqa: S101 - it is declared so
        visits, rechecks = visit_rules(), recheck_rules()
        order, recheck = (_ordering(vault, owners, rules) for rules in (visits, rechecks))
        work = CheckWork(
            owners[questions.ENTITY], tuple(sources), Reporter.of(vault, means, owners, order, recheck), order, over,
            unusable=unusable,
        )  # fmt: skip
        checks = check_rules(work)
        tools = StepTools(CATALOGUE, None, vault, {CHECK: checks}, owners)
        steps = check.process.steps
        opened, report, renew = (plan_own_step(check, steps[name], tools) for name in ("open", "report", "renew"))
        return cls(opened, report, renew, (checks, visits, rechecks), unusable)


def _ordering(vault: Vault, owners: Mapping[str, WritableEntity], rules: Rules) -> Ordering:
    """What begins a row of a process with its step ``order``. ``rules``: of that process."""
    entity = CATALOGUE[rules.entity]
    assert entity.process is not None  # noqa: S101 - it is declared so
    tools = StepTools(CATALOGUE, None, vault, {rules.entity: rules}, owners)
    plan = plan_own_step(entity, entity.process.steps["order"], tools)

    async def order(tx: Transaction, given: Mapping[str, Any]) -> None:
        done = await take(tx, plan, StepCall(None, given, None, None))
        assert isinstance(done, Taken)  # noqa: S101 - nothing refuses it

    return order


async def open_check(
    tx: Transaction, steps: CheckSteps, household: UUID, reason: str, batch: str | None
) -> Taken | StepError:
    """Begin a check that a batch asks for, and ask the departments. The caller gives up what is refused.

    Who is a close relative of staff was said with the check before, and a batch forgets it of nobody (DB 11).
    """
    relative = await tx.connection.fetchval(_RELATIVE, household)
    given = {"household": household, "reason": reason, "staff_relative": relative, "batch": batch}
    given = {name: value for name, value in given.items() if value is not None}
    return await take(tx, steps.open, StepCall(None, given, None, None))


async def settle(pool: Pool, steps: CheckSteps, check: UUID, at: datetime) -> bool:
    """Report a check, in a transaction of its own, if there is something new to report; whether it was."""
    async with pool.acquire() as connection, write.transaction(connection, at) as tx:
        row = await tx.connection.fetchrow(_STATE, check, list(questions.OPEN))
        if row is None or row[0] not in ("RUNNING", "REPORTED") or (row[0] == "RUNNING" and row[1]):
            return False
        plan = steps.report if row[0] == "RUNNING" else steps.renew
        done = await take(tx, plan, StepCall(check, {}, None, None))
        if not isinstance(done, Taken):
            tx.abandon()
    return isinstance(done, Taken)


async def unsettled(tx: Transaction, most: int) -> list[UUID]:
    """Checks that there is something new to report of, which nobody has: of a process that was killed, for instance."""
    due = await tx.connection.fetch(_DUE, list(questions.OPEN), most)
    late = await tx.connection.fetch(_RENEWED, most)
    return [row[0] for row in (*due, *late)]
