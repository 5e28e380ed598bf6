"""A page of 100 by 10 agreements in force, by 1,000 and by 10,000, which grant every row: none is the own department's.

The asking partner has 10 of them in each hub, and the others are those of a thousand partners; or it has all of them
(``--own all``). Beside the requests stands how long its agreements take to be read anew, as after each change of them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from asking import post_hub
from fill import progress
from peers import HUB_TARGET
from places import BUREAU, PURPOSE, keep, make_place, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian
from workload import HUB, Known, cursors_like, node, page, walk

from hub.auth import grants
from hub.store.agreements import agreed, item_lists

if TYPE_CHECKING:
    from places import Place
    from rich.console import Console

    from hub.postgres import embedded


OWN = 10
"""Agreements of the partner that asks, if not all are."""
READINGS = 5


async def of_another_department(url: str) -> None:
    """Have the partner own none of the rows."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE partner SET department = 'another' WHERE name = $1", BUREAU)
    finally:
        await connection.close()


async def reading(url: str) -> tuple[float, float]:
    """How long the partner's agreements take to be read and understood, in milliseconds: first, and after a change."""
    connection = await asyncpg.connect(url)
    try:
        took, known = [], item_lists()
        for _ in range(1 + READINGS):
            began = time.perf_counter()
            grants(await agreed(connection, BUREAU, PURPOSE, datetime.now(UTC).date(), known))
            took.append((time.perf_counter() - began) * 1_000)
        return took[0], statistics.median(took[1:])
    finally:
        await connection.close()


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Hubs over databases that differ in their agreements alone, asked in turn."""
    places: dict[str, Place] = {}
    for number, count in enumerate(options.agreements):
        own = count if options.own == "all" else int(options.own)
        # Databases on one server have names of their own by their number of recipients.
        place = await make_place(server, home, options.recipients + number, console, agreements=count, own=own)
        await of_another_department(place.url)
        places[f"{count:,}"] = place
        first, again = await reading(place.url)
        console.print(f"The partner's {own:,} agreements are read in {first:.1f} ms, again in {again:.1f} ms")
    few = next(iter(places))
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(granian(name, HUB_TARGET, place)) for name, place in places.items()
        }
        known = {}
        for name, place in places.items():
            positions = await walk(place.recipients, place.token, servers[name].port)
            known[name] = Known(positions, lambda _number: b"", cursors_like(None))
        results = []
        with progress(console) as bar:
            runner = Runner(options.seconds, options.rounds, options.connections, bar)
            for make in (lambda found: page(100, found), node):
                requests = {
                    name: [post_hub(servers[name].port, place.token, body) for body in make(known[name]).bodies[HUB]]
                    for name, place in places.items()
                }
                about = make(known[few]).name
                rounds = await runner.run(about, servers, requests)
                results.append({
                    "request": about,
                    "rates": {name: middle(each) for name, each in rounds.items()},
                    "to the first": {name: ratio(each, rounds[few]) for name, each in rounds.items() if name != few},
                    "rounds": rounds,
                })  # fmt: skip
        return results


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"Requests a second, {options.connections} connections, {os.cpu_count()} cores, median of "
        f"{options.rounds} rounds"
    )
    table.add_column("request")
    few = next(iter(results[0]["rates"]))
    for name in results[0]["rates"]:
        table.add_column(f"{name} agreements", justify="right")
    for name in results[0]["to the first"]:
        table.add_column(f"{name} : {few}", justify="right")
    for each in results:
        rates = [f"{rate['rate']:,.0f}" for rate in each["rates"].values()]
        table.add_row(each["request"], *rates, *(spelled(found) for found in each["to the first"].values()))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench agreements", description=__doc__)
    add = parser.add_argument
    add("--agreements", type=int, nargs="+", default=[10, 1_000, 10_000], help="of each hub (default 10 1000 10000)")
    add("--own", default=str(OWN), help="how many are the asking partner's: a number, or all (default 10)")
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each hub, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if options.own != "all" and not options.own.isdecimal():
        parser.error("--own is a number, or all")
    if min(options.recipients, options.rounds, options.connections) < 1 or min(options.agreements) < OWN:
        parser.error("recipients, rounds and connections begin above zero, agreements at ten")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
