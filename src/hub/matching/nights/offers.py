"""What is offered on a day: resources with units left, by the criteria that civil affairs approved."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.predicate import ALWAYS
from hub.matching.criteria import Criteria, CriteriaRefused, parse
from hub.proposals.holds import units_left
from hub.store.criteria import LABEL, latest_approvals

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from hub.crypto import Vault
    from hub.matching.criteria import Widths
    from hub.store.audit import Connection
    from hub.store.criteria import Approval

log = logging.getLogger(__name__)

EVERYBODY: Final = Criteria("null", ALWAYS, ())
"""The criteria of a resource for everybody in need."""
_APPROVED: Final = """
SELECT id, title, kind, area, 0 AS units, valid_until FROM charity_resource WHERE area IS NOT NULL ORDER BY id
"""
_OFFERED: Final = f"""
SELECT id, title, kind, area, units, valid_until
FROM (SELECT r.*, {units_left("$2")} AS units FROM charity_resource r) offered
WHERE units > 0 AND area IS NOT NULL
  AND coalesce(valid_from <= $1::date, true) AND coalesce(valid_until >= $1::date, true)
ORDER BY id
"""

_OVER: Final = """
SELECT resource_id, array_agg(need_id) FROM proposal
WHERE state IN ('DECLINED', 'UNMET', 'REOPENED') AND ($1::uuid[] IS NULL OR need_id = ANY($1)) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource that can be proposed. ``area``: all within this division; ``capacity``: units left.

    ``valid_until``: last day on offer, where it is stated.
    """

    id: UUID
    title: str
    kind: str
    area: str
    capacity: int
    criteria: Criteria
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered. ``unapproved``: resources whose criteria nobody approved.

    ``unusable``: resources whose approved criteria are refused by the widths of today, or were written by a stranger.
    """

    offers: tuple[Offer, ...]
    unapproved: int = 0
    unusable: int = 0


async def over(connection: Connection, needs: Collection[UUID] | None = None) -> Mapping[UUID, frozenset[UUID]]:
    """Return, by resource, the needs that it was proposed to before, to no avail. What expired may come again.

    ``needs``: of these alone.
    """
    rows = await connection.fetch(_OVER, None if needs is None else list(needs))
    return {resource: frozenset(needs) for resource, needs in rows}


async def read_offers(connection: Connection, vault: Vault, widths: Widths, day: date, assessed: int) -> Offers:
    """Return what is offered on this day, in the order of ids.

    ``assessed``: proposals that may wait at once for a charity that has to look first.
    """
    return await _offers(connection, vault, widths, await connection.fetch(_OFFERED, day, assessed))


async def approved_offers(connection: Connection, vault: Vault, widths: Widths) -> Offers:
    """Return all resources whose criteria are approved, in the order of ids, whatever is left: with no unit."""
    return await _offers(connection, vault, widths, await connection.fetch(_APPROVED))


async def _offers(connection: Connection, vault: Vault, widths: Widths, rows: Sequence[Any]) -> Offers:
    approvals = await latest_approvals(connection, vault.mac(LABEL))
    known: dict[str | None, Criteria | None] = {}
    found: list[Offer] = []
    unapproved = unusable = 0
    for resource, title, kind, area, capacity, until in rows:
        if resource not in approvals:
            unapproved += 1
            continue
        criteria = _in_force(resource, approvals, widths, known)
        if criteria is None:
            unusable += 1
            continue
        found.append(Offer(resource, title, kind, area, capacity, criteria, until))
    return Offers(tuple(found), unapproved, unusable)


def _in_force(
    resource: UUID,
    approvals: Mapping[UUID, Approval | None],
    widths: Widths,
    known: dict[str | None, Criteria | None],
) -> Criteria | None:
    approval = approvals[resource]
    if approval is None:
        log.error("ALARM the approval of a resource's criteria was not written by this hub: %s", resource)
        return None
    text = approval.criteria
    if text not in known:
        known[text] = _parsed(text, widths)
    return known[text]


def _parsed(text: str | None, widths: Widths) -> Criteria | None:
    try:
        return EVERYBODY if text is None else parse(text, widths)
    except CriteriaRefused:
        return None


def stated(criteria: Any, widths: Widths) -> Criteria:
    """Return what a resource states: everybody where it states nothing. Raises ``CriteriaRefused``."""
    return EVERYBODY if criteria is None or not str(criteria).strip() else parse(criteria, widths)
