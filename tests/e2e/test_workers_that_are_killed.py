"""Workers are killed in the middle, again and again: every clock is acted on once in effect, and no event is lost."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.clocks import fill
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings

CLOCKS = 6_000
KILLS = 5
COMMAND = [sys.executable, "-c", "from hub.cli import main; main()", "work", "--once"]
LEFT = "SELECT count(*) FROM sharing_request_clock WHERE next_at IS NOT NULL"


async def killed_once_it_has_begun(pool, environment):
    """Start a worker, wait until it acts, kill it at some moment; tell whether it was alive then."""
    before = await pool.fetchval(LEFT)
    process = subprocess.Popen(COMMAND, env=environment, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - it starts at once
    try:
        while process.poll() is None and await pool.fetchval(LEFT) == before:  # noqa: ASYNC110 - another process acts
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.05))  # noqa: S311 - any moment will do
        return process.poll() is None
    finally:
        process.kill()
        process.wait()


async def test_no_clock_is_lost_or_acted_on_twice(server, migrated_template):
    url = await embedded.create_database(server.url, "killed_workers", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-killed-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            await fill(runtime, CLOCKS)
            environment = {**os.environ, "HUB_HOME": home, "HUB_DATABASE_URL": url}
            alive = [await killed_once_it_has_begun(runtime.pool, environment) for _ in range(KILLS)]
            assert any(alive), "every worker had ended before it was killed"
            await asyncio.gather(
                *(asyncio.to_thread(subprocess.run, COMMAND, env=environment, check=True) for _ in range(2))
            )
            assert await runtime.pool.fetchval(LEFT) == 0
            told = await runtime.pool.fetch(
                "SELECT kind, count(*), count(DISTINCT row_id) FROM event"
                " WHERE kind NOT LIKE '%.escalated.%' GROUP BY kind"
            )
            lapsed = CLOCKS // 20
            assert {row["kind"]: tuple(row)[1:] for row in told} == {
                "SharingRequest.answer.late": (CLOCKS - lapsed,) * 2,
                "SharingRequest.disputing.late": (lapsed,) * 2,
                "SharingRequest.lapse": (lapsed,) * 2,
            }
            steps = await runtime.pool.fetchval("SELECT count(*) FROM sharing_request_step WHERE step = 'lapse'")
            closed = await runtime.pool.fetchval("SELECT count(*) FROM sharing_request WHERE state = 'CLOSED'")
            assert (steps, closed) == (lapsed, lapsed)
            numbers = await runtime.pool.fetch("SELECT seq FROM event ORDER BY seq")
            assert len({row["seq"] for row in numbers}) == len(numbers)
