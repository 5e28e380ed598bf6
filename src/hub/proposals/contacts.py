"""Who a proposal is for: told to the charity that accepted it, on the days of consent to that, and to nobody else.

It is a copy under the proposal's own seal. A charity has no right to people's rows, so that nothing of them is shown
by way of a link; and what is over is deleted here, not hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from hub import write
from hub.catalog import working_days
from hub.catalog.predicate import ALWAYS
from hub.domain import CATALOGUE
from hub.process.calendar import day_of, last_day
from hub.process.locking import linked_sql, look, row_reader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date
    from uuid import UUID

    from hub.crypto import Vault
    from hub.process.locking import RowReader
    from hub.write import Transaction, WritableEntity

DISPOSAL: Final = working_days(10)
"""Time for disposing of what was received; no text sets it."""
_DAYS: Final = """
SELECT starts_on, ends_on FROM consent WHERE person_id = $1 AND coalesce(need_id, $2) = $2
AND purpose = 'CHARITY_MATCHING' AND scope = 'NEED_AND_IDENTITY' AND state = 'IN_FORCE' AND starts_on IS NOT NULL
ORDER BY starts_on, id
"""


@dataclass(frozen=True, slots=True)
class Contacts:
    """How a person is read, and a proposal written."""

    owner: WritableEntity
    person: str
    read_person: RowReader

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Bind them to a vault."""
        owners = write.writable(vault)
        return cls(
            owners["Proposal"], linked_sql(owners["Person"], ALWAYS, CATALOGUE), row_reader(owners["Person"], vault)
        )


async def days_of(tx: Transaction, person: UUID, need: UUID) -> list[tuple[date, date | None]]:
    """The periods on which the charity may know who it is."""
    return [tuple(row) for row in await tx.connection.fetch(_DAYS, person, need)]


async def open_to_charity(tx: Transaction, made: Contacts, row: Mapping[str, Any]) -> None:
    """Copy name and telephone number, if the person consented to that."""
    periods = await days_of(tx, row["person"], row["need"])
    person = await look(tx, made.person, made.read_person, row["person"]) if periods else None
    if person is not None:
        values = {"contact_name": person["name"], "contact_phone": person["phone"]}
        await write.keep_contact(tx, made.owner, row["id"], values, periods)


async def close(tx: Transaction, proposals: Collection[UUID]) -> None:
    """Delete what was copied; whoever was told disposes of it in time."""
    await write.forget_contacts(tx, proposals, dispose_by(day_of(tx.at)))


def dispose_by(today: date) -> date:
    """The last day for disposing of what was received, where consent to it ends today."""
    return last_day(today, DISPOSAL).day
