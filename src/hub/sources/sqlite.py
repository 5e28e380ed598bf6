"""Departments that hand over an SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiosqlite

from hub.sources.errors import SourceBroken, SourceShape, SourceUnreachable
from hub.sources.postgresql import quoted
from hub.sources.rows import BATCH, Broken, Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from hub.sources.rows import TableRef


class SqliteSource:
    """One read-only snapshot of an SQLite file."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def missing(self, table: TableRef, columns: Sequence[str]) -> dict[str, str]:
        """Return the columns that the table or view lacks."""
        async with self._connection.execute("SELECT name FROM pragma_table_info(?)", (table.name,)) as cursor:
            names = {row[0] for row in await cursor.fetchall()}
        if not names:
            raise SourceShape(f"There is no table {table.name}.")
        return {column: table.name for column in columns if column not in names}

    async def rows(self, table: TableRef, columns: Sequence[str]) -> AsyncIterator[list[Row | Broken]]:
        """Yield the rows as the file's cursor moves on."""
        names = ", ".join(map(quoted, columns))
        try:
            async with self._connection.execute(f"SELECT {names} FROM {quoted(table.name)}") as cursor:
                while records := await cursor.fetchmany(BATCH):
                    yield [Row(tuple(record)) for record in records]
        except sqlite3.Error as error:
            raise SourceBroken(f"Reading the table {table.name} stopped: {type(error).__name__}.") from None


@asynccontextmanager
async def open_sqlite(path: Path) -> AsyncIterator[SqliteSource]:
    """Open the file read only, and hold one snapshot for all tables."""
    if not await asyncio.to_thread(path.is_file):
        raise SourceUnreachable(f"There is no file {path}.")
    try:
        connection = await aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise SourceUnreachable(f"The file {path} cannot be opened: {type(error).__name__}.") from None
    # One text that is not UTF-8 must not end the run; what it becomes fails a rule later.
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    try:
        try:
            await connection.execute("BEGIN")
            await connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error as error:
            raise SourceUnreachable(f"The file {path} is not an SQLite database: {type(error).__name__}.") from None
        yield SqliteSource(connection)
    finally:
        await connection.close()
