"""Criteria in SQL: PostgreSQL says of every row what Python says, not known included.

Unit tests hold columns against the catalogue's predicates row by row; here is the other half. The hub has no database
decide by age, sex, income or disability; that SQL would agree on them as well is shown all the same.
"""

from __future__ import annotations

import asyncpg
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, select

from drawing_criteria import expressions, parsed, rows
from hub.catalog.predicate import truth
from hub.domain import CATALOGUE
from hub.matching.criteria import COLUMNS
from hub.query.statement.conditions import DIALECT, Conditions, Parameters
from hub.store.pool import dsn

_TYPES = {"number": Integer(), "code": Text(collation="C"), "division": Text(collation="C")}
_TABLE = Table(
    "asked",
    MetaData(),
    Column("place", Integer()),
    *(Column(name, _TYPES.get(of.form, Boolean())) for name, of in COLUMNS.items()),
)


async def test_sql_and_python_agree_on_drawn_criteria_and_rows(database_url):
    connection = await asyncpg.connect(dsn(database_url))
    columns = ", ".join(f'"{each.name}" {each.type.compile(dialect=DIALECT)}' for each in _TABLE.columns)
    await connection.execute(f"CREATE TEMPORARY TABLE asked ({columns})")

    async def told(criteria, drawn):
        async with connection.transaction():
            await connection.execute("DELETE FROM asked")
            await connection.copy_records_to_table(
                "asked", records=[(place, *(row[name] for name in COLUMNS)) for place, row in enumerate(drawn)]
            )
            found = []
            for predicate in (criteria.predicate, criteria.plain):
                condition = Conditions(CATALOGUE, "", Parameters()).of(predicate, _TABLE, CATALOGUE["Need"])
                statement = select(condition.label("told")).select_from(_TABLE).order_by(_TABLE.c.place)
                found.append([row[0] for row in await connection.fetch(str(statement.compile(dialect=DIALECT)))])
            return found

    cases = []

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(expressions(), st.lists(rows(), min_size=1, max_size=12))
    def draw(expression, drawn):
        criteria = parsed(expression)
        assume(criteria is not None)
        cases.append((criteria, drawn))

    draw()
    try:
        seen = set()
        for criteria, drawn in cases:
            whole, plain = await told(criteria, drawn)
            assert whole == [truth(criteria.predicate, row) for row in drawn], criteria.text
            assert plain == [truth(criteria.plain, row) for row in drawn], criteria.text
            seen.update(whole)
        assert seen == {True, False, None}
    finally:
        await connection.close()
