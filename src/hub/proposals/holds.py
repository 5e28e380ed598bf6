"""What a resource has left: counted from its proposals under a lock, and stored nowhere.

A unit is held by a proposal's state. So nothing has to give it back when the state changes, and no crash can lose one
or give one back twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.process.errors import RuleRefuses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

    from hub.store.audit import Connection
    from hub.write import Transaction

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 12))"
_GIVEN: Final = """(p.state IN ('ACCEPTED', 'DELIVERED', 'CONFIRMED')
   OR p.state = 'ARCHIVED' AND p.unmet_reason IS NULL)"""
"""Whether a proposal ``p`` has its unit for good, as SQL."""
_WAITS: Final = "p.state IN ('OFFERED', 'PROPOSED')"
_TAKES: Final = f"({_WAITS} OR {_GIVEN})"
_OF_PERIOD: Final = "p.resource_id = r.id AND p.period_from IS NOT DISTINCT FROM r.valid_from"
_OF_NEED: Final = f"SELECT EXISTS (SELECT FROM proposal p WHERE p.need_id = $1 AND p.id <> $2 AND {_TAKES})"
HELD: Final = f"EXISTS (SELECT FROM proposal p WHERE p.need_id = n.id AND {_TAKES})"
"""Whether something is proposed for a need ``n`` already, as SQL."""
LEFT: Final = f"(r.capacity_available - (SELECT count(*)::int FROM proposal p WHERE {_OF_PERIOD} AND {_TAKES}))"
"""Units that a resource ``r`` has left, as SQL."""
_OF_RESOURCE: Final = f"""
SELECT r.capacity_available, r.valid_from, r.valid_until,
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.id <> $2 AND {_GIVEN}),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.id <> $2 AND {_WAITS})
FROM charity_resource r WHERE r.id = $1
"""


_USED: Final = f"""
SELECT r.valid_from, r.valid_until, r.unit, r.capacity_available,
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND {_WAITS}),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.state = 'ACCEPTED'),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.state <> 'ACCEPTED' AND {_GIVEN})
FROM charity_resource r WHERE r.id = $1
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What has become of a resource's units in its present period, counted from the states of its proposals.

    ``stated``: by its source; None where the charity has to look first (assessment required), and nothing is proposed.
    ``held``: for proposals that nobody answered. ``accepted``, ``delivered``: taken by one need each.
    """

    begins: date | None
    ends: date | None
    unit: str | None
    stated: int | None
    held: int
    accepted: int
    delivered: int

    @property
    def left(self) -> int:
        """Units that can be had; never less than none, also where the source states fewer than are taken."""
        return max(0, (self.stated or 0) - self.held - self.accepted - self.delivered)


async def used(connection: Connection, resource: UUID) -> Used | None:
    """Return what has become of its units; None where there is no such resource."""
    found = await connection.fetchrow(_USED, resource)
    return None if found is None else Used(*found)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Units of a resource's present period, without the proposal in question.

    ``stated``: by its source, None where the charity has to look first. ``firm``: accepted or given. ``held``: by
    proposals that nobody has answered.
    """

    stated: int | None
    firm: int
    held: int

    def left(self, *, firm: bool) -> int:
        """Units that can be had: of all that are not held, or of those that were not accepted or given."""
        if self.stated is None:
            return 0
        return max(0, self.stated - self.firm - (0 if firm else self.held))


async def one_for_a_need(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Refuse a second proposal for a need; until the transaction ends nobody else makes one."""
    await tx.connection.execute(_LOCK, f"need {row['need']}")
    if await tx.connection.fetchval(_OF_NEED, row["need"], row["id"]):
        raise RuleRefuses("Nothing can be proposed for this need at present.", field="need")


async def take_unit(tx: Transaction, row: Mapping[str, Any], today: date, *, firm: bool) -> None:
    """Refuse a unit that is not there; until the transaction ends nobody else takes one of this resource.

    ``firm``: the proposal holds a unit already, and takes it for good: what was stated may have become less since.
    """
    resource: UUID = row["resource"]
    await tx.connection.execute(_LOCK, f"resource {resource}")
    found = await tx.connection.fetchrow(_OF_RESOURCE, resource, row["id"])
    assert found is not None  # noqa: S101 - the link is followed under a lock before
    stated, first, last, taken, held = found
    if (first is not None and today < first) or (last is not None and today > last):
        raise RuleRefuses(
            f"The resource is on offer {'from ' + str(first) if first else ''}"
            f"{' until ' + str(last) if last else ''}; today is {today}.", field=None if firm else "resource",
        )  # fmt: skip
    if row["period_from"] != first:
        raise RuleRefuses("The resource has begun another period since; have it proposed anew.")
    if stated is None:
        raise RuleRefuses(
            "The resource states no quantity: the charity has to look first how much there is.",
            field=None if firm else "resource",
        )
    if Capacity(stated, taken, held).left(firm=firm) < 1:
        raise RuleRefuses("Nothing is left of the resource.", field=None if firm else "resource")
