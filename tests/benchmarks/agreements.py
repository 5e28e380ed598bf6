"""A page of 100 by 10 agreements in force, and by 10,000: the partner owns none of the rows, so all are granted to it.

The asking partner has 10 of them in both hubs; the others are those of a thousand partners.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from asking import post_hub
from fill import progress
from peers import HUB_TARGET
from places import BUREAU, keep, make_place, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian
from workload import HUB, Known, cursors_like, node, page, walk

if TYPE_CHECKING:
    from places import Place
    from rich.console import Console

    from hub.postgres import embedded


OWN = 10
"""Agreements of the partner that asks."""


async def of_another_department(url: str) -> None:
    """Have the partner own none of the rows."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE partner SET department = 'another' WHERE name = $1", BUREAU)
    finally:
        await connection.close()


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Two hubs over databases that differ in their agreements alone, asked in turn."""
    places: dict[str, Place] = {}
    for number, count in enumerate((options.few, options.many)):
        # Two databases on one server have names of their own by their number of recipients.
        place = await make_place(server, home, options.recipients + number, console, agreements=count, own=OWN)
        await of_another_department(place.url)
        places[f"{count:,} agreements"] = place
    few, many = places
    async with (
        granian(few, HUB_TARGET, places[few]) as one,
        granian(many, HUB_TARGET, places[many]) as other,
    ):
        servers = {few: one, many: other}
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
                    "many to few": ratio(rounds[many], rounds[few]),
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
    for name in (*results[0]["rates"], "many : few"):
        table.add_column(name, justify="right")
    for each in results:
        rates = [f"{rate['rate']:,.0f}" for rate in each["rates"].values()]
        table.add_row(each["request"], *rates, spelled(each["many to few"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench agreements", description=__doc__)
    add = parser.add_argument
    add("--few", type=int, default=10, help="agreements of the one hub (default 10)")
    add("--many", type=int, default=10_000, help="agreements of the other (default 10000)")
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each hub, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.recipients, options.rounds, options.connections) < 1 or options.few < OWN:
        parser.error("recipients, rounds and connections begin above zero, agreements at ten")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
