"""Which partner of the hub acts for a charity organisation: an administrator says so, and no source does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub import write
from hub.errors import HubError

if TYPE_CHECKING:
    from uuid import UUID

    from hub.write import Transaction

ACTING: Final = """
LEFT JOIN charity_organisation o ON o.id = r.organisation_id
LEFT JOIN partner acting ON acting.name = o.partner AND acting.state = 'active' AND 'charity' = ANY(acting.roles)
  AND 'charity-matching' = ANY(acting.purposes)
"""
"""Joins the partner that acts for a resource ``r`` as ``acting``; without one nothing of it can be proposed."""
_PARTNER: Final = "SELECT 'charity' = ANY(roles) FROM partner WHERE name = $1"


class NotActing(HubError):
    """There is no such organisation, or no such charity among the partners."""

    code = "HUB-936"


async def act_for(tx: Transaction, organisation: UUID, partner: str) -> None:
    """Have the partner act for the organisation from now on. Raises ``NotActing``."""
    charity = await tx.connection.fetchval(_PARTNER, partner)
    if not charity:
        raise NotActing(
            f"There is no partner {partner}: hub partner list" if charity is None
            else f"Partner {partner} is no charity: hub partner show {partner}"
        )  # fmt: skip
    if not await tx.connection.fetchval("SELECT EXISTS (SELECT FROM charity_organisation WHERE id = $1)", organisation):
        raise NotActing(f"There is no organisation {organisation}: query charityOrganisations")
    changed = write.PlainRow(organisation, {"partner": partner}, "update")
    await write.load(tx, write.seal_rows(write.UNSEALED["CharityOrganisation"], [changed]))
