"""Time and memory of `hub sync` over the five sample departments: the first pull, and a second that changes nothing.

Making the departments is not part of what is measured. Memory is the largest resident size of the process that
synchronises; the database server has its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from hub.demo import mariadb
from hub.demo.departments import make_departments
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.runtime import Runtime

COMMAND = [sys.executable, "-c", "from hub.cli import main; main()", "sync"]
SEED = 2305
MEGABYTE = 1024


def synchronise(runtime: Runtime) -> dict[str, Any]:
    """Run `hub sync` in a process of its own; return seconds, processor seconds and kilobytes."""
    environment = {**os.environ, "HUB_HOME": str(runtime.settings.home), "HUB_DATABASE_URL": runtime.url}
    began = time.perf_counter()
    # Not subprocess: only wait4 tells the memory of this child and of no other.
    child = os.posix_spawn(
        sys.executable, COMMAND, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit("hub sync failed")
    return {
        "seconds": time.perf_counter() - began,
        "processor": used.ru_utime + used.ru_stime,
        "kilobytes": used.ru_maxrss,
    }


async def measure(people: int, home: Path, console: Console) -> dict[str, Any]:
    """Make the departments, then synchronise twice."""
    async with AsyncExitStack() as stack:
        settings = Settings.load(home=home, database_url=None)  # never that of HUB_DATABASE_URL: it may be somebody's
        runtime = await stack.enter_async_context(running(settings))
        mysql = None
        if mariadb.installed() is not None:
            mysql = await stack.enter_async_context(mariadb.running(home / "mariadb"))
        with console.status(f"Making five departments of {people:,} people"):
            departments = await make_departments(home, runtime.url, people, SEED, mariadb_url=mysql)
        settings.keep_sources(departments.connections())
        runs = {name: await asyncio.to_thread(synchronise, runtime) for name in ("first", "second")}
        rows = await runtime.pool.fetchval("SELECT sum(rows_read) FROM sync_run") // len(runs)
        return {"people": people, "rows": int(rows), "mariadb": mysql is not None, **runs}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"hub sync: five departments, {result['people']:,} people, {result['rows']:,} rows")
    table.add_column("run")
    for name in ("seconds", "processor s", "rows /s", "peak MB"):
        table.add_column(name, justify="right")
    for name in ("first", "second"):
        run = result[name]
        table.add_row(
            name if name == "first" else "second, nothing new",
            f"{run['seconds']:.1f}",
            f"{run['processor']:.1f}",
            f"{result['rows'] / run['seconds']:,.0f}",
            f"{run['kilobytes'] / MEGABYTE:,.0f}",
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench sync", description=__doc__)
    parser.add_argument("--people", type=int, default=20_000, help="people in the departments (default 20000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        home = Path(name)
        home.chmod(0o711)  # the user nobody may have to run the server there
        result = asyncio.run(measure(options.people, home, console))
    show(result, console)
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
