"""Fills a hub's tables with rows that no department would deliver so: made from the declarations, by chance.

Values are absent wherever they may be, few values stand in many rows, rows lie outside every region, links lead
anywhere or nowhere. A new entity or field is filled without a word here.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asyncpg import Range

from benchmarks.seed import Writer, id_number
from hub.catalog import (
    ROW_ID,
    Boolean,
    CatalogueItems,
    Date,
    IdNumber,
    Integer,
    Money,
    Name,
    OnDays,
    Phone,
    RegionCode,
    RegionCodes,
    Timestamp,
)
from hub.domain import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    import asyncpg

    from hub.catalog import Entity, Field, Link
    from hub.crypto import Vault

COUNTS = {"Region": 45, "CharityOrganisation": 12, "Household": 45, "Person": 90, "HouseholdMember": 110, "SyncRun": 14}
USUAL = 70
FACTOR = int(os.environ.get("HUB_PROPERTY_ROWS", "1"))
"""So many times as many rows, where there are values enough: a long run asks about more of them by one statement."""

REGIONS = (
    "23", "2305", "230502", "230502", "230502001", "230502001001", "230502001002", "230502002", "230503", "230503001",
    "230503001001", "230521", "230521100", "2306", "230602", "230602001", "31", "310101",
)  # fmt: skip
SOURCES = ("civil-affairs", "social-security", "public-security")
TEXTS = (
    "", " ", "a", "A", "Z", "é", "zebra", "10", "9", "_", "%", "a'b", 'a"b', "a\\b", "中", "中文", "幸福路1号", "粮油",
    "\U00020000", "\uffee", "a\nb", "Person:1", "null",
)  # fmt: skip
NAMES = ("赵一", "钱二", "孙三", "李四", "阿不都·热合曼", "Anna Li", "王")
PHONES = ("13800000001", "13800000002", "0469-4221234", "12345")
AMOUNTS = tuple(map(Decimal, ("0.00", "0.01", "650.00", "650.00", "650.50", "1234.56", "-5.00", "999999999999.99")))
DAYS = (date(2026, 1, 1), date(2026, 1, 1), date(2025, 12, 31), date(1950, 2, 28), date(1, 1, 1), date(9999, 12, 31))
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
TIMES = (NOON, NOON, NOON + timedelta(microseconds=1), NOON - timedelta(days=400), NOON + timedelta(milliseconds=500))
WHOLE = (0, 1, 1, 2, 3, 10, -1, 2**31 - 1, -(2**31))


async def fill(pool: asyncpg.Pool, vault: Vault, random: Random) -> None:
    """Write rows of every entity."""
    ids: dict[str, list[UUID]] = {}
    for entity in targets_first():
        write = Writer(pool, vault, entity.name)
        mine: list[UUID] = []
        ids[entity.name] = mine
        unique = {field.name: _distinct(field, random) for field in entity.fields.values() if field.unique}
        few = any(item.type is RegionCode for item in entity.fields.values() if item.unique)
        for _ in range(COUNTS.get(entity.name, USUAL) * (1 if few else FACTOR)):
            row = UUID(int=random.getrandbits(128))
            values = {
                field.name: next(unique[field.name]) if field.unique else _value(field, random)
                for field in entity.fields.values()
                if field.name != "id"
            }
            links = {link.column: _leads_to(link, ids, random) for link in entity.stored_links.values()}
            if entity.log:
                about = random.choice([name for name in ids if CATALOGUE[name].logged and ids[name]])
                values["entity"], links[ROW_ID] = about, random.choice(ids[about])
            await write.add(row, **values, **links)
            mine.append(row)
        await write.flush()
    await pool.execute("ANALYZE")


def targets_first() -> list[Entity]:
    """All entities, each after those that it has links to."""
    found: dict[str, Entity] = {}

    def visit(entity: Entity) -> None:
        for link in entity.stored_links.values():
            if link.target not in found and link.target != entity.name:
                visit(CATALOGUE[link.target])
        found.setdefault(entity.name, entity)

    for entity in sorted(CATALOGUE, key=lambda each: each.log):
        visit(entity)
    return list(found.values())


def _leads_to(link: Link, ids: dict[str, list[UUID]], random: Random) -> UUID | None:
    known = ids[link.target]
    if not known or (link.nullable and random.random() < 0.25):
        return None
    # Some rows have many others hanging on them, most have few or none.
    return random.choice(known[:5] if random.random() < 0.3 else known)


def _distinct(field: Field, random: Random) -> Iterator[Any]:
    if field.type is IdNumber:
        yield from map(id_number, random.sample(range(200_000), 1_000))
    codes = dict.fromkeys(REGIONS) | {f"2305{county:02}{town:03}": None for county in range(3, 9) for town in range(9)}
    yield from random.sample(list(codes), len(codes))


def _value(field: Field, random: Random) -> Any:
    if field.nullable and random.random() < 0.25:
        return None
    made = random.choice(values(field))
    if field.type is OnDays:
        return (Range(None, None),) if made else ()
    if not field.sealed or made is None:
        return made
    return made if field.codes is not None else field.scalar.to_text(made)


def values(field: Field) -> tuple[Any, ...]:
    """The values that a field has here."""
    if field.codes is not None:
        return tuple(field.codes.__members__)[:4]
    if field.name == "source":
        return SOURCES
    known: dict[Any, tuple[Any, ...]] = {
        RegionCode: REGIONS, Name: NAMES, Phone: PHONES, Money: AMOUNTS, Date: DAYS, Timestamp: TIMES, Integer: WHOLE,
        Boolean: (True, True, False), CatalogueItems: (["Need.kind"], ["Recipient.category", "Person.name"]),
        RegionCodes: (["2305"], ["230502", "230503"]), OnDays: (True, True, False),
    }  # fmt: skip
    return known.get(field.type, TEXTS)
