"""Plain Strawberry's data loaders: one statement for all the rows that one level of a request asks for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plain_tables import Finding, Household, HouseholdMember, MeansCheck, Person
from sqlalchemy import select
from strawberry.dataloader import DataLoader

from hub.catalog import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from plain_tables import Base
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
    from sqlalchemy.orm import InstrumentedAttribute

    from hub.crypto import Vault

    Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True, slots=True)
class Openers:
    """Open the sealed fields: the row's id in bytes, then the envelope."""

    name: Callable[[bytes, bytes], str]
    id_number: Callable[[bytes, bytes], str]
    phone: Callable[[bytes, bytes], str]
    address: Callable[[bytes, bytes], str]
    value: Callable[[bytes, bytes], str]
    amount: Callable[[bytes, bytes], str]


def openers(vault: Vault) -> Openers:
    """Bind the sealed fields that are asked for."""
    return Openers(
        name=vault.opener("person", "name", Group.IDENTITY).open,
        id_number=vault.opener("person", "id_number", Group.IDENTITY).open,
        phone=vault.opener("person", "phone", Group.CONTACT).open,
        address=vault.opener("household", "address", Group.CONTACT).open,
        value=vault.opener("finding", "value", Group.FINANCE).open,
        amount=vault.opener("finding", "amount", Group.FINANCE).open,
    )


class Loaders:
    """The loaders of one request."""

    def __init__(self, sessions: Sessions) -> None:
        self.people = DataLoader(load_fn=_one(sessions, Person))
        self.households = DataLoader(load_fn=_one(sessions, Household))
        self.members = DataLoader(load_fn=_many(sessions, HouseholdMember, HouseholdMember.household_id))
        self.checks = DataLoader(load_fn=_many(sessions, MeansCheck, MeansCheck.household_id))
        self.findings = DataLoader(load_fn=_many(sessions, Finding, Finding.means_check_id))


def _one(sessions: Sessions, table: type[Any]) -> Callable[[list[UUID]], Any]:
    async def load(keys: list[UUID]) -> Sequence[Base | None]:
        async with sessions() as session:
            found = {row.id: row for row in await session.scalars(select(table).where(table.id.in_(keys)))}
        return [found.get(key) for key in keys]

    return load


def _many(sessions: Sessions, table: type[Any], link: InstrumentedAttribute[Any]) -> Callable[[list[UUID]], Any]:
    async def load(keys: list[UUID]) -> Sequence[list[Base]]:
        found: dict[UUID, list[Base]] = defaultdict(list)
        async with sessions() as session:
            for row in await session.scalars(select(table).where(link.in_(keys)).order_by(table.id)):
                found[getattr(row, link.key)].append(row)
        return [found[key] for key in keys]

    return load
