"""What a resource has left: counted from its proposals under a lock, and stored nowhere.

A unit is held by a proposal's state. So nothing has to give it back when the state changes, and no crash can lose one
or give one back twice.

Where a resource states no quantity, and that the charity has to look first (assessment required), what is counted is
the proposals that it has not answered: a few at once may wait for its look. What it accepts takes no stated unit away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.process.errors import RuleRefuses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from hub.store.audit import Connection
    from hub.write import Transaction

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 12))"
_HELPED: Final = "p.state IN ('DELIVERED', 'CONFIRMED', 'ARCHIVED')"
_GIVEN: Final = f"(p.state = 'ACCEPTED' OR {_HELPED})"
"""Whether a proposal ``p`` has its unit for good, as SQL."""
_WAITS: Final = "p.state IN ('OFFERED', 'PROPOSED')"
_TAKES: Final = f"({_WAITS} OR {_GIVEN})"
_OF_PERIOD: Final = "p.resource_id = r.id AND p.period_from IS NOT DISTINCT FROM r.valid_from"
_OF_NEED: Final = f"SELECT EXISTS (SELECT FROM proposal p WHERE p.need_id = $1 AND p.id <> $2 AND {_TAKES})"
HELD: Final = f"EXISTS (SELECT FROM proposal p WHERE p.need_id = n.id AND {_TAKES})"
"""Whether something is proposed for a need ``n`` already, as SQL."""
_ASSESSED: Final = "(r.capacity_available IS NULL AND r.assessment_required IS TRUE)"
"""Whether a resource ``r`` is proposed without a quantity, for the charity to look first; as SQL."""
_OF_RESOURCE: Final = f"""
SELECT r.capacity_available, {_ASSESSED}, r.valid_from, r.valid_until,
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.id <> $2 AND {_GIVEN}),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.id <> $2 AND {_WAITS})
FROM charity_resource r WHERE r.id = $1
"""
_USED: Final = f"""
SELECT r.valid_from, r.valid_until, r.unit, r.unit_cost, r.capacity_available,
  CASE WHEN r.assessment_required IS TRUE THEN $2::int END,
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND {_WAITS}),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND p.state = 'ACCEPTED'),
  (SELECT count(*) FROM proposal p WHERE {_OF_PERIOD} AND {_HELPED}),
  (SELECT coalesce(sum(p.amount), 0) FROM proposal p WHERE {_OF_PERIOD} AND {_HELPED})
FROM charity_resource r WHERE r.id = $1
"""


def units_left(most: str) -> str:
    """Units that a resource ``r`` has left, as SQL; none known where it states no quantity, nor that it is assessed.

    ``most``: proposals that may wait at once for a charity that has to look first, as SQL
    (``Proposals.assessed`` of the parameters of matching).
    """
    waiting = f"SELECT count(*)::int FROM proposal p WHERE {_OF_PERIOD} AND {_WAITS}"
    taken = f"SELECT count(*)::int FROM proposal p WHERE {_OF_PERIOD} AND {_TAKES}"
    return f"(CASE WHEN {_ASSESSED} THEN {most}::int - ({waiting}) ELSE r.capacity_available - ({taken}) END)"


@dataclass(frozen=True, slots=True)
class Used:
    """What has become of a resource's units in its present period, counted from the states of its proposals.

    ``stated``: by its source, if it states a quantity. ``assessed``: where the charity has to look first, how many
    proposals may wait for it at once, if no quantity is stated. ``held``: for proposals that nobody answered.
    ``accepted``, ``delivered``: taken by one need each. ``amount``: what was delivered, in the resource's unit.
    """

    begins: date | None
    ends: date | None
    unit: str | None
    unit_cost: Decimal | None
    stated: int | None
    assessed: int | None
    held: int
    accepted: int
    delivered: int
    amount: int

    @property
    def left(self) -> int:
        """What can be proposed; never less than none, also where the source states fewer than are taken."""
        if self.stated is None:
            return max(0, (self.assessed or 0) - self.held)
        return max(0, self.stated - self.held - self.accepted - self.delivered)

    @property
    def cost(self) -> Decimal | None:
        """What the delivered amount cost the charity, CNY; None where it does not say what a unit costs."""
        return None if self.unit_cost is None else self.amount * self.unit_cost


async def used(connection: Connection, resource: UUID, assessed: int) -> Used | None:
    """Return what has become of its units; None where there is no such resource.

    ``assessed``: proposals that may wait at once for a charity that has to look first.
    """
    found = await connection.fetchrow(_USED, resource, assessed)
    return None if found is None else Used(*found)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Units of a resource's present period, without the proposal in question.

    ``stated``: by its source, None where it states no quantity. ``firm``: accepted or given. ``held``: by
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


async def take_unit(tx: Transaction, row: Mapping[str, Any], today: date, *, firm: bool, assessed: int) -> None:
    """Refuse a unit that is not there; until the transaction ends nobody else takes one of this resource.

    ``firm``: the proposal holds a unit already, and takes it for good: what was stated may have become less since.
    ``assessed``: proposals that may wait at once for a charity that has to look first.
    """
    resource: UUID = row["resource"]
    await tx.connection.execute(_LOCK, f"resource {resource}")
    found = await tx.connection.fetchrow(_OF_RESOURCE, resource, row["id"])
    assert found is not None  # noqa: S101 - the link is followed under a lock before
    stated, looks_first, first, last, taken, held = found
    if (first is not None and today < first) or (last is not None and today > last):
        raise RuleRefuses(
            f"The resource is on offer {'from ' + str(first) if first else ''}"
            f"{' until ' + str(last) if last else ''}; today is {today}.", field=None if firm else "resource",
        )  # fmt: skip
    if row["period_from"] != first:
        raise RuleRefuses("The resource has begun another period since; have it proposed anew.")
    if looks_first:
        if not firm and held >= assessed:
            raise RuleRefuses(
                "The charity has to look first, and has as many proposals of this resource to answer as it may have "
                "at once; propose it when one is answered.", field="resource",
            )  # fmt: skip
        return
    if stated is None:
        raise RuleRefuses(
            "The resource states no quantity, nor that the charity has to look first how much there is (assessment "
            "required).", field=None if firm else "resource",
        )  # fmt: skip
    if Capacity(stated, taken, held).left(firm=firm) < 1:
        raise RuleRefuses("Nothing is left of the resource.", field=None if firm else "resource")
