"""Departments that run MariaDB or MySQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncmy
from asyncmy.cursors import SSCursor
from asyncmy.errors import Error

from hub.sources.errors import SourceBroken, SourceShape, SourceUnreachable, place, refusal
from hub.sources.rows import BATCH, Broken, Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hub.sources.rows import TableRef

CONNECT_SECONDS = 10
PORT = 3306


class MariaDbSource:
    """One read-only snapshot of a MariaDB or MySQL database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        """Return the columns that the table or view lacks."""
        try:
            async with self._connection.cursor() as cursor:
                await cursor.execute(f"SELECT * FROM {_quoted(table.name)} LIMIT 0")
                names = {column[0] for column in cursor.description}
        except Error as error:
            raise SourceShape(f"The table {table.name} {refusal(error)} Its name stands in the mapping file.") from None
        return {column: table.name for column in columns if column not in names}

    async def rows(self, table: TableRef, columns: Sequence[str]) -> AsyncIterator[list[Row | Broken]]:
        """Yield the rows as the server sends them; it holds the rest back."""
        names = ", ".join(map(_quoted, columns))
        try:
            async with self._connection.cursor(SSCursor) as cursor:
                await cursor.execute(f"SELECT {names} FROM {_quoted(table.name)}")
                while records := await cursor.fetchmany(BATCH):
                    yield [Row(tuple(record)) for record in records]
        except (Error, OSError) as error:
            raise SourceBroken(f"Reading the table {table.name} stopped: {type(error).__name__}.") from None


def arguments(url: str) -> dict[str, Any]:
    """What the driver wants to know, out of a URL: see ``open_mariadb``."""
    parts = urlsplit(url)
    return {
        "host": parts.hostname or "localhost", "port": parts.port or PORT, "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""), "db": unquote(parts.path.lstrip("/")),
        "unix_socket": parse_qs(parts.query).get("unix_socket", [None])[0], "charset": "utf8mb4",
    }  # fmt: skip


@asynccontextmanager
async def open_mariadb(url: str) -> AsyncIterator[MariaDbSource]:
    """Connect, and hold one read-only snapshot open for all tables.

    ``url``: ``mariadb://user:password@host:port/database``, with ``?unix_socket=PATH`` for a socket.
    """
    try:
        connection = await asyncmy.connect(**arguments(url), connect_timeout=CONNECT_SECONDS)
    except (Error, OSError, TimeoutError, ValueError) as error:
        raise SourceUnreachable(f"The MariaDB server {place(url)} {refusal(error)}") from None
    try:
        async with connection.cursor() as cursor:
            await cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield MariaDbSource(connection)
    finally:
        # Closing rolls back; after a broken stream there is nobody to say goodbye to.
        connection.close()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
