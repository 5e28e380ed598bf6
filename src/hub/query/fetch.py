"""Step 5 of a query: the plan's statements are run, in one snapshot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from hub.query.statement.sql import Constant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.query.answer.reveal import Answer
    from hub.query.bind import Bound
    from hub.query.statement.sql import Sql
    from hub.store.pool import Reading

    _Waits = tuple[Bound, asyncio.Future["Fetched"]]
    Row = Sequence[Any]
    """A row: the columns that were taken (``spelling.Spelled``), what hangs on it (``sql.nested``), the runs that the
    server spelled; last, where several executions shared a statement, which of them it is for."""


SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
MOST_TOGETHER: Final = 64
"""Executions that one statement serves: enough to share a round trip, few enough not to make the first one wait."""
SMALL: Final = 300
"""Units that an execution may cost (``hub.query.plan.cost``) to share a statement. A look-up of a person costs 113;
with a list of a thousand rows below it, a time limit for one statement would be one for 64 of them."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows of each root statement, by its number in the plan.

    ``shared``: the executions that it shared a statement with, if any, and ``place``: which of them it is.
    """

    rows: Mapping[int, Sequence[Row]]
    shared: Shared | None = None
    place: int = 0


@dataclass(slots=True)
class Shared:
    """The rows of executions that shared a statement. ``answers``: theirs, once the first of them has been revealed.

    None stands for an answer that must be made by itself, because one among them cannot be made.
    """

    rows: Sequence[Sequence[Row]]
    answers: Sequence[Answer | None] = ()


async def fetch(sql: Mapping[int, Sql], bound: Bound, reading: Reading) -> Fetched:
    """Run each root statement once; return their rows, statement by statement.

    Several statements share one snapshot, so that an answer shows one state of the data.
    """
    if not sql:
        return Fetched({})
    if len(sql) == 1:
        [(at, only)] = sql.items()
        async with reading.acquire(kept=only.kept) as connection:
            return Fetched({at: await _run(only, bound, connection)})
    async with reading.acquire(kept=all(each.kept for each in sql.values())) as connection:
        await connection.execute(SNAPSHOT)
        try:
            return Fetched({at: await _run(each, bound, connection) for at, each in sql.items()})
        finally:
            await connection.execute("ROLLBACK")


@dataclass(slots=True)
class Together:
    """Executions of one plan that reads single rows: those that come while one is under way go as one statement.

    Nobody waits for company: an execution that finds none under way runs at once. Under load the round trip to the
    server, which is most of what a single row costs, is shared. A plan is one viewer's, for one purpose, so what
    shares a statement has the same rights; and each takes the rows with its own number.
    """

    at: int
    one: Sql
    write_many: Callable[[], Sql | None]
    """Writes the statement for several: when there are several, as most documents that come once never have."""
    _many: list[Sql | None] = field(default_factory=list)
    _under_way: bool = False
    _waiting: list[_Waits] = field(default_factory=list)
    _others: asyncio.Task[None] | None = None

    async def fetch(self, bound: Bound, reading: Reading) -> Fetched:
        """Return the rows of one execution. No more wait than the server lets requests in at once."""
        if self._under_way:
            mine: asyncio.Future[Fetched] = asyncio.get_running_loop().create_future()
            self._waiting.append((bound, mine))
            return await mine
        self._under_way = True
        try:
            async with reading.acquire(kept=self.one.kept) as connection:
                return await self._run_one(bound, connection)
        finally:
            if self._waiting:
                self._others = asyncio.create_task(self._serve(reading))
            else:
                self._under_way = False

    async def _serve(self, reading: Reading) -> None:
        """Run for those that wait until none does."""
        served: list[_Waits] = []
        try:
            while self._waiting:
                served, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
                try:
                    async with reading.acquire(kept=self.one.kept) as connection:
                        found = await self._run_many([bound for bound, _ in served], connection)
                except asyncpg.DataError:
                    # A value that PostgreSQL does not take is one execution's fault: let each find out for itself.
                    await self._run_alone(served, reading)
                except Exception as error:  # noqa: BLE001 - whoever waits learns of it, whatever it is
                    for _, mine in served:
                        if not mine.done():
                            mine.set_exception(error)
                else:
                    for (_, mine), fetched in zip(served, found, strict=True):
                        if not mine.done():
                            mine.set_result(fetched)
        finally:
            self._under_way = False
            for _, mine in (*served, *self._waiting):  # the hub is ending: nobody will read for them
                mine.cancel()
            self._waiting.clear()

    async def _run_alone(self, served: Sequence[_Waits], reading: Reading) -> None:
        for bound, mine in served:
            try:
                async with reading.acquire(kept=self.one.kept) as connection:
                    fetched = await self._run_one(bound, connection)
            except Exception as error:  # noqa: BLE001 - as in _serve
                if not mine.done():
                    mine.set_exception(error)
            else:
                if not mine.done():
                    mine.set_result(fetched)

    async def _run_one(self, bound: Bound, connection: PoolConnectionProxy[Record]) -> Fetched:
        return Fetched({self.at: await _run(self.one, bound, connection)})

    async def _run_many(self, bounds: Sequence[Bound], connection: PoolConnectionProxy[Record]) -> Sequence[Fetched]:
        if not self._many and len(bounds) > 1:
            self._many.append(self.write_many())
        if len(bounds) == 1 or (many := self._many[0]) is None:
            return [await self._run_one(bound, connection) for bound in bounds]
        # What is no array differs in none of them: it stands in the document, or in the policies.
        values = _values(many, bounds[0])
        values += [[bound.values[index] for bound in bounds] for index in many.each]
        found: list[list[Row]] = [[] for _ in bounds]
        for row in await connection.fetch(many.text, *values):
            found[row[-1] - 1].append(row)
        shared = Shared(found)
        return [Fetched({self.at: rows}, shared, place) for place, rows in enumerate(found)]


async def _run(sql: Sql, bound: Bound, connection: PoolConnectionProxy[Record]) -> Sequence[Row]:
    rows: list[Any] = await connection.fetch(sql.text, *_values(sql, bound))  # a Record is one without saying so
    return rows


def _values(sql: Sql, bound: Bound) -> list[Any]:
    return [take.value if isinstance(take, Constant) else bound.values[take] for take in sql.takes]
