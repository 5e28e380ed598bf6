"""Step 5 of a query: the plan's statements are run, parents before children, in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.query.sql import PARENTS, Constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Pool, Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.query.bind import Bound
    from hub.query.plan import ReadPlan
    from hub.query.sql import Sql


@dataclass(frozen=True, slots=True)
class Rowset:
    """The rows of one statement. ``keys``: the parents' keys, which rows refer to by their first column."""

    rows: list[Record]
    keys: list[Any]


SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def fetch(plan: ReadPlan, sql: Sequence[Sql], bound: Bound, pool: Pool) -> list[Rowset]:
    """Run each statement once; return their rows, statement by statement.

    Several statements share one snapshot, so that an answer shows one state of the data.
    """
    if not sql:
        return []
    async with pool.acquire() as connection:
        if len(sql) == 1:
            return [await _run(plan, sql, 0, [], bound, connection)]
        await connection.execute(SNAPSHOT)
        try:
            found: list[Rowset] = []
            for at in range(len(sql)):
                found.append(await _run(plan, sql, at, found, bound, connection))
        finally:
            await connection.execute("ROLLBACK")
        return found


async def _run(
    plan: ReadPlan,
    sql: Sequence[Sql],
    at: int,
    found: list[Rowset],
    bound: Bound,
    connection: PoolConnectionProxy[Record],
) -> Rowset:
    keys: list[Any] = []
    hangs_on = plan.parents[at]
    if hangs_on is not None:
        statement, column = hangs_on
        shift = 0 if plan.parents[statement] is None else 1
        at_parent = column + shift
        keys = list(dict.fromkeys(key for row in found[statement].rows if (key := row[at_parent]) is not None))
        if not keys:
            return Rowset([], [])
    values = [
        keys if take == PARENTS else take.value if isinstance(take, Constant) else bound.values[take]  # type: ignore[index] # the rest are indexes
        for take in sql[at].takes
    ]
    return Rowset(await connection.fetch(sql[at].text, *values), keys)
