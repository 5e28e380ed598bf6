"""Write sample rows into PostgreSQL, SQLite and MariaDB, in the quickest way that each has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import aiosqlite
import asyncmy
import asyncpg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.demo.tables import Row, Table


class Postgres:
    """An open sample database on a PostgreSQL server; rows go in by COPY."""

    def __init__(self, url: str, connection: asyncpg.Connection) -> None:
        self.url = url
        self._connection = connection

    @classmethod
    async def create(cls, server_url: str, name: str, tables: Sequence[Table]) -> Postgres:
        """Make the database anew, dropping one that is there, and its tables."""
        server = await asyncpg.connect(server_url)
        try:
            await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await server.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
        finally:
            await server.close()
        url = with_database(server_url, name)
        connection = await asyncpg.connect(url)
        for table in tables:
            await connection.execute(_create(table, '"'))
        return cls(url, connection)

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Append the rows."""
        await self._connection.copy_records_to_table(table.name, records=rows, columns=table.names)

    async def close(self) -> None:
        """Close the connection; nothing is lost that ``write`` has taken."""
        await self._connection.execute("ANALYZE")
        await self._connection.close()


class Sqlite:
    """An open sample database in an SQLite file. Decimals and moments are texts there."""

    def __init__(self, url: str, connection: aiosqlite.Connection) -> None:
        self.url = url
        self._connection = connection

    @classmethod
    async def create(cls, file: Path, tables: Sequence[Table]) -> Sqlite:
        """Make the tables in a file that is not there yet."""
        connection = await aiosqlite.connect(file)
        # The file is thrown away with the demo; a lost write after a power cut costs one rerun.
        await connection.execute("PRAGMA synchronous = OFF")
        for table in tables:
            columns = ", ".join(f'"{name}" TEXT' for name in table.names)
            await connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        return cls(f"sqlite:///{file}", connection)

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Append the rows."""
        marks = ", ".join("?" * len(table.columns))
        texts = [tuple(None if value is None else str(value) for value in row) for row in rows]
        await self._connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', texts)

    async def close(self) -> None:
        """Commit and close."""
        await self._connection.commit()
        await self._connection.close()


class Mariadb:
    """An open sample database on a MariaDB or MySQL server; rows go in by inserts of many rows."""

    def __init__(self, url: str, connection: Any) -> None:
        self.url = url
        self._connection = connection

    @classmethod
    async def create(cls, server_url: str, name: str, tables: Sequence[Table]) -> Mariadb:
        """Make the database anew, dropping one that is there, and its tables.

        ``server_url``: ``mysql://user:password@host:port/?unix_socket=/path``.
        """
        connection = await asyncmy.connect(**mysql_arguments(server_url))
        async with connection.cursor() as cursor:
            # IF EXISTS warns where there is none, and a warning is not what is meant.
            await cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (name,))
            if await cursor.fetchone():
                await cursor.execute(f"DROP DATABASE `{name}`")
            await cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
            await cursor.execute(f"USE `{name}`")
            for table in tables:
                await cursor.execute(_create(table, "`"))
        return cls(with_database(server_url, name), connection)

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Append the rows."""
        marks = ", ".join(["%s"] * len(table.columns))
        names = ", ".join(f"`{name}`" for name in table.names)
        async with self._connection.cursor() as cursor:
            await cursor.executemany(f"INSERT INTO `{table.name}` ({names}) VALUES ({marks})", list(rows))

    async def close(self) -> None:
        """Commit and close."""
        await self._connection.commit()
        await self._connection.ensure_closed()


def _create(table: Table, quote: str) -> str:
    columns = ", ".join(f"{quote}{name}{quote} {kind}" for name, kind in table.columns)
    return f"CREATE TABLE {quote}{table.name}{quote} ({columns})"


def with_database(url: str, name: str) -> str:
    """Return the URL with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def mysql_arguments(url: str) -> dict[str, Any]:
    """Return what asyncmy wants to know, out of a URL."""
    parts = urlsplit(url)
    arguments: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password or ""),
        "charset": "utf8mb4",
    }
    for name, values in parse_qs(parts.query).items():
        if name == "unix_socket":
            arguments["unix_socket"] = values[-1]
    if parts.path.strip("/"):
        arguments["database"] = parts.path.strip("/")
    return arguments
