"""Point queries that share a statement: executions of one plan that come while another is under way.

Nobody waits for company: an execution that finds none under way runs at once. Under load the round trip to the server,
which is most of what a single row costs, is shared; and what one statement read for several is opened and shaped in
one go, which is a third of the work of one by one. A plan is for one profile and purpose, so what shares a statement
has the same rights, whoever asks; and each takes the rows with its own number.

Everything about it is here: which plans can, the statement for several, who runs it, and the answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, Text, literal_column

from hub.query.answer.answer import ALONE, Answer, answer_of
from hub.query.answer.columns import NULL, JsonShape, json_object
from hub.query.answer.objects import ObjectMaker
from hub.query.fetch import Fetched, fetch_on, values_for
from hub.query.plan.roots import NullRoot, OneRoot, StaticRoot, TypeNameRoot
from hub.query.statement.conditions import DIALECT, Parameters
from hub.query.statement.sql import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asyncpg import Record
    from asyncpg.pool import PoolConnectionProxy

    from hub.catalog import Catalogue
    from hub.crypto import Vault
    from hub.query.bind import Bound
    from hub.query.plan.parameters import Param
    from hub.query.plan.roots import ReadPlan
    from hub.query.plan.tree import Node
    from hub.query.statement.layout import FetchedRow, Layout
    from hub.query.statement.sql import Sql
    from hub.store.pool import Reading

    _Waits = tuple[Bound, asyncio.Future[Fetched]]
    Answers = Callable[[Sequence[Sequence[FetchedRow]]], Sequence[Answer]]
    """From the rows of each of several executions to its answer."""

MOST_TOGETHER: Final = 64
"""Executions that one statement serves: enough to share a round trip, few enough not to make the first one wait."""
SMALL: Final = 300
"""Units that an execution may cost (``hub.query.plan.cost``) to share a statement. A look-up of a person costs 113;
with a list of a thousand rows below it, a time limit for one statement would be one for 64 of them."""
_EACH: Final = "each"
"""Of a statement for several executions: the table that has a row for each."""


# --- the statement for several ---


@dataclass(slots=True)
class _ParametersOfEach(Parameters):
    """What differs between executions is a column of ``_EACH``. ``columns``: of each such parameter its type."""

    columns: dict[Param, Any] = field(default_factory=dict)

    def parameter(self, param: Param, kind: Any) -> ColumnElement[Any]:
        """The expression of a value."""
        if param.fixed:
            return Parameters.parameter(self, param, kind)
        self.columns[param] = kind
        return literal_column(f"{_EACH}.p{param.index}", kind)


@dataclass(frozen=True, slots=True)
class SqlOfSeveral:
    """A statement for several executions; the last column says which of them a row is for, from 1.

    It takes what ``sql`` takes, then for each of ``arrays`` an array of all their values.
    """

    sql: Sql
    text: str
    arrays: tuple[Param, ...]


def write_several(node: Node, layout: Layout, catalogue: Catalogue) -> SqlOfSeveral | None:
    """Write a node for several executions; None where no value differs, or one that does is a list."""
    parameters = _ParametersOfEach()
    one = write(node, layout, catalogue, parameters)
    if not parameters.columns or any(isinstance(kind, ARRAY) for kind in parameters.columns.values()):
        return None  # an array of arrays has no place for lists of different lengths
    arrays = [
        f"${number}::{_uncollated(kind).compile(dialect=DIALECT)}[]"
        for number, kind in enumerate(parameters.columns.values(), start=len(one.takes) + 1)
    ]
    names = ", ".join(f"p{param.index}" for param in parameters.columns)
    text = (
        f"SELECT found.*, {_EACH}.n FROM unnest({', '.join(arrays)}) WITH ORDINALITY "
        f"AS {_EACH}({names}, n), LATERAL ({one.text}) AS found"
    )
    return SqlOfSeveral(one, text, tuple(parameters.columns))


def _uncollated(kind: Any) -> Any:
    """A column's type without its collation: a comparison takes that from the column again."""
    return Text() if isinstance(kind, Text) else kind


# --- who runs it ---


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class SharedRows:
    """The rows of executions that shared a statement."""

    rows: Sequence[Sequence[FetchedRow]]


@dataclass(frozen=True, slots=True)
class FetchedTogether(Fetched):
    """The rows of one of them. ``place``: which of them it is."""

    shared: SharedRows
    place: int


