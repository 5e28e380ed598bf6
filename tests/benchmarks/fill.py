"""Fills a database of the embedded server with any number of recipients: in parts, each by a process of its own.

As a script it writes one part. What makes a million take minutes: nothing is kept in memory, no index and no
foreign key is kept up row by row (the indexes are built at the end, links lead to rows of the same part), and
sealing, which is most of the work, is spread over the processors.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import uvloop
from children import end, spawn
from inside import open_place
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from seed import BATCH, ENTITIES, write_rows

from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

MOST_PROCESSES = 4
INDEXES = """SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made_by
    FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) AND NOT indisprimary ORDER BY 1"""
HASTE = {"synchronous_commit": "off", "session_replication_role": "replica", "maintenance_work_mem": "256MB"}
"""``replica`` leaves out the triggers of foreign keys. Only a superuser may: the embedded server's is one."""


def progress(console: Console) -> Progress:
    """A bar as all measurements show it."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


async def fill(home: Path, url: str, recipients: int, console: Console) -> None:
    """Fill the empty tables; ``home`` has the keyring."""
    tables = [TABLES[entity].name for entity in ENTITIES]
    connection = await asyncpg.connect(url, server_settings=HASTE)
    with progress(console) as bar:
        try:
            indexes = await connection.fetch(INDEXES, tables)
            for index in indexes:
                await connection.execute(f"DROP INDEX {index['name']}")
            written = bar.add_task("Seeding recipients", total=recipients)
            each = -(-recipients // min(MOST_PROCESSES, os.cpu_count() or 1))
            async with asyncio.TaskGroup() as parts:
                for first in range(0, recipients, each):
                    count = min(each, recipients - first)
                    parts.create_task(_part(home, url, first, count, lambda done: bar.advance(written, done)))
            built = bar.add_task("Building indexes", total=len(indexes) + 1)
            for index in indexes:
                await connection.execute(index["made_by"])
                bar.advance(built)
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")  # now, and not in the middle of a round
            bar.advance(built)
        finally:
            await connection.close()


async def _part(home: Path, url: str, first: int, count: int, advance: Callable[[int], None]) -> None:
    """Have a process write one part; tell of each batch as it is written."""
    environment = {**os.environ, "HUB_HOME": str(home), "HUB_DATABASE_URL": url}
    process = await spawn(
        sys.executable,
        Path(__file__),
        str(first),
        str(count),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            advance(int(line))
        if await process.wait():
            raise SystemExit("seeding failed")
    finally:
        await end(process)


async def write_part(first: int, count: int) -> None:
    """Write one part, as the environment says where."""
    url, vault = await open_place()
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1, server_settings=HASTE)
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        await write_rows(pool, vault, numbers, keep=False)
        print(len(numbers), flush=True)  # noqa: T201 - the parent reads it
    await pool.close()


if __name__ == "__main__":
    uvloop.run(write_part(int(sys.argv[1]), int(sys.argv[2])))
