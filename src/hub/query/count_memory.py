"""Steps 4 and 5 for counts of viewers who see no rows: new counts are held against those that they were shown before.

One partner's tables are made one after the other, across all processes: two at the same moment would not know of each
other. What is shown is remembered, durably, before the answer leaves.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hub.cache import Cache
from hub.catalog.sensitivity import Group
from hub.query.budget import BudgetSpent
from hub.query.counts.compared import compared, decoded, encoded, standing
from hub.query.counts.question import finest_of, question
from hub.query.fetch import fetch as fetch_rows
from hub.store.counted_tables import add_table, known_tables, made_since, new_id, take_turn

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from hub.crypto import Vault
    from hub.query.bind import Bound
    from hub.query.counts.compared import CountedTable, Dimensions
    from hub.query.fetch import Fetched
    from hub.query.plan.roots import CountsRoot
    from hub.query.plan.tree import Node
    from hub.query.statement.sql import Sql
    from hub.store.audit import Connection
    from hub.store.pool import Pool, Reading

KEPT: Final = 16 * 1024 * 1024
"""Bytes, by their JSON, of tables that a process keeps opened."""
DAY: Final = timedelta(days=1)


class CountsSpent(BudgetSpent):
    """The partner has been shown as many different tables of counts as it may for now."""

    code = "HUB-137"


@dataclass(frozen=True, slots=True)
class CountRules:
    """``stand_days``: how long the same question has the same answer. ``kept_days``: how long tables are remembered.

    ``per_day``: different tables that a partner may be shown in a day. ``most``: of one entity, as long as they are
    remembered: each is held against all.
    """

    stand_days: int = 30
    kept_days: int = 365
    per_day: int = 50
    most: int = 240


@dataclass(slots=True)
class CountMemory:
    """Remembers tables of counts, for all processes together.

    ``room``: how many partners are counted for at once; each holds a connection besides the one that counts.
    """

    pool: Pool
    vault: Vault
    rules: CountRules = field(default_factory=CountRules)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _opened: Cache[uuid.UUID, tuple[CountedTable, int]] = field(
        default_factory=lambda: Cache(KEPT, lambda _, opened: opened[1])
    )
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    """As many as there are partners: of those that wait, one holds a connection."""

    async def fetch(
        self, roots: Sequence[CountsRoot], sql: Mapping[Node, Sql], bound: Bound, reading: Reading
    ) -> Fetched:
        """Read, and give each root the table that its answer is made of; what stands is not counted again.

        Raises ``CountsSpent``, ``TooManyGroups``.
        """
        partner = bound.principal.name
        async with self._turn(partner) as connection:
            now = self.now()
            known: dict[str, list[CountedTable]] = {root.entity.name: [] for root in roots}
            for table_id, entity, at, sealed in await known_tables(
                connection, partner, known, since=now - timedelta(days=self.rules.kept_days)
            ):
                known[entity].append(self._open(table_id, at, sealed, roots[0].smallest))
            tables: dict[Node, CountedTable] = {}
            for root in roots:
                stands = self._standing(root, bound, known[root.entity.name], now, self.rules.stand_days)
                if stands is not None:
                    tables[root.node] = stands
            fetched = await fetch_rows({node: each for node, each in sql.items() if node not in tables}, bound, reading)
            for root in roots:
                if root.node not in tables:
                    before = known[root.entity.name]
                    tables[root.node] = await self._counted(connection, root, bound, fetched, before, now)
        return replace(fetched, tables=tables)

    async def _counted(
        self,
        connection: Connection,
        root: CountsRoot,
        bound: Bound,
        fetched: Fetched,
        before: list[CountedTable],
        now: datetime,
    ) -> CountedTable:
        """Return the table of what was counted, held against those ``before``; it is one of them from now on."""
        stands = self._standing(root, bound, before, now, self.rules.stand_days)
        if stands is not None:  # another root of the document has made it meanwhile
            return stands
        finest = finest_of(root, question(root, bound.values).depths, fetched.rows[root.node])
        made = compared(now, *_asked(root, bound), finest, before, root.smallest)
        if not made.shows_total:
            # Nothing new enough to be told: what was shown before is what there is to say, with its date.
            return self._standing(root, bound, before, now, self.rules.kept_days) or made
        partner = bound.principal.name
        await self._refuse_too_many(connection, partner, root, before, now)
        await self._keep(connection, partner, root.entity.name, made)
        before.append(made)
        return made

    @staticmethod
    def _standing(
        root: CountsRoot, bound: Bound, before: Sequence[CountedTable], now: datetime, days: int
    ) -> CountedTable | None:
        return standing(before, *_asked(root, bound), since=now - timedelta(days=days), smallest=root.smallest)

    async def _refuse_too_many(
        self, connection: Connection, partner: str, root: CountsRoot, known: Sequence[CountedTable], now: datetime
    ) -> None:
        today = await made_since(connection, partner, now - DAY)
        if len(today) >= self.rules.per_day:
            raise CountsSpent(
                f"You have been shown {len(today)} different tables of counts within a day, which is the limit. "
                "Those that you had are answered again.",
                (today[0] + DAY - now).total_seconds(),
            )
        if len(known) >= self.rules.most:
            until = known[0].at + timedelta(days=self.rules.kept_days)
            raise CountsSpent(
                f"You have been shown {len(known)} different tables of {root.entity.name} within "
                f"{self.rules.kept_days} days, which is the limit. Those of the last {self.rules.stand_days} days are "
                "answered again.",
                (until - now).total_seconds(),
            )

    async def _keep(self, connection: Connection, partner: str, entity: str, table: CountedTable) -> None:
        table_id, text = new_id(), encoded(table)
        seal = self.vault.sealer("counted_table", "counts", Group.RECORD).seal
        await add_table(connection, table_id, partner, entity, table.at, bytes(seal(table_id.bytes, text)))

    def _open(self, table_id: uuid.UUID, at: datetime, sealed: bytes, smallest: int) -> CountedTable:
        opened = self._opened.get(table_id)
        if opened is None:
            text = self.vault.opener("counted_table", "counts", Group.RECORD).open(table_id.bytes, sealed)
            opened = self._opened.keep(table_id, (decoded(at, text, smallest), 64 + len(text)))
        return opened[0]

    @asynccontextmanager
    async def _turn(self, partner: str) -> AsyncIterator[Connection]:
        turn = self._turns.setdefault(partner, asyncio.Lock())
        async with turn, self.room, self.pool.acquire() as connection, connection.transaction():
            await take_turn(connection, partner)
            yield connection


def _asked(root: CountsRoot, bound: Bound) -> tuple[str, Dimensions, tuple[str, ...]]:
    """What a table must be of to answer a root: a digest of the rows, dimensions with their levels, and measures."""
    depths = question(root, bound.values).depths
    return (
        hashlib.sha256(repr(root.node.where).encode()).hexdigest(),
        tuple((item.field.name, depth) for item, depth in zip(root.dimensions, depths, strict=True)),
        tuple(item.name for item in root.measures),
    )