@dataclass(slots=True)
class Coalescer:
    """Runs executions of one plan: those that come while one is under way go as one statement."""

    node: Node
    one: Sql
    write_several: Callable[[], SqlOfSeveral | None]
    """Called when there are several, as most documents that come once never have."""
    _several: list[SqlOfSeveral | None] = field(default_factory=list)
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
                        found = await self._run_several([bound for bound, _ in served], connection)
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
        return await fetch_on(connection, {self.node: self.one}, bound)

    async def _run_several(self, bounds: Sequence[Bound], connection: PoolConnectionProxy[Record]) -> Sequence[Fetched]:
        if not self._several and len(bounds) > 1:
            self._several.append(self.write_several())
        if len(bounds) == 1 or (several := self._several[0]) is None:
            return [await self._run_one(bound, connection) for bound in bounds]
        # What is no array differs in none of them: it stands in the document, or in the policies.
        values = values_for(several.sql, bounds[0])
        values += [[bound.values[param.index] for bound in bounds] for param in several.arrays]
        found: list[list[FetchedRow]] = [[] for _ in bounds]
        for row in await connection.fetch(several.text, *values):
            found[row[-1] - 1].append(row)
        shared = SharedRows(found)
        return [FetchedTogether({self.node: rows}, shared, place) for place, rows in enumerate(found)]


# --- the answers ---


@dataclass(frozen=True, slots=True)
class PointAnswers:
    """Makes the answers of a plan that reads one row.

    Those of executions that shared a statement are made at once, when the first of them is asked for; they are kept
    for as long as anybody has the rows.
    """

    make: Answers
    _known: WeakKeyDictionary[SharedRows, Sequence[Answer | None]] = field(default_factory=WeakKeyDictionary)

    def answer(self, fetched: Fetched) -> Answer:
        """Return the answer of one execution."""
        if isinstance(fetched, FetchedTogether):
            known = self._known.get(fetched.shared)
            if known is None:
                known = self._known[fetched.shared] = self._all(fetched.shared)
            if (mine := known[fetched.place]) is not None:
                return mine
        [only] = self.make(list(fetched.rows.values()))
        return only

    def _all(self, shared: SharedRows) -> Sequence[Answer | None]:
        """The answers of all; None for each if that of one cannot be made, so that each finds out for itself."""
        try:
            return self.make(shared.rows)
        except Exception:  # noqa: BLE001 - whatever it is, it is one execution's and no other may learn of it
            return [None] * len(shared.rows)


# --- which plans can ---


def coalescer_for(plan: ReadPlan, sql: Mapping[Node, Sql], layout: Layout, catalogue: Catalogue) -> Coalescer | None:
    """Return what runs executions of a plan that reads one row.

    None for other plans: of a list's time, the round trip is the least.
    """
    if len(sql) != 1 or not all(
        isinstance(root, OneRoot | NullRoot | StaticRoot | TypeNameRoot) for root in plan.roots
    ):
        return None
    [(node, one)] = sql.items()
    return Coalescer(node, one, lambda: write_several(node, layout, catalogue))


def point_answers_for(plan: ReadPlan, vault: Vault, layout: Layout) -> PointAnswers | None:
    """Return what makes the answers of a plan that reads one row and nothing else.

    None for other plans, and for those with a list that the server does not write: its page and its cursors are bound
    to what each execution asked.
    """
    if len(plan.roots) != 1 or not isinstance(root := plan.roots[0], OneRoot):
        return None
    rows = root.rows
    if layout.rows.keys() != {rows.node}:
        return None
    shape = json_object([(root.key, ObjectMaker(vault, layout).object(rows.object))])
    [absent] = json_object([(root.key, JsonShape((NULL,)))]).texts(ALONE, None)
    people = [layout.places[column] for column in rows.node.subjects]

    def answers(groups: Sequence[Sequence[FetchedRow]]) -> list[Answer]:
        made = iter(shape.texts([row for group in groups for row in group], None))
        return [answer(next(iter([next(made) for _ in group]), absent), group) for group in groups]

    def answer(data: bytes, group: Sequence[FetchedRow]) -> Answer:
        return answer_of(data, len(group), {row[place] for place in people for row in group})

    return PointAnswers(answers)
