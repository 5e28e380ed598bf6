"""Numbers and days that policies compare: PostgreSQL finds the rows that Cedar would, absent values and ends included.

Unit tests hold the predicates against Cedar (``tests/unit/policy/test_agrees_with_cedar.py``); here is the other half.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import asyncpg
import pytest
from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, Numeric, Table, select

from hub.catalog.predicate import ALWAYS, Compare, IsNull, Not, admits, conj, disj, negate
from hub.domain import CATALOGUE
from hub.query.statement.conditions import DIALECT, Conditions, Parameters
from hub.store.pool import dsn

DAYS = (date.min, date.min + timedelta(1), date(2026, 1, 31), date(2026, 2, 1), date.max - timedelta(1), date.max)
NUMBERS = (-(2**31), -1, 0, 1, 7, 2**31 - 1)
AMOUNTS = tuple(map(Decimal, ("-650.00", "0.00", "649.99", "650.00", "650.01", "999999999999.99")))
LONGS = (*NUMBERS, -(2**63), -(2**31) - 1, 2**31, 2**63 - 1)
DECIMALS = (*AMOUNTS, Decimal("650.0001"), Decimal("-922337203685477.5808"), Decimal("922337203685477.5807"))


@pytest.mark.parametrize(
    ("kind", "stored", "constants"),
    [
        (Date(), DAYS, DAYS),
        (Integer(), NUMBERS, LONGS),
        (BigInteger(), LONGS, LONGS),
        (Numeric(), AMOUNTS, DECIMALS),
    ],
    ids=["date", "integer", "bigint", "numeric"],
)
async def test_a_comparison_finds_in_sql_the_rows_that_it_admits(database_url, kind, stored, constants):
    table = Table("compared", MetaData(), Column("value", kind))
    connection = await asyncpg.connect(dsn(database_url))
    try:
        await connection.execute(f"CREATE TEMPORARY TABLE compared (value {kind.compile(dialect=DIALECT)})")
        await connection.executemany("INSERT INTO compared VALUES ($1)", [(value,) for value in (None, *stored)])
        for op, constant in product(("eq", "lt", "lte", "gt", "gte"), constants):
            test, known = Compare("value", op, constant), Not(IsNull("value"))
            for asked in (
                test,
                conj((known, test)),
                negate(conj((known, test))),
                disj((IsNull("value"), test)),
                ALWAYS,
            ):
                where = Conditions(CATALOGUE, "", Parameters()).of(asked, table, CATALOGUE["Need"])
                text = str(select(table.c.value).where(where).compile(dialect=DIALECT))
                found = {row[0] for row in await connection.fetch(text)}
                assert found == {value for value in (None, *stored) if admits(asked, {"value": value})}, asked
    finally:
        await connection.close()
