"""How long workers take for legal periods that are all due at once: one worker, and two.

The requests are written directly, with a clock each whose last day has passed; the workers are `hub work --once`,
processes of their own. Some clocks tell the authority, some take a step.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from hub import write
from hub.domain.agreements import SharingRequest
from hub.process import clocks as timing
from hub.runtime import running
from hub.settings import Settings
from hub.write import writable

if TYPE_CHECKING:
    from hub.runtime import Runtime

COMMAND = [sys.executable, "-c", "from hub.cli import main; main()", "work", "--once"]
CHUNK = 2_000
STEP_EVERY = 20
"""One clock of so many takes a step; the others tell."""


async def fill(runtime: Runtime, count: int) -> None:
    """Write requests with one clock each that is due."""
    owners = writable(runtime.vault)
    long_ago = datetime.now(UTC) - timedelta(days=60)
    for start in range(0, count, CHUNK):
        requests, clocks = [], []
        for at in range(start, min(start + CHUNK, count)):
            steps = at % STEP_EVERY == 0
            row = write.new_id()
            requests.append(
                write.PlainRow(
                    row,
                    {
                        "requester": "social-security", "provider": "CIVIL_AFFAIRS", "purpose": "means-check",
                        "items": ["Recipient.category"], "regions": ["2305"], "method": "QUERY", "basis": "依据",
                        "scenario": "场景",
                        "starts_on": date(2025, 1, 1), "ends_on": date(2030, 1, 1),
                        "state": "REFUSED" if steps else "SUBMITTED", "state_since": long_ago,
                    },
                    "insert",
                )
            )  # fmt: skip
            assert SharingRequest.process is not None
            declared = SharingRequest.process.clocks["disputing" if steps else "answer"]
            begun = timing.begun(declared, declared.budget, {}, long_ago.date())  # type: ignore[arg-type]
            values = {**begun.values(), "reminded_at": long_ago, "next_at": long_ago}
            clocks.append(write.PlainRow(write.new_id(), {"row": row, "article": declared.article, **values}, "insert"))
        async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            await write.load(tx, write.seal_rows(owners["SharingRequest"], requests))
            await write.load(tx, write.seal_rows(owners["SharingRequestClock"], clocks))
    for table in ("sharing_request", "sharing_request_clock"):
        await runtime.pool.execute(f"ANALYZE {table}")


async def measure(count: int, workers: int) -> dict[str, Any]:
    """Seconds that so many workers take for so many clocks, the start of the processes included."""
    with tempfile.TemporaryDirectory(prefix="hub-clocks-") as home:
        Path(home).chmod(0o711)  # noqa: ASYNC240 - nothing else runs meanwhile
        async with running(Settings.load(home=Path(home) / "hub", database_url=None)) as runtime:
            await fill(runtime, count)
            environment = {**os.environ, "HUB_HOME": str(runtime.settings.home), "HUB_DATABASE_URL": runtime.url}
            began = time.perf_counter()
            processes = [
                subprocess.Popen(COMMAND, env=environment, stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - as above
                for _ in range(workers)
            ]
            codes = await asyncio.gather(*(asyncio.to_thread(process.wait) for process in processes))
            seconds = time.perf_counter() - began
            if any(codes):
                raise SystemExit("hub work failed")
            left = await runtime.pool.fetchval("SELECT count(*) FROM sharing_request_clock WHERE next_at IS NOT NULL")
            late = await runtime.pool.fetchval("SELECT count(*) FROM event WHERE kind LIKE '%.late'")
            if left or late != count:
                raise SystemExit(f"{left} clocks were left, and {late} of {count} told")
    return {"clocks": count, "workers": workers, "seconds": seconds, "a second": count / seconds}


async def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=100_000, help="clocks that are due (default 100,000)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    results = [await measure(options.clocks, workers) for workers in (1, 2)]
    table = Table("workers", "clocks", "seconds", "clocks a second")
    for result in results:
        table.add_row(
            str(result["workers"]), f"{result['clocks']:,}", f"{result['seconds']:.1f}", f"{result['a second']:,.0f}"
        )
    Console().print(table)
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(results))


if __name__ == "__main__":
    asyncio.run(main())
