"""What proposals keep of people: sealed, and deleted in the transaction in which a charity may know it no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.write.change import complete

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from hub.write.transaction import Transaction
    from hub.write.writable import WritableEntity

    Period = tuple[date, date | None]
    """First and last day; None where it has none."""

_FORGET: Final = """
UPDATE proposal SET contact_name = NULL, contact_phone = NULL, contact_open = '{}',
  dispose_by = coalesce($2::date, dispose_by)
WHERE id = ANY($1) AND contact_open <> '{}' RETURNING id
"""


async def keep_contact(
    tx: Transaction, owner: WritableEntity, proposal: UUID, values: Mapping[str, Any], days: Sequence[Period]
) -> None:
    """Keep who a proposal is for, sealed. ``values``: name and telephone number in plain. ``days``: to be shown on."""
    await complete(tx, owner, proposal, {**values, "contact_open": days})


async def forget_contacts(tx: Transaction, proposals: Collection[UUID], dispose_by: date | None = None) -> list[UUID]:
    """Delete name and telephone number from proposals; return those that had any.

    ``dispose_by``: last day for whoever received them to dispose of them.
    """
    return [row[0] for row in await tx.connection.fetch(_FORGET, list(proposals), dispose_by)]


async def forget_reasons(tx: Transaction, proposals: Collection[UUID]) -> None:
    """Delete why these proposals were made: it tells which criteria somebody fulfils."""
    if proposals:
        await tx.connection.execute("DELETE FROM proposal_reason WHERE proposal_id = ANY($1)", list(proposals))
