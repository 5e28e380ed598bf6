"""Step 5 of a query: the plan's statements are run, in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hub.query.statement.sql import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.query.bind import Bound
    from hub.query.counts.compared import CountedTable
    from hub.query.plan.tree import Node
    from hub.query.statement.layout import FetchedRow
    from hub.query.statement.sql import Sql
    from hub.store.pool import Reading

SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows of each statement, by the node that it was written from.

    ``upkeep``: how the data catalogue stands, where the answer says so. ``tables``: counts that were held against those
    that the viewer was shown before.
    """

    rows: Mapping[Node, Sequence[FetchedRow]]
    upkeep: object = field(default=None, kw_only=True)
    tables: Mapping[Node, CountedTable] = field(default_factory=dict, kw_only=True)


async def fetch(sql: Mapping[Node, Sql], bound: Bound, reading: Reading) -> Fetched:
    """Run each statement once. Several share one snapshot, so that an answer shows one state of the data."""
    if not sql:
        return Fetched({})
    async with reading.acquire(kept=all(each.kept for each in sql.values())) as connection:
        if len(sql) == 1:
            return await fetch_on(connection, sql, bound)
        await connection.execute(SNAPSHOT)
        try:
            return await fetch_on(connection, sql, bound)
        finally:
            await connection.execute("ROLLBACK")


async def fetch_on(connection: PoolConnectionProxy[Record], sql: Mapping[Node, Sql], bound: Bound) -> Fetched:
    """Run each statement on this connection, in whatever transaction there is."""
    return Fetched({node: await run(connection, each, bound) for node, each in sql.items()})


async def run(connection: PoolConnectionProxy[Record], sql: Sql, bound: Bound) -> Sequence[FetchedRow]:
    """Return the rows of one statement."""
    rows: list[Any] = await connection.fetch(sql.text, *values_for(sql, bound))  # a Record is one without saying so
    return rows


def values_for(sql: Sql, bound: Bound) -> list[Any]:
    """Return what a statement takes in one execution: for PostgreSQL alone."""
    return [take.value if isinstance(take, Constant) else bound.values[take.index] for take in sql.takes]
