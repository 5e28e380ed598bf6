"""Asking in a department's own database: PostgreSQL, MariaDB or SQLite, one SELECT an item, read-only, in bounded time.

The identity number is a bound value. Connections are few, are opened when they are first needed, and may write
nothing: the session is read-only, whatever the user may do.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote

import aiosqlite
import asyncmy
import asyncpg
from asyncmy.cursors import DictCursor
from asyncmy.errors import Error as MariaDbError

from hub.sources.asking.answer import MOST_ROWS
from hub.sources.asking.declared import PLACE
from hub.sources.mariadb import arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOST: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, MariaDbError, aiosqlite.Error,
    OSError, TimeoutError,
)  # fmt: skip
"""What a question raises that was not heard, by whichever driver."""


_STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock: under a millisecond."""


class Database(Protocol):
    """A department's database."""

    async def ask(self, select: str, id_number: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one SELECT. Raises one of ``LOST``."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


def bounded(select: str, place: str) -> str:
    """The statement that is run: with the driver's place for the number, and an end."""
    return f"SELECT * FROM ({select.replace(PLACE, place)}) AS answered LIMIT {MOST_ROWS + 1}"


class PostgresDatabase:
    """``url``: ``postgresql://…``."""

    def __init__(self, url: str, *, seconds: float, at_once: int) -> None:
        self._url, self._seconds, self._at_once = url, seconds, at_once
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def ask(self, select: str, id_number: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one SELECT."""
        pool = await self._opened()
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            return [dict(row) for row in await connection.fetch(bounded(select, "$1"), id_number)]

    async def _opened(self) -> asyncpg.Pool[asyncpg.Record]:
        async with self._opening:
            if self._pool is None:
                limit = str(max(1, int(self._seconds * 1000)))
                self._pool = await asyncpg.create_pool(
                    "postgresql://" + self._url.partition("://")[2], min_size=0, max_size=self._at_once,
                    timeout=self._seconds, max_inactive_connection_lifetime=60.0,
                    server_settings={
                        "default_transaction_read_only": "on", "statement_timeout": limit,
                        "application_name": "assistance-hub",
                    },
                )  # fmt: skip
        return self._pool

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.terminate()


class MariaDatabase:
    """``url``: ``mariadb://user:password@host:port/database``, with ``?unix_socket=PATH`` for a socket."""

    def __init__(self, url: str, *, seconds: float, at_once: int) -> None:
        self._url, self._seconds, self._at_once = url, seconds, at_once
        self._free: list[Any] = []
        self._busy: set[Any] = set()
        self._room = asyncio.Semaphore(at_once)

    async def ask(self, select: str, id_number: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one SELECT."""
        # The driver writes values in itself, as quoted and escaped text; % is its sign for a place.
        statement = bounded(select.replace("%", "%%"), "%s")
        async with self._room:
            connection = self._free.pop() if self._free else await self._connect()
            self._busy.add(connection)
            try:
                async with connection.cursor(DictCursor) as cursor:
                    await cursor.execute(statement, (id_number,))
                    rows: Sequence[Mapping[str, Any]] = list(await cursor.fetchall())
            except BaseException:
                connection.close()  # what was asked on it may still be on its way
                raise
            else:
                self._free.append(connection)
                return rows
            finally:
                self._busy.discard(connection)

    async def _connect(self) -> Any:
        seconds = max(1, round(self._seconds))
        connection = await asyncmy.connect(**arguments(self._url), connect_timeout=seconds, autocommit=True)
        async with connection.cursor() as cursor:
            await cursor.execute("SET SESSION TRANSACTION READ ONLY")
            await cursor.execute(f"SET SESSION max_statement_time = {self._seconds:.3f}")
        return connection

    async def close(self) -> None:
        """Close the connections."""
        for connection in (*self._free, *self._busy):
            connection.close()


class SqliteDatabase:
    """``url``: ``sqlite:///path`` of a file that is there; it is opened for each question, for reading alone."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._file = f"file:{unquote(url.partition('://')[2].removeprefix('/'))}?mode=ro"
        self._seconds = seconds

    async def ask(self, select: str, id_number: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one SELECT."""
        async with aiosqlite.connect(self._file, uri=True, timeout=self._seconds) as connection:
            connection.row_factory = aiosqlite.Row
            # Whoever asked waits no longer by then; the thread would go on, and closing would wait for it.
            until = monotonic() + self._seconds
            await connection.set_progress_handler(lambda: monotonic() > until, _STEPS)
            async with connection.execute(bounded(select, "?"), (id_number,)) as found:
                return [dict(row) for row in await found.fetchall()]

    async def close(self) -> None:
        """Nothing is open."""


def database(url: str, *, seconds: float, at_once: int) -> Database:
    """Return the department's database; nothing is opened yet."""
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme in ("mariadb", "mysql"):
        return MariaDatabase(url, seconds=seconds, at_once=at_once)
    if scheme == "sqlite":
        return SqliteDatabase(url, seconds=seconds)
    return PostgresDatabase(url, seconds=seconds, at_once=at_once)
