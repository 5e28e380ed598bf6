"""Plain Strawberry: the part of the hub's schema that is measured, with a resolver for each link, as one writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - Strawberry reads the annotations
from decimal import Decimal  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import plain_tables as tables
import strawberry
from plain_stats import RecipientStats, RecipientStatsGrouping, RecipientStatsWhere, counted, counting
from sqlalchemy import select
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.types import Info as StrawberryInfo

from hub.catalog import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from plain_loaders import Loaders, Openers, Sessions

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Context:
    """What the resolvers of one request share."""

    sessions: Sessions
    open: Openers
    blind: Callable[[str], bytes]
    load: Loaders


Info = StrawberryInfo[Context, None]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Row]):
    node: Row


@strawberry.type
class Connection(Generic[Row]):
    edges: list[Edge[Row]]
    page_info: PageInfo

    @strawberry.field
    def nodes(self) -> list[Row]:
        return [edge.node for edge in self.edges]


def connection(rows: Sequence[Any], first: int, shaped: Callable[[Any], Any]) -> Any:
    """A page of rows, of which one more than asked for was read where there is one."""
    shown = rows[:first]
    end = str(shown[-1].id) if shown else None
    return Connection(
        edges=[Edge(node=shaped(row)) for row in shown],
        page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end),
    )


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Finding:
    kind: str
    department: str
    value: str | None
    amount: str | None
    observed_on: date | None


@strawberry.type
class MeansCheck:
    key: strawberry.Private[UUID]
    outcome: str
    checked_at: datetime

    @strawberry.field
    async def findings(self, info: Info) -> list[Finding]:
        opened = info.context.open
        return [
            Finding(
                kind=row.kind,
                department=row.department,
                value=None if row.value is None else opened.value(row.id.bytes, row.value),
                amount=None if row.amount is None else opened.amount(row.id.bytes, row.amount),
                observed_on=row.observed_on,
            )
            for row in await info.context.load.findings.load(self.key)
        ]


@strawberry.type
class Person(Node):
    row: strawberry.Private[Any]
    birth_date: date | None
    sex: str | None
    region: str | None

    @strawberry.field
    def name(self, info: Info) -> str | None:
        return None if self.row.name is None else info.context.open.name(self.row.id.bytes, self.row.name)

    @strawberry.field
    def id_number(self, info: Info) -> str:
        return info.context.open.id_number(self.row.id.bytes, self.row.id_number)

    @strawberry.field
    def phone(self, info: Info) -> str | None:
        return None if self.row.phone is None else info.context.open.phone(self.row.id.bytes, self.row.phone)


def person(row: Any) -> Person:
    return Person(
        id=strawberry.ID(f"Person:{row.id}"), row=row, birth_date=row.birth_date, sex=row.sex, region=row.region
    )


@strawberry.type
class MemberEdge:
    relationship: str | None
    person_id: strawberry.Private[UUID]

    @strawberry.field
    async def node(self, info: Info) -> Person:
        return person(await info.context.load.people.load(self.person_id))


@strawberry.type
class Members:
    edges: list[MemberEdge]


@strawberry.type
class Household(Node):
    row: strawberry.Private[Any]
    size: int | None

    @strawberry.field
    def address(self, info: Info) -> str | None:
        return None if self.row.address is None else info.context.open.address(self.row.id.bytes, self.row.address)

    @strawberry.field
    async def members(self, info: Info, first: int = 20) -> Members:
        rows = await info.context.load.members.load(self.row.id)
        rows = sorted(rows, key=lambda row: row.person_id)[:first]
        return Members(edges=[MemberEdge(relationship=row.relationship, person_id=row.person_id) for row in rows])

    @strawberry.field
    async def means_checks(self, info: Info, first: int = 20) -> Connection[MeansCheck]:
        rows = await info.context.load.checks.load(self.row.id)
        return connection(
            rows, first, lambda row: MeansCheck(key=row.id, outcome=row.outcome, checked_at=row.checked_at)
        )


@strawberry.type
class Recipient(Node):
    row: strawberry.Private[Any]
    category: str
    status: str
    monthly_amount: Decimal | None
    region: str | None

    @strawberry.field
    async def person(self, info: Info) -> Person:
        return person(await info.context.load.people.load(self.row.person_id))

    @strawberry.field
    async def household(self, info: Info) -> Household | None:
        if self.row.household_id is None:
            return None
        row = await info.context.load.households.load(self.row.household_id)
        return Household(id=strawberry.ID(f"Household:{row.id}"), row=row, size=row.size)


def recipient(row: Any) -> Recipient:
    return Recipient(
        id=strawberry.ID(f"Recipient:{row.id}"),
        row=row,
        category=row.category,
        status=row.status,
        monthly_amount=row.monthly_amount,
        region=row.region,
    )


@strawberry.type
class Query:
    @strawberry.field
    async def recipients(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Recipient]:
        query = select(tables.Recipient).order_by(tables.Recipient.id).limit(first + 1)
        if after is not None:
            query = query.where(tables.Recipient.id > UUID(after))
        async with info.context.sessions() as session:
            rows = (await session.scalars(query)).all()
        return connection(rows, first, recipient)

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - the argument's name in GraphQL
        async with info.context.sessions() as session:
            row = await session.get(tables.Recipient, UUID(id.partition(":")[2]))
        return None if row is None else recipient(row)

    @strawberry.field
    async def person(self, info: Info, id_number: str) -> Person | None:
        index = info.context.blind(normalise.id_number(id_number))
        async with info.context.sessions() as session:
            row = await session.scalar(select(tables.Person).where(tables.Person.id_number_index == index))
        return None if row is None else person(row)

    @strawberry.field
    async def recipient_stats(
        self,
        info: Info,
        group_by: list[RecipientStatsGrouping],  # noqa: ARG002 - the one grouping that is measured
        where: RecipientStatsWhere,
    ) -> RecipientStats:
        async with info.context.sessions() as session:
            rows = (await session.execute(counting([status.value for status in where.status.in_]))).all()
        return counted(rows)


# The caches are what the documentation recommends for speed.
schema = strawberry.Schema(
    Query, types=[Recipient], extensions=[ParserCache(maxsize=512), ValidationCache(maxsize=512)]
)
