"""Step 5 of a query: the plan's statements are run, in one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.query.sql import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncpg import Pool, Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.query.bind import Bound
    from hub.query.sql import Sql

    Row = Sequence[Any]
    """A row: columns as the plan numbers them, then the rows of what hangs on it (see ``sql.nested``)."""
    Fetched = Mapping[int, Sequence[Row]]
    """The rows of each root statement, by its number in the plan."""


SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def fetch(sql: Mapping[int, Sql], bound: Bound, pool: Pool) -> Fetched:
    """Run each root statement once; return their rows, statement by statement.

    Several statements share one snapshot, so that an answer shows one state of the data.
    """
    if not sql:
        return {}
    async with pool.acquire() as connection:
        if len(sql) == 1:
            [(at, only)] = sql.items()
            return {at: await _run(only, bound, connection)}
        await connection.execute(SNAPSHOT)
        try:
            return {at: await _run(each, bound, connection) for at, each in sql.items()}
        finally:
            await connection.execute("ROLLBACK")


async def _run(sql: Sql, bound: Bound, connection: PoolConnectionProxy[Record]) -> Sequence[Row]:
    values = [take.value if isinstance(take, Constant) else bound.values[take] for take in sql.takes]
    rows: list[Any] = await connection.fetch(sql.text, *values)  # a Record is a sequence without saying so
    return rows
