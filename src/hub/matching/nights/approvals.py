"""Civil affairs approves criteria: what a charity states counts from then on, in this version, and not before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import asyncpg

from hub.matching.criteria import Criteria, CriteriaRefused, Fault
from hub.matching.errors import NoSuchResource
from hub.matching.nights.offers import EVERYBODY, given_where, stated, too_small
from hub.proposals.acting import ACTING
from hub.store.audit import AuditRecord, own_record
from hub.store.criteria import LABEL, Approval, append_approval, latest_approvals, next_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.crypto import Vault
    from hub.matching.criteria import Widths
    from hub.store.pool import Pool

Standing = Literal["approved", "changed", "waiting", "refused"]
"""``changed``: since it was approved, which still counts. ``refused``: what is stated cannot be used."""
SHORTEST: Final = 8
"""Hexadecimal digits that are enough of a digest."""
_READ: Final = f"""
SELECT r.id, r.title, r.kind, r.area, r.criteria, r.minimum_age, r.maximum_age, r.organisation_id,
  acting.name AS charity, acting.regions
FROM charity_resource r {ACTING} WHERE $1::uuid IS NULL OR r.id = $1 ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class StatedResource:
    """A resource with what it states. ``criteria``: None where that is refused, for ``faults``.

    ``approved``: the version that counts; None where none does. ``charity``: the partner that acts for it where it is
    given; None where nobody does, and nothing of it is proposed. ``organisation``: whose it is.
    """

    id: UUID
    title: str
    kind: str
    area: str | None
    criteria: Criteria | None
    faults: tuple[Fault, ...]
    approved: Approval | None
    charity: str | None
    organisation: UUID | None

    @property
    def digest(self) -> str | None:
        """What approves what is stated, and nothing else."""
        return None if self.criteria is None else self.criteria.digest.hex()

    @property
    def standing(self) -> Standing:
        """How it stands."""
        if self.criteria is None:
            return "refused"
        if self.approved is None:
            return "waiting"
        return "approved" if _text(self.criteria) == self.approved.criteria else "changed"


async def stated_resources(
    pool: Pool, vault: Vault, widths: Widths, resource: UUID | None = None
) -> Sequence[StatedResource]:
    """Return all resources, or one, in the order of ids."""
    async with pool.acquire() as connection:
        approvals = await latest_approvals(connection, vault.mac(LABEL))
        rows = await connection.fetch(_READ, resource)
    found = []
    for row in rows:
        criteria, faults = _read(row, widths)
        found.append(
            StatedResource(
                row["id"], row["title"], row["kind"], row["area"], criteria, faults, approvals.get(row["id"]),
                _charity(row), row["organisation_id"],
            )
        )  # fmt: skip
    return found


def _charity(row: asyncpg.Record) -> str | None:
    if row["charity"] is None or given_where(EVERYBODY, row["area"] or "", row["regions"]) is None:
        return None
    name: str = row["charity"]
    return name


def _read(row: asyncpg.Record, widths: Widths) -> tuple[Criteria | None, tuple[Fault, ...]]:
    try:
        criteria = stated(row["criteria"], widths)
    except CriteriaRefused as refused:
        return None, refused.faults
    if wrong := too_small(row["area"], widths):
        return None, (Fault("", f"the area {wrong}"),)
    ages = row["minimum_age"], row["maximum_age"]
    if criteria is EVERYBODY and ages != (None, None):
        return None, (Fault("", "the resource has an age limit and states no criteria: everybody would be eligible"),)
    return criteria, ()


async def approve(
    pool: Pool,
    vault: Vault,
    account: Callable[[AuditRecord], Awaitable[object]],
    widths: Widths,
    resource: UUID,
    digest: str,
    *,
    by: str,
    at: datetime,
) -> Approval:
    """Approve what a resource states. ``digest``: of what was read and is meant, or its beginning.

    Raises ``CriteriaRefused``, and ``NoSuchResource`` where it states something else by now. What is approved already
    stays as it is.
    """
    found = await stated_resources(pool, vault, widths, resource)
    if not found:
        raise NoSuchResource(f"There is no resource {resource}: hub resource list")
    (one,) = found
    if one.criteria is None:
        raise CriteriaRefused(one.faults)
    if len(digest) < SHORTEST or not one.criteria.digest.hex().startswith(digest.lower()):
        raise NoSuchResource(
            f"The resource {resource} states something else than what was to be approved, {digest}. "
            f"Read it again: hub resource show {resource}"
        )
    if one.approved is not None and one.standing == "approved":
        return one.approved
    async with pool.acquire() as connection:
        version = await next_version(connection, resource)
    made = Approval(
        resource_id=resource, version=version, criteria=_text(one.criteria), widths=widths.version, approved_at=at,
        approved_by=by,
    )  # fmt: skip
    token = vault.token("audit literal")
    await account(own_record("match:approve", 1, at, literals=token(f"CharityResource.id={resource}")))
    try:
        async with pool.acquire() as connection:
            await append_approval(connection, made, vault.mac(LABEL))
    except asyncpg.UniqueViolationError:
        raise NoSuchResource(f"Somebody else approved criteria of {resource} meanwhile. Read it again.") from None
    return made


def _text(criteria: Criteria) -> str | None:
    return None if criteria is EVERYBODY else criteria.text
