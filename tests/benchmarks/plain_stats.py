"""Plain Strawberry's counts of recipients."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from plain_tables import Recipient
from sqlalchemy import Select, func, select

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")


@strawberry.enum
class EnrolmentStatus(Enum):
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


@strawberry.enum
class RecipientStatsGrouping(Enum):
    CATEGORY = "CATEGORY"
    REGION_COUNTY = "REGION_COUNTY"


@strawberry.input
class EnrolmentStatusFilter:
    in_: Annotated[list[EnrolmentStatus], strawberry.argument(name="in")] = strawberry.field(name="in")


@strawberry.input
class RecipientStatsWhere:
    status: EnrolmentStatusFilter


@strawberry.type
class Amounts:
    monthly_amount: Decimal | None


@strawberry.type
class RecipientStatsGroup:
    category: str | None = None
    region_county: str | None = None
    count: int
    sum: Amounts
    average: Amounts


@strawberry.type
class RecipientStats:
    groups: list[RecipientStatsGroup]
    total: RecipientStatsGroup


def counting(statuses: list[str]) -> Select[Any]:
    """The statement: one row a category and county."""
    category, county, amount = Recipient.category, func.left(Recipient.region, 6), Recipient.monthly_amount
    return (
        select(category, county, func.count(), func.count(amount), func.sum(amount))
        .where(Recipient.status.in_(statuses))
        .group_by(category, county)
        .order_by(category, county)
    )


def counted(rows: Sequence[Any]) -> RecipientStats:
    """The groups, and the total of them all."""
    values, total = sum(row[3] for row in rows), sum((row[4] or Decimal() for row in rows), Decimal())
    groups = [stats_group(*row) for row in rows]
    return RecipientStats(groups=groups, total=stats_group(None, None, sum(row[2] for row in rows), values, total))


def stats_group(
    category: str | None, county: str | None, count: int, values: int, total: Decimal | None
) -> RecipientStatsGroup:
    average = None if not values or total is None else (total / values).quantize(CENT)
    return RecipientStatsGroup(
        category=category,
        region_county=county,
        count=count,
        sum=Amounts(monthly_amount=total),
        average=Amounts(monthly_amount=average),
    )
