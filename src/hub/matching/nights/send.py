"""What a run of matching proposes goes out: each in a transaction of its own, so that one refusal stops no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub import write
from hub.matching.nights.needs import read_needs
from hub.matching.nights.offers import approved_offers, by_place, over
from hub.matching.nights.reasons import Reasons
from hub.matching.nights.run import read_run, record_of, verify_run
from hub.process.calendar import day_of
from hub.process.take import Taken
from hub.proposals import ProposalSteps, propose
from hub.store import match_prices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from hub.matching.nights.material import Material
    from hub.matching.nights.run import NightTools
    from hub.store.pool import PooledConnection

_CHARITY: Final = """
SELECT r.id, o.partner FROM charity_resource r LEFT JOIN charity_organisation o ON o.id = r.organisation_id
WHERE r.id = ANY($1)
"""
NOBODY_ACTS: Final = "No partner acts for the organisation (hub resource act)."


@dataclass(frozen=True, slots=True)
class Sent:
    """``proposed``: proposals that went out. ``refused``: how many did not, by what is said about it."""

    run: UUID
    proposed: int
    refused: Mapping[str, int]


async def send(tools: NightTools, beginning: str, at: datetime) -> Sent:
    """Propose what a stored run says; ``beginning``: of its id, or ``last``. Again, it proposes what is still open.

    What has changed since the run is looked at anew: consent, units, the period, who acts for the organisation. The
    proof is checked first. Raises as ``verify_run`` does.
    """
    await verify_run(tools, beginning)
    run, material = await read_run(tools, beginning)
    steps = ProposalSteps.of(tools.vault, tools.parameters.proposals.assessed)
    refused, proposed = dict[str, int](), 0
    async with tools.pool.acquire() as connection:
        charities = dict(map(tuple, await connection.fetch(_CHARITY, list(material.resources))))
        await tools.account(record_of("propose", len(material.proposed), at))
        reasons = await _reasons(tools, connection, material, at)
        for each in material.proposed.tolist():
            need, resource = material.needs[each], material.resources[int(material.assigned[each])]
            charity, said = charities.get(resource), NOBODY_ACTS
            if charity is not None:
                why = await asyncio.to_thread(reasons.of_night, material, each)
                async with write.transaction(connection, at) as tx:
                    done = await propose(tx, steps, need, resource, charity, str(run.id), why)
                    if isinstance(done, Taken):
                        proposed += 1
                        continue
                    said = done.message
                    tx.abandon()
            refused[said] = refused.get(said, 0) + 1
        # From now on its bid prices decide, until the next night has gone out.
        async with connection.transaction():
            await match_prices.put_in_force(connection, run.id, at)
    return Sent(run.id, proposed, refused)


async def _reasons(tools: NightTools, connection: PooledConnection, material: Material, at: datetime) -> Reasons:
    """What reasons are made of: needs that something is proposed for, and resources, as they are today."""
    ids = [material.needs[each] for each in material.proposed.tolist()]
    offers = (await approved_offers(connection, tools.vault, tools.widths)).offers
    offered = {(offer.kind, offer.area) for offer in offers}
    needs = await read_needs(connection, tools.vault, offered, day_of(at), needs=ids)
    return Reasons.of(needs, by_place(offers), await over(connection, ids), material.resources)
