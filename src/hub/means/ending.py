"""What the end of an authorisation does with the checks of its household, in the transaction in which it ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from hub import write
from hub.domain import CATALOGUE
from hub.means import questions
from hub.means.steps import CHECK, ended
from hub.process.calendar import day_of
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.rules import Rules
from hub.process.take import StepCall, take

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from hub.crypto import Vault
    from hub.write import Transaction, WritableEntity

LOCK: Final = """
SELECT c.id, c.state, c.household_id FROM household_check c
WHERE c.household_id = ANY($1) AND c.state IN ('REQUESTED', 'RUNNING', 'REPORTED', 'RECHECK') ORDER BY c.id FOR UPDATE
"""
_AUTHORISED: Final = "SELECT id FROM household WHERE id = ANY($1) AND check_authorised @> $2::date"
REPORTED: Final = "REPORTED"
REQUESTED: Final = "REQUESTED"


@dataclass(frozen=True, slots=True)
class CheckEnds:
    """The step that ends a check, and how its questions are written."""

    lapse: StepPlan
    questions: WritableEntity

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Plan it."""
        entity, owners = CATALOGUE[CHECK], write.writable(vault)
        assert entity.process is not None  # noqa: S101 - it is declared so
        owner = owners[questions.ENTITY]
        rules = {CHECK: Rules(CHECK, with_steps={"lapse": partial(ended, owner)}, looks_at=("household",))}
        tools = StepTools(CATALOGUE, None, vault, rules, owners)
        return cls(plan_own_step(entity, entity.process.steps["lapse"], tools), owner)


async def lock(tx: Transaction, households: Collection[UUID]) -> None:
    """Lock the checks of these households that are not over: before the households, as the steps of a check do."""
    if households:
        await tx.connection.execute(LOCK, list(households))


async def keep(tx: Transaction, ends: CheckEnds, households: Collection[UUID]) -> None:
    """End the checks of those of these households that are authorised no longer; what is under way is dropped.

    A report that was made stays; nothing that comes later changes it. A check that nobody has started waits for the
    signatures that are missing.
    """
    if not households:
        return
    checks = await tx.connection.fetch(LOCK, list(households))
    if not checks:
        return
    found = await tx.connection.fetch(_AUTHORISED, list(households), day_of(tx.at))
    authorised = {row[0] for row in found}
    for check in checks:
        if check["household_id"] in authorised or check["state"] == REQUESTED:
            continue
        if check["state"] == REPORTED:
            await questions.cancel(tx, ends.questions, check["id"])
        else:
            await take(tx, ends.lapse, StepCall(check["id"], {}, None, None))
