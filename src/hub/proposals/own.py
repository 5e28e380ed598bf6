"""What the hub does with proposals itself: a run of matching proposes, and consent that is over ends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.domain import CATALOGUE
from hub.process.calendar import day_of
from hub.process.plan import StepPlan, StepTools, plan_own_step
from hub.process.take import StepCall, Taken, take
from hub.proposals import contacts
from hub.proposals.contacts import Contacts
from hub.proposals.rules import proposal_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from hub.crypto import Vault
    from hub.process.errors import StepError
    from hub.write import Transaction, WritableEntity

PROPOSAL: Final = CATALOGUE["Proposal"]
REASON: Final = "ProposalReason"
_REGION: Final = "SELECT region FROM proposal WHERE id = $1"
_OVER: Final = """
SELECT p.id FROM proposal p LEFT JOIN need n ON n.id = p.need_id
WHERE p.person_id = ANY($1) AND NOT coalesce(n.consented @> $2::date, false)
"""
_OF_PEOPLE: Final = """
SELECT p.id, p.state, p.person_id, p.need_id, p.contact_open <> '{}' AS open,
  coalesce(n.consented @> $2::date, false) AS consented
FROM proposal p LEFT JOIN need n ON n.id = p.need_id
WHERE p.person_id = ANY($1) AND (p.state IN ('OFFERED', 'PROPOSED', 'ACCEPTED') OR p.contact_open <> '{}') ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class ProposalSteps:
    """The steps that the hub takes itself."""

    propose: StepPlan
    lapse: StepPlan
    reasons: WritableEntity

    @classmethod
    def of(cls, vault: Vault, assessed: int = 0) -> Self:
        """Plan them. ``assessed``: as ``proposal_rules`` takes it; whoever never proposes need not know it."""
        assert PROPOSAL.process is not None  # noqa: S101 - it is declared so
        rules = {PROPOSAL.name: proposal_rules(Contacts.of(vault), assessed)}
        owners, steps = write.writable(vault), PROPOSAL.process.steps
        tools = StepTools(CATALOGUE, None, vault, rules, owners)
        return cls(
            plan_own_step(PROPOSAL, steps["propose"], tools), plan_own_step(PROPOSAL, steps["lapse"], tools),
            owners[REASON],
        )  # fmt: skip


async def propose(
    tx: Transaction, steps: ProposalSteps, need: UUID, resource: UUID, charity: str, run: str,
    reasons: Sequence[Mapping[str, Any]] = (),
) -> Taken | StepError:  # fmt: skip
    """Propose a resource for a need, as a run of matching says; hold a unit of it. Nothing is left where it is refused.

    ``charity``: the partner that acts for the organisation whose resource it is. ``reasons``: fields of
    ``ProposalReason``. The caller gives the transaction up where it gets a refusal.
    """
    given = {"need": need, "resource": resource, "charity": charity, "run": run}
    done = await take(tx, steps.propose, StepCall(None, given, None, None))
    if isinstance(done, Taken) and reasons:
        about = {"proposal": done.row_id, "region": await tx.connection.fetchval(_REGION, done.row_id)}
        rows = [write.PlainRow(write.new_id(), {**about, **each}, "insert") for each in reasons]
        await write.load(tx, write.seal_rows(steps.reasons, rows))
    return done


async def keep(tx: Transaction, steps: ProposalSteps, people: Collection[UUID]) -> None:
    """Do with proposals what follows from the consents of these people, which have just changed.

    Those that wait or were accepted end where consent is over, and their units are free; why anything was proposed is
    deleted, whatever became of it. Of those that were delivered, and where only who it is may be told no longer, the
    copy is deleted and the charity told.
    """
    if not people:
        return
    today, gone = day_of(tx.at), []
    await write.forget_reasons(tx, [row[0] for row in await tx.connection.fetch(_OVER, list(people), today)])
    for row in await tx.connection.fetch(_OF_PEOPLE, list(people), today):
        if row["state"] in ("OFFERED", "PROPOSED", "ACCEPTED") and not row["consented"]:
            done = await take(tx, steps.lapse, StepCall(row["id"], {}, None, None))
            if not isinstance(done, Taken) and row["open"]:  # another step was quicker, and it stands otherwise now
                gone.append(row["id"])
        elif row["open"] and not await contacts.days_of(tx, row["person_id"], row["need_id"]):
            gone.append(row["id"])
    for proposal in await write.forget_contacts(tx, gone, contacts.dispose_by(today)):
        tx.tell(write.NewEvent("Proposal.contactClosed", PROPOSAL.name, proposal))
