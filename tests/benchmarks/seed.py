"""Fills a hub's tables with synthetic recipients, sealed as sync would seal them, without any department.

For measurements and for tests of the query engine that need known rows rather than realistic ones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from asyncpg import Range

from hub.catalog import OnDays
from hub.domain import CATALOGUE
from hub.store.tables import TABLES

if TYPE_CHECKING:
    import asyncpg

    from hub.crypto import Vault

COUNTIES = ("230502", "230503", "230505", "230506", "230521", "230522", "230523", "230524")
CATEGORIES = ("DIBAO", "DIBAO", "DIBAO", "TEKUN", "DIBAO_MARGIN", "TEMPORARY", "DISABILITY_SUBSIDY")
ENTITIES = ("Household", "Person", "HouseholdMember", "Recipient", "MeansCheck", "Finding")
ROWS_EACH = 12
"""Rows of all entities for each recipient."""
BATCH = 5_000
NEWEST = datetime(2026, 6, 30, tzinfo=UTC)


class Writer:
    """Collects rows of one entity and copies them in batches. ``keep``: also keep them with nothing sealed."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, entity: str, *, keep: bool = True) -> None:
        self.pool, self.vault, self.keep = pool, vault, keep
        self.entity = CATALOGUE[entity]
        self.columns = [
            column.name
            for column in TABLES[entity].columns
            if column.name != "field_origins" and column.computed is None and column.identity is None
        ]
        self.rows: list[tuple[Any, ...]] = []
        self.plain: list[dict[str, Any]] = []
        self.sealers = [
            (field.column, vault.sealer(self.entity.table, field.column, field.group).seal)
            for field in self.entity.fields.values()
            if field.sealed
        ]
        self.on_days = [field.column for field in self.entity.fields.values() if field.type is OnDays]
        self.indexes = [
            (field.index_column, field.column, field.scalar.key, vault.blind(self.entity.table, field.column))
            for field in self.entity.fields.values()
            if field.lookup
        ]

    async def add(self, row_id: UUID, /, **values: Any) -> None:
        row = {"id": row_id, **dict.fromkeys(self.on_days, ()), **values}
        if self.keep:
            # Days here have begun and do not end: that there are some says that today is one.
            self.plain.append({**row, **{name: bool(row[name]) for name in self.on_days}})
        for column, source, key, index in self.indexes:
            value = row.get(source)
            row[column] = None if value is None else index(key(value))
        place = row_id.bytes
        for column, seal in self.sealers:
            value = row.get(column)
            if value is not None:
                row[column] = bytes(seal(place, value))
        self.rows.append(
            tuple(
                orjson.dumps(value).decode() if isinstance(value, list) else value
                for value in map(row.get, self.columns)
            )
        )

    async def flush(self) -> None:
        if self.rows:
            async with self.pool.acquire() as connection:
                await connection.copy_records_to_table(self.entity.table, records=self.rows, columns=self.columns)
            self.rows = []


def id_number(serial: int) -> str:
    """Return a distinct number for every serial below ten million (without a real calendar's limits)."""
    day = date(1930, 1, 1) + timedelta(days=serial // 8 % 30_000)
    order = serial // 240_000
    body = f"{COUNTIES[serial % 8]}{day:%Y%m%d}{order % 1000:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


async def seed(pool: asyncpg.Pool, vault: Vault, recipients: int) -> dict[str, list[dict[str, Any]]]:
    """Write ``recipients`` recipients; return their rows, with nothing sealed, for tests to compare answers with."""
    rows = await write_rows(pool, vault, range(recipients), keep=True)
    await pool.execute("ANALYZE")
    return rows


async def write_rows(
    pool: asyncpg.Pool, vault: Vault, numbers: range, *, keep: bool
) -> dict[str, list[dict[str, Any]]]:
    """Write a recipient for each number, in a household of two members with two means checks of two findings.

    What a recipient is follows from its number alone, so that several processes can write a part each. Return the
    rows by entity, with nothing sealed; without ``keep`` none, so that memory stays what one batch takes.
    """
    serial = count(1 + numbers.start * ROWS_EACH)

    def fresh() -> UUID:
        # UUIDv7 in form, the serial as time: rows have a known order.
        at = next(serial)
        return UUID(int=(at << 80) | (7 << 76) | (2 << 62) | (at * 0x9E3779B97F4A7C15 & ((1 << 62) - 1)))

    write = {name: Writer(pool, vault, name, keep=keep) for name in ENTITIES}
    for number in numbers:
        region = f"{COUNTIES[number % 8]}{100 + number // 8 % 12:03}{200 + number % 7:03}"
        household, person, other = fresh(), fresh(), fresh()
        await write["Household"].add(
            household,
            region=region,
            address=f"幸福路{number}号",
            size=1 + number % 5,
            declared_monthly_income=Decimal(number % 3000),
            declared_vehicles=number % 2,
            declared_homes=1,
            check_authorised_on=date(2026, 1, 1) if number % 50 else None,
            check_authorised=(Range(date(2026, 1, 1), None),) if number % 50 else (),
        )
        for index, who in enumerate((person, other)):
            at = number * 2 + index
            await write["Person"].add(
                who,
                id_number=id_number(at),
                name=f"{'赵钱孙李周吴郑王'[at % 8]}测{'一二三四五六七八九'[at % 9]}",
                sex=("MALE", "FEMALE")[at % 2],
                birth_date=date(1940, 1, 1) + timedelta(days=at % 25_000),
                phone=f"1400{at % 10_000_000:07}",
                region=region,
            )
            await write["HouseholdMember"].add(
                fresh(), household_id=household, person_id=who, region=region,
                relationship=("HEAD", "SPOUSE")[index],
            )  # fmt: skip
        await write["Recipient"].add(
            fresh(),
            person_id=person,
            household_id=household,
            category=CATEGORIES[number % len(CATEGORIES)],
            status="ENDED" if number % 11 == 0 else "ACTIVE",
            monthly_amount=None if number % 13 == 0 else Decimal(300 + number % 500),
            region=region,
            approved_on=date(2024, 1, 1) + timedelta(days=number % 700),
        )
        for check in range(2):
            means_check = fresh()
            await write["MeansCheck"].add(
                means_check,
                household_id=household,
                outcome="CONSISTENT" if (number + check) % 9 else "INCONSISTENT",
                checked_at=NEWEST - timedelta(days=300 * check, seconds=number),
                region=region,
            )
            for kind, department in (("PENSION", "SOCIAL_SECURITY"), ("VEHICLE", "PUBLIC_SECURITY")):
                await write["Finding"].add(
                    fresh(),
                    person_id=person,
                    means_check_id=means_check,
                    department=department,
                    kind=kind,
                    value=f"{1000 + number % 900}.00 CNY/month" if kind == "PENSION" else "1 vehicle",
                    amount=f"{1000 + number % 900}.00" if kind == "PENSION" else None,
                    observed_on=date(2026, 6, 1),
                    region=region,
                )
        if number % BATCH == BATCH - 1:
            for name in ENTITIES:  # in this order: links lead to rows that are there
                await write[name].flush()
    for writer in write.values():
        await writer.flush()
    return {name: writer.plain for name, writer in write.items()}
