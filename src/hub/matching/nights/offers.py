"""What is offered on a day: resources with units left, by the criteria that civil affairs approved."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.predicate import ALWAYS, Within, conj
from hub.matching.criteria import Criteria, CriteriaRefused, parse
from hub.proposals.acting import ACTING
from hub.proposals.holds import units_left
from hub.store.criteria import LABEL, latest_approvals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from hub.crypto import Vault
    from hub.matching.criteria import Widths
    from hub.store.audit import Connection
    from hub.store.criteria import Approval

log = logging.getLogger(__name__)

EVERYBODY: Final = Criteria("null", ALWAYS, ())
"""The criteria of a resource for everybody in need."""
LEVELS: Final = (2, 4, 6, 9, 12)
"""Digits of the codes of divisions: province, city, county, township, village (GB/T 2260, GB/T 10114)."""
_APPROVED: Final = f"""
SELECT r.id, r.title, r.kind, r.area, 0 AS units, r.valid_until, acting.name, acting.regions
FROM charity_resource r {ACTING} WHERE r.area IS NOT NULL ORDER BY r.id
"""
_OFFERED: Final = f"""
SELECT r.id, r.title, r.kind, r.area, r.units, r.valid_until, acting.name, acting.regions
FROM (SELECT r.*, {units_left("$2")} AS units FROM charity_resource r) r {ACTING}
WHERE r.units > 0 AND r.area IS NOT NULL
  AND coalesce(r.valid_from <= $1::date, true) AND coalesce(r.valid_until >= $1::date, true)
ORDER BY r.id
"""
_OVER: Final = """
SELECT resource_id, array_agg(need_id) FROM proposal
WHERE state IN ('DECLINED', 'UNMET', 'REOPENED', 'CLOSED'){of} GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource that can be proposed. ``area``: all within this division; ``capacity``: units left.

    ``charity``: the partner that acts for it. ``valid_until``: last day on offer, where it is stated.
    """

    id: UUID
    title: str
    kind: str
    area: str
    capacity: int
    criteria: Criteria
    charity: str
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered. ``unapproved``: resources whose criteria nobody approved.

    ``unusable``: resources whose area or approved criteria are refused by the widths of today, or whose approval was
    written by a stranger.
    ``unacted``: resources that no partner acts for that is active, a charity and works there: nobody could accept.
    Each is counted once.
    """

    offers: tuple[Offer, ...]
    unapproved: int = 0
    unusable: int = 0
    unacted: int = 0


def by_place(offers: Iterable[Offer]) -> Mapping[tuple[str, str], Sequence[Offer]]:
    """Return offers by kind and division."""
    found: dict[tuple[str, str], list[Offer]] = {}
    for offer in offers:
        found.setdefault((offer.kind, offer.area), []).append(offer)
    return found


def near(placed: Mapping[tuple[str, str], Sequence[Offer]], kind: str, region: str | None) -> Iterator[Offer]:
    """Yield the offers of a kind that serve this division, or one that it lies in. ``placed``: see ``by_place``."""
    for level in LEVELS:
        if region is not None and len(region) >= level:
            yield from placed.get((kind, region[:level]), ())


async def over(connection: Connection, needs: Collection[UUID] | None = None) -> Mapping[UUID, frozenset[UUID]]:
    """Return, by resource, the needs that it was proposed to before, to no avail. What expired may come again.

    ``needs``: of these alone.
    """
    if needs is None:
        rows = await connection.fetch(_OVER.format(of=""))
    else:
        rows = await connection.fetch(_OVER.format(of=" AND need_id = ANY($1)"), list(needs))
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
    unapproved = unusable = unacted = 0
    for resource, title, kind, area, capacity, until, charity, regions in rows:
        if resource not in approvals:
            unapproved += 1
            continue
        criteria = in_force(resource, approvals[resource], widths, known)
        if criteria is None or too_small(area, widths):
            unusable += 1
            continue
        given = given_where(criteria, area, regions) if charity is not None else None
        if given is None:
            unacted += 1
            continue
        found.append(Offer(resource, title, kind, area, capacity, given, charity, until))
    return Offers(tuple(found), unapproved, unusable, unacted)


def too_small(area: str | None, widths: Widths) -> str | None:
    """Say what is wrong where a resource is for less than the smallest division that may be named; otherwise None.

    Whoever is proposed a need for it learns that the need is there.
    """
    if area is None or len(area) <= widths.division.digits:
        return None
    return f"{area} is smaller than the smallest division that may be named, of {widths.division.digits} digits"


def given_where(criteria: Criteria, area: str, regions: Sequence[str]) -> Criteria | None:
    """Return criteria with where the partner works, where that is narrower; None where it is elsewhere altogether."""
    if area.startswith(tuple(regions)):
        return criteria
    within = Within("division", tuple(sorted(each for each in regions if each.startswith(area))))
    if not within.regions:
        return None
    return Criteria(criteria.text, conj((criteria.predicate, within)), (*criteria.parts, ("division", within)))


def in_force(
    resource: UUID, approval: Approval | None, widths: Widths, known: dict[str | None, Criteria | None]
) -> Criteria | None:
    """Return the criteria that were approved; None where they cannot be used. ``known``: by text, those parsed so far.

    ``approval``: None where this hub did not write it.
    """
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
