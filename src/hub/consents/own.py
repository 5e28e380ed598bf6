"""What the hub does with consents itself: what rows say of them, who is told, and how they end.

It is done in the transaction in which a consent, or what it is for, changes. So it holds from the next request on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.domain import CATALOGUE
from hub.means import ending
from hub.process.calendar import day_of
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.take import StepCall, take
from hub.proposals import ProposalSteps, dispose_by
from hub.proposals import keep as keep_proposals
from hub.query import node_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from uuid import UUID

    from hub.crypto import Vault
    from hub.process.rules import Rules
    from hub.write import Transaction

CONSENT: Final = CATALOGUE["Consent"]
NOTICE: Final = "DisposalNotice"
_LOCK: Final = """
SELECT id FROM consent WHERE state IN ('DRAFT', 'IN_FORCE') AND (person_id = ANY($1) OR household_id = ANY($2))
ORDER BY id FOR UPDATE
"""
_OPEN_OF_HOUSEHOLDS: Final = """
SELECT id FROM consent WHERE household_id = ANY($1) AND purpose = 'MEANS_CHECK' AND state IN ('DRAFT', 'IN_FORCE')
ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Dependents:
    """What ends with the consents that it rests on: proposals, and checks of means."""

    proposals: ProposalSteps
    checks: ending.CheckEnds

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Plan the steps that end them."""
        return cls(ProposalSteps.of(vault), ending.CheckEnds.of(vault))


@dataclass(frozen=True, slots=True)
class ConsentSteps:
    """The steps that the hub takes with consents itself."""

    vault: Vault
    dependents: Dependents
    record: StepPlan
    note: StepPlan
    end: StepPlan

    @classmethod
    def of(cls, vault: Vault, rules: Callable[[Dependents], Rules]) -> Self:
        """Plan them. ``rules``: gives those of consents."""
        assert CONSENT.process is not None  # noqa: S101 - it is declared so
        dependents = Dependents.of(vault)
        tools = StepTools(CATALOGUE, None, vault, {CONSENT.name: rules(dependents)}, write.writable(vault))
        steps = CONSENT.process.steps
        return cls(
            vault, dependents, *(plan_own_step(CONSENT, steps[name], tools) for name in ("record", "note", "end"))
        )


async def lock(tx: Transaction, *, people: Collection[UUID] = (), households: Collection[UUID] = ()) -> list[UUID]:
    """Lock the consents of these that are not over, and return them: before any row that they are for is changed.

    The checks of the households are locked after them, as every step does that ends one.
    """
    rows = await tx.connection.fetch(_LOCK, list(people), list(households))
    await ending.lock(tx, households)
    return [row[0] for row in rows]


async def keep(
    tx: Transaction, dependents: Dependents, *, people: Collection[UUID] = (), households: Collection[UUID] = ()
) -> None:
    """Keep what the needs of these people, and these households, say of consents; tell whom it concerns.

    A need that may be shown from now on is an event, for whoever may see it. Where a need was shown and may be no
    longer, whoever could see it is told to dispose of it.
    """
    await ending.lock(tx, households)
    changed = await write.keep_consented(tx, day_of(tx.at), people=people, households=households)
    shown = [need for need in changed if need.status == "OPEN"]
    for need in shown:
        if need.now and not need.was:
            tx.tell(write.NewEvent("Need.consented", "Need", need.id))
    await _tell_to_dispose(tx, [need for need in shown if need.was and not need.now])
    await keep_proposals(tx, dependents.proposals, people)
    await ending.keep(tx, dependents.checks, households)


async def _tell_to_dispose(tx: Transaction, needs: Sequence[write.NeedShown]) -> None:
    if not needs:
        return
    today = day_of(tx.at)
    last = dispose_by(today)
    notices = [
        write.PlainRow(
            write.new_id(),
            {
                "need_id": node_id("Need", str(need.id)), "region": need.region, "made_on": today, "dispose_by": last,
                "current": [(today, last)],
            },
            "insert",
        )
        for need in needs
    ]  # fmt: skip
    await write.load(tx, write.seal_rows(write.UNSEALED[NOTICE], notices))
    for notice in notices:
        tx.tell(write.NewEvent(f"{NOTICE}.made", NOTICE, notice.id))


async def after(dependents: Dependents, tx: Transaction, consent: Mapping[str, Any]) -> None:
    """What follows from a step that was taken with a consent."""
    household = consent.get("household")
    await keep(tx, dependents, people=[consent["person"]], households=[] if household is None else [household])


async def end(tx: Transaction, steps: ConsentSteps, consents: Collection[UUID], reason: str) -> None:
    """End these consents, those that are over already excepted. ``reason``: by the code list."""
    for consent in consents:
        await take(tx, steps.end, StepCall(consent, {"end_reason": reason}, None, None))


async def end_of_households(tx: Transaction, steps: ConsentSteps, households: Collection[UUID], reason: str) -> None:
    """End the authorisations of means checks of these households."""
    if households:
        rows = await tx.connection.fetch(_OPEN_OF_HOUSEHOLDS, list(households))
        await end(tx, steps, [row[0] for row in rows], reason)
