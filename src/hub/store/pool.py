"""Connections to the hub's PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import asyncpg

from hub.errors import HubError
from hub.settings import OLDEST_POSTGRESQL

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool = asyncpg.Pool[asyncpg.Record]
    PooledConnection = PoolConnectionProxy[asyncpg.Record]
    Database = Pool | asyncpg.Connection[asyncpg.Record] | PooledConnection
    """Whatever a single statement can be sent to."""

FAULTS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What a statement raises where the database refuses it or does not answer. Its text may quote a value: whoever tells
of one names its kind alone."""
_CONNECT_SECONDS = 10.0
POOLS: Final = 3
"""Pools of a process that serves: one for its own work, and two to read with."""
ACQUIRE_SECONDS = 10.0
"""How long an execution waits for a connection: a hub that is overrun says so rather than answer late."""


class ServerUnfit(HubError):
    """The PostgreSQL server is too old or keeps text in another encoding than UTF-8."""

    code = "HUB-914"


class DatabaseUnreachable(HubError):
    """The hub's database does not answer, or refuses the hub."""

    code = "HUB-915"
    status = 503


async def open_pool(
    url: str,
    *,
    size: int = 10,
    statement_seconds: float = 30.0,
    application: str = "hub",
    reading: Literal["kept", "anew"] | None = None,
) -> Pool:
    """Open up to ``size`` connections to the database of ``url`` (libpq's or SQLAlchemy's spelling).

    A statement that takes longer than ``statement_seconds`` is ended by the server; 0 sets no limit. UUIDs
    come as ``uuid.UUID``, times in UTC; as text they are ISO 8601's. ``reading``: the server refuses writes on
    these connections, a transaction sees one snapshot, and statements are planned once, or anew with the values of
    each execution. Close the pool with ``await pool.close()``. Raises DatabaseUnreachable, ServerUnfit.
    """
    only_reads = {
        "default_transaction_read_only": "on",
        "default_transaction_isolation": "repeatable read",
        "plan_cache_mode": "force_generic_plan" if reading == "kept" else "force_custom_plan",
    }
    try:
        pool = await asyncpg.create_pool(
            dsn(url),
            min_size=1,
            max_size=size,
            timeout=_CONNECT_SECONDS,
            # The server ends a statement; this is for a server that has gone silent.
            command_timeout=statement_seconds + 5 if statement_seconds else None,
            # Reading leaves no locks, listeners or settings behind: tidying up would be a round trip for nothing.
            reset=_nothing_to_reset if reading else None,
            server_settings={
                "application_name": application,
                "timezone": "UTC",
                "datestyle": "ISO",
                "jit": "off",
                "statement_timeout": str(int(statement_seconds * 1000)),
                "idle_in_transaction_session_timeout": "60000",
                **(only_reads if reading else {}),
            },
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise unreachable(url, error) from None
    try:
        async with pool.acquire() as connection:
            major = connection.get_server_version().major
            encoding = await connection.fetchval("SHOW server_encoding")
    except BaseException:
        pool.terminate()
        raise
    if major < OLDEST_POSTGRESQL or encoding != "UTF8":
        await pool.close()
        raise ServerUnfit(
            f"the database server is PostgreSQL {major} with encoding {encoding}; the hub needs version "
            f"{OLDEST_POSTGRESQL} or newer with UTF8"
        )
    return pool


class LeasePool:
    """Leases the connections of a pool, and keeps those that come back.

    The pool itself looks each one over at every return, with a time limit for it, which takes as long as a tenth of a
    page's values take to open. Here only a connection on which something went wrong goes back to the pool, which mends
    or replaces it; and one that has ended since. ``leased``: how many are out.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._free: list[PooledConnection] = []
        self.leased = 0
        self._waiting: deque[asyncio.Future[PooledConnection | None]] = deque()

    async def acquire(self) -> PooledConnection:
        """Take a connection; ``TimeoutError`` if none comes free in time."""
        while True:
            while self._free:
                connection = self._free.pop()
                if not lost(connection):
                    self.leased += 1
                    return connection
                await self.pool.release(connection)
            if self.leased < self.pool.get_max_size():
                break
            if (given := await self._wait()) is not None:
                return given
        self.leased += 1
        try:
            return await self.pool.acquire(timeout=ACQUIRE_SECONDS)
        except BaseException:
            self._one_less()
            raise

    def release(self, connection: PooledConnection) -> None:
        """Take back a connection that all went well on: whoever waits longest has it next."""
        if (waits := self._next_waiting()) is not None:
            waits.set_result(connection)
            return
        self.leased -= 1
        self._free.append(connection)

    async def give_back(self, connection: PooledConnection) -> None:
        """Give a connection back to the pool, which makes sure that nothing is left on it."""
        try:
            await self.pool.release(connection)
        finally:
            self._one_less()

    async def close(self) -> None:
        """Give all back, and close the pool."""
        while self._free:
            await self.pool.release(self._free.pop())
        await self.pool.close()

    async def _wait(self) -> PooledConnection | None:
        """Wait for a connection; None where there is room for one more."""
        waits: asyncio.Future[PooledConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waits)
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                return await waits
        except BaseException:
            # Too late, or gone away: what came at the same moment is for who waits next.
            if waits.done() and not waits.cancelled():
                if (given := waits.result()) is not None:
                    self.release(given)
                elif (other := self._next_waiting()) is not None:
                    other.set_result(None)
            raise

    def _one_less(self) -> None:
        self.leased -= 1
        if (waits := self._next_waiting()) is not None:
            waits.set_result(None)  # there is room for one more

    def _next_waiting(self) -> asyncio.Future[PooledConnection | None] | None:
        while self._waiting:
            waits = self._waiting.popleft()
            if not waits.done():
                return waits
        return None


class Lease:
    """A connection for the time of an ``async with``."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: LeasePool) -> None:
        self._pool = pool

    async def __aenter__(self) -> PooledConnection:
        """Take one."""
        self._connection = await self._pool.acquire()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Give it back."""
        if kind is None and not lost(self._connection):
            self._pool.release(self._connection)
        else:
            await self._pool.give_back(self._connection)


@dataclass(frozen=True, slots=True)
class Reading:
    """The connections that queries run on. ``kept``: PostgreSQL keeps its plans; ``anew``: it knows the values.

    By itself PostgreSQL would choose after five executions, by what it guesses a plan costs that does not know the
    values. It guesses that a filter by division leaves few rows, and would then read and sort a whole prefecture.
    """

    kept: LeasePool
    anew: LeasePool

    def acquire(self, *, kept: bool) -> Lease:
        """Take a connection for statements of one of the two kinds; ``TimeoutError`` if none comes free in time."""
        return Lease(self.kept if kept else self.anew)

    async def close(self) -> None:
        """Close both."""
        await self.kept.close()
        await self.anew.close()


async def open_reading(url: str, *, size: int = 10, statement_seconds: float = 30.0) -> Reading:
    """Open what queries run on: up to ``size`` connections of each kind. Raises as ``open_pool`` does."""
    kept = await open_pool(
        url, size=size, statement_seconds=statement_seconds, application="hub reading", reading="kept"
    )
    try:
        anew = await open_pool(
            url, size=size, statement_seconds=statement_seconds, application="hub reading", reading="anew"
        )
    except BaseException:
        kept.terminate()
        raise
    return Reading(LeasePool(kept), LeasePool(anew))


async def _nothing_to_reset(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Leave the connection as it is; asyncpg has ended an open transaction before it asks."""


def lost(connection: PooledConnection) -> bool:
    """Whether the server has ended the session: the pool takes such a connection away from its holder."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


def dsn(url: str) -> str:
    """Give ``url`` as asyncpg wants it: without a driver's name in the scheme."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)


def unreachable(url: str, error: BaseException) -> DatabaseUnreachable:
    """Say that the database of ``url`` cannot be used, and why, without its password."""
    parts = urlsplit(url)
    place = f"{parts.hostname or 'localhost'}{parts.path}"
    # PostgreSQL's own messages name the user and the database; other errors might quote the url.
    why = str(error) if isinstance(error, (asyncpg.PostgresError, OSError)) else type(error).__name__
    return DatabaseUnreachable(f"the database {place} cannot be used: {why}. Check HUB_DATABASE_URL")
