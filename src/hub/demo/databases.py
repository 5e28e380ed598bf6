"""Write sample rows into PostgreSQL, SQLite and MariaDB, in the quickest way that each has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import aiosqlite
import asyncmy
import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from hub.demo.tables import SampleRow, SampleTable


Write = Callable[["SampleTable", "Sequence[SampleRow]"], Awaitable[None]]
"""Appends rows to one of the tables of an open database."""


@asynccontextmanager
async def postgres(server_url: str, name: str, tables: Sequence[SampleTable]) -> AsyncIterator[Write]:
    """Make the database anew on a PostgreSQL server, dropping one that is there; rows go in by COPY."""
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
    finally:
        await server.close()
    connection = await asyncpg.connect(with_database(server_url, name))

    async def write(table: SampleTable, rows: Sequence[SampleRow]) -> None:
        await connection.copy_records_to_table(table.name, records=rows, columns=table.names)

    try:
        for table in tables:
            await connection.execute(_create(table, '"'))
        yield write
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def sqlite(file: Path, tables: Sequence[SampleTable]) -> AsyncIterator[Write]:
    """Make the tables in a file that is not there yet. Decimals and moments are texts there."""
    async with aiosqlite.connect(file) as connection:
        # The file is thrown away with the demo; a lost write after a power cut costs one rerun.
        await connection.execute("PRAGMA synchronous = OFF")
        for table in tables:
            columns = ", ".join(f'"{name}" TEXT' for name in table.names)
            await connection.execute(f'CREATE TABLE "{table.name}" ({columns})')

        async def write(table: SampleTable, rows: Sequence[SampleRow]) -> None:
            marks = ", ".join("?" * len(table.columns))
            texts = [tuple(None if value is None else str(value) for value in row) for row in rows]
            await connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', texts)

        yield write
        await connection.commit()


@asynccontextmanager
async def mariadb(server_url: str, name: str, tables: Sequence[SampleTable]) -> AsyncIterator[Write]:
    """Make the database anew on a MariaDB or MySQL server, dropping one that is there.

    ``server_url``: ``mysql://user:password@host:port/?unix_socket=/path``.
    """
    connection = await asyncmy.connect(**mysql_arguments(server_url))

    async def write(table: SampleTable, rows: Sequence[SampleRow]) -> None:
        marks = ", ".join(["%s"] * len(table.columns))
        names = ", ".join(f"`{column}`" for column in table.names)
        async with connection.cursor() as cursor:
            await cursor.executemany(f"INSERT INTO `{table.name}` ({names}) VALUES ({marks})", list(rows))

    try:
        async with connection.cursor() as cursor:
            # DROP … IF EXISTS warns where there is none, so one looks first.
            await cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (name,))
            if await cursor.fetchone():
                await cursor.execute(f"DROP DATABASE `{name}`")
            await cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
            await cursor.execute(f"USE `{name}`")
            for table in tables:
                await cursor.execute(_create(table, "`"))
        yield write
        await connection.commit()
    finally:
        await connection.ensure_closed()


def _create(table: SampleTable, quote: str) -> str:
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
