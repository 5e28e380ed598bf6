"""Departments that run PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from hub.sources.errors import SourceBroken, SourceShape, SourceUnreachable, place, refusal
from hub.sources.rows import BATCH, Broken, Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hub.sources.rows import TableRef

CONNECT_SECONDS = 10.0
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What asyncpg raises on a connection that is gone, depending on the moment at which it goes."""


class PostgresSource:
    """One read-only snapshot of a PostgreSQL database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        """Return the columns that the table or view lacks."""
        try:
            # A savepoint, so that a table that is missing does not end the snapshot.
            async with self._connection.transaction():
                statement = await self._connection.prepare(f"SELECT * FROM {quoted(table.name)}")
        except asyncpg.PostgresError as error:
            raise SourceShape(f"The table {table.name} {refusal(error)} Its name stands in the mapping file.") from None
        names = {attribute.name for attribute in statement.get_attributes()}
        return {column: table.name for column in columns if column not in names}

    async def rows(self, table: TableRef, columns: Sequence[str]) -> AsyncIterator[list[Row | Broken]]:
        """Yield the rows through a server-side cursor."""
        names = ", ".join(map(quoted, columns))
        try:
            cursor = await self._connection.cursor(f"SELECT {names} FROM {quoted(table.name)}")
            while records := await cursor.fetch(BATCH):
                yield [Row(tuple(record)) for record in records]
        except LOST as error:
            raise SourceBroken(f"Reading the table {table.name} stopped: {type(error).__name__}.") from None


@asynccontextmanager
async def open_postgres(url: str) -> AsyncIterator[PostgresSource]:
    """Connect, and hold one read-only snapshot open for all tables."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings={"jit": "off"})
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        # "from None", and no text of the driver's: it may quote the address with its password.
        raise SourceUnreachable(f"The PostgreSQL server {place(url)} {refusal(error)}") from None
    try:
        transaction = connection.transaction(isolation="repeatable_read", readonly=True)
        await transaction.start()
        yield PostgresSource(connection)
    finally:
        # The end of the connection ends the snapshot; nothing was written.
        try:
            await connection.close(timeout=CONNECT_SECONDS)
        except (*LOST, TimeoutError):
            connection.terminate()


def quoted(name: str) -> str:
    """Return a name as an SQL identifier (PostgreSQL, SQLite)."""
    return '"' + name.replace('"', '""') + '"'
