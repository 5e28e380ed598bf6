"""A synchronisation killed in the middle and run again comes to the same state as one that nobody disturbed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager

import asyncpg
import pytest_asyncio

from hub.crypto import read_keyring
from hub.demo.departments import make_departments
from hub.postgres import embedded
from syncing import existing, opened, state

PEOPLE, SEED = 1500, 9
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest_asyncio.fixture(scope="module")
async def places(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("departments")
    made = await make_departments(home, server.url, PEOPLE, SEED, prefix="t_killed_")
    return made.connections()


@asynccontextmanager
async def hub_sync(url, home, places):
    """Run ``hub sync`` as a process of its own."""
    sources = {f"HUB_SOURCE_{name.upper().replace('-', '_')}": place for name, place in places.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from hub.cli import main; main()", "sync", "--json",
        env=os.environ | sources | {"HUB_HOME": str(home), "HUB_DATABASE_URL": url, "HUB_DEMO_RULES": "true"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_killed_run_leaves_its_last_batch_and_is_simply_run_again(server, migrated_template, places, tmp_path):
    url = await embedded.create_database(server.url, "t_killed_hub", template=migrated_template)
    kills = [("civil-affairs", 1000), ("civil-affairs", 3000), ("public-security", 1000), ("social-security", 1)]
    async with watching(url) as connection:
        for source, rows in kills:
            async with hub_sync(url, tmp_path, places) as process:
                await until(connection, process, source, rows)
                process.send_signal(signal.SIGKILL)
                await process.wait()
            # The dead process's connections take a moment to end; with them go its locks.
            while await connection.fetchval(LOCKS):  # noqa: ASYNC110 - the end of another process has no event
                await asyncio.sleep(0.01)
            status, read = await last_run(connection, source)
            assert status == "RUNNING"
            assert read >= rows
        async with hub_sync(url, tmp_path, places) as process:
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()
        rows = await connection.fetch("SELECT status, message FROM sync_run WHERE status <> 'SUCCEEDED'")
        assert [row["status"] for row in rows] == ["FAILED"] * len(kills)

    ring = read_keyring(tmp_path / "keyring.json")
    calm = await embedded.create_database(server.url, "t_calm_hub", template=migrated_template)
    async with opened(calm, ring) as undisturbed:
        for source, place in places.items():
            await undisturbed.sync(source, place)
        await undisturbed.check()
        expected = await state(undisturbed)
    async with existing(url, ring) as disturbed:
        assert await state(disturbed) == expected
    assert len(expected) > 4 * PEOPLE


@asynccontextmanager
async def watching(url):
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def last_run(connection, source):
    row = await connection.fetchrow(
        "SELECT status, rows_read FROM sync_run WHERE source = $1 ORDER BY started_at DESC LIMIT 1", source
    )
    return (row["status"], row["rows_read"]) if row else (None, 0)


async def until(connection, process, source, rows):
    """Wait until the newest run of the source is under way and has read so many rows."""
    while True:
        status, read = await last_run(connection, source)
        if status == "RUNNING" and read >= rows:
            return
        assert process.returncode is None, (await process.communicate())[0].decode()
        await asyncio.sleep(0.002)
