"""Time and memory of `hub sync` over the five sample departments: the first pull, and a second that changes nothing.

Making the departments is not part of what is measured. Memory is the largest resident size of the process that
synchronises; the database server has its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from against import BEFORE, NOW, add_options, compare, judge, synchronised
from places import keep
from rich.console import Console
from rich.table import Table
from rounds import ratio, spelled

from hub.demo import mariadb
from hub.demo.departments import make_departments
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from against import Tree

    from hub.runtime import Runtime

COMMAND = [sys.executable, "-c", "from hub.cli import main; main()", "sync"]
SEED = 2305
MEGABYTE = 1024
RUNS = {"first": "first", "second": "second, nothing new"}


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
        runs = {name: await asyncio.to_thread(synchronise, runtime) for name in RUNS}
        rows = await runtime.pool.fetchval("SELECT sum(rows_read) FROM sync_run") // len(runs)
        return {"people": people, "rows": int(rows), "mariadb": mysql is not None, **runs}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"hub sync: five departments, {result['people']:,} people, {result['rows']:,} rows")
    table.add_column("run")
    for name in ("seconds", "processor s", "rows /s", "peak MB"):
        table.add_column(name, justify="right")
    for name, title in RUNS.items():
        run = result[name]
        table.add_row(
            title,
            f"{run['seconds']:.1f}",
            f"{run['processor']:.1f}",
            f"{result['rows'] / run['seconds']:,.0f}",
            f"{run['kilobytes'] / MEGABYTE:,.0f}",
        )
    console.print(table)


async def compare_revisions(trees: Sequence[Tree], console: Console, options: argparse.Namespace) -> None:
    """Have each revision make its departments and pull them twice, in each round; now one first and now the other."""
    found: dict[str, list[dict[str, Any]]] = {tree.name: [] for tree in trees}
    for number in range(options.rounds):
        for tree in trees[:: 1 if number % 2 else -1]:
            with console.status(f"Round {number + 1} of {options.rounds}: {tree.name}"):
                result = await synchronised(tree, options.people, console)
            for name in RUNS:
                result[name]["rate"] = result["rows"] / result[name]["seconds"]
            found[tree.name].append(result)
        keep({"against": options.against, "rounds": found}, options.json)
    table = Table(
        title=f"hub sync: five departments, {options.people:,} people; medians, and ratios of now to {options.against} "
        f"with the range of {options.rounds} rounds"
    )
    table.add_column("run")
    for name in (
        f"rows /s {BEFORE}", f"rows /s {NOW}", "rows /s, now : before", "processor s, now : before",
        "peak memory, now : before",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    ratios = {}
    for name, title in RUNS.items():
        sides = {side: [each[name] for each in results] for side, results in found.items()}
        rates = [f"{statistics.median(each['rate'] for each in sides[side]):,.0f}" for side in (BEFORE, NOW)]
        ratios[f"{name} run"] = ratio(sides[NOW], sides[BEFORE])
        compared = [spelled(ratio(sides[NOW], sides[BEFORE], each)) for each in ("rate", "processor", "kilobytes")]
        table.add_row(title, *rates, *compared)
    console.print(table)
    rows = {side: sorted({each["rows"] for each in results}) for side, results in found.items()}
    if rows[BEFORE] != rows[NOW]:
        console.print(f"The revisions did not read as many rows: {rows}.")
    judge(ratios, options, console)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench sync", description=__doc__)
    parser.add_argument("--people", type=int, default=20_000, help="people in the departments (default 20000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    parser.add_argument("--rounds", type=int, default=3, help="of each revision, with --against (default 3)")
    add_options(parser.add_argument)
    options = parser.parse_args()
    if min(options.people, options.rounds) < 1:
        parser.error("people and rounds begin above zero")
    if options.against:
        compare(options.against, lambda trees, console: compare_revisions(trees, console, options))
        return
    console = Console(width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        home = Path(name)
        home.chmod(0o711)  # the user nobody may have to run the server there
        result = asyncio.run(measure(options.people, home, console))
    show(result, console)
    keep(result, options.json)


if __name__ == "__main__":
    main()
