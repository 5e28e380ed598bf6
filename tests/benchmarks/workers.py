"""One hub worker against two, with the database free to run anywhere, and with the database held to one core and the
workers to another: what the second worker gains where there is a core for it, and what it gains where there is none.

The load itself is held to no core.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asking import post_hub
from fill import progress
from peers import HUB_TARGET
from places import keep, make_place, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian, hold_to
from workload import HUB, Known, cursors_like, node, page, walk

if TYPE_CHECKING:
    from places import Place
    from rich.console import Console
    from workload import Workload

    from hub.postgres import embedded

SMALL_POOLS = {"HUB_POOL_SIZE": "8"}
"""Three workers share the server's 60 connections, and each holds two pools."""
ONE, TWO = "one worker", "two workers"


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Both placements, each with both numbers of workers and both kinds of request."""
    place = await make_place(server, home, options.recipients, console)
    cores = sorted(os.sched_getaffinity(0))
    results = await measure_placement(place, None, options, console)
    if len(cores) > 1:
        hold_to(place.postmaster, {cores[0]})
        results += await measure_placement(place, cores[1], options, console)
    else:
        console.print("There is one core only: nothing can be held apart.")
    return results


async def measure_placement(
    place: Place, core: int | None, options: argparse.Namespace, console: Console
) -> list[dict[str, Any]]:
    """One worker and two at once over the same database; only one of them is asked at a time."""
    async with (
        granian(ONE, HUB_TARGET, place, core=core, environment=SMALL_POOLS) as one,
        granian(TWO, HUB_TARGET, place, core=core, environment=SMALL_POOLS, workers=2) as two,
    ):
        positions = await walk(place.recipients, place.token, one.port)
        known = Known(positions, lambda _number: b"", cursors_like(None))
        servers = {ONE: one, TWO: two}
        results = []
        with progress(console) as bar:
            runner = Runner(options.seconds, options.rounds, options.connections, bar)
            for workload in (page(100, known), node(known)):
                requests = {name: asked(workload, place, server.port) for name, server in servers.items()}
                rounds = await runner.run(workload.name, servers, requests)
                results.append(
                    {
                        "request": workload.name,
                        "held apart": core is not None,
                        "workers": {name: middle(each) for name, each in rounds.items()},
                        "two to one": ratio(rounds[TWO], rounds[ONE]),
                        "rounds": rounds,
                    }
                )
        return results


def asked(workload: Workload, place: Place, port: int) -> list[bytes]:
    """A workload's requests to one hub."""
    return [post_hub(port, place.token, body) for body in workload.bodies[HUB]]


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"Requests a second, {options.connections} connections, {os.cpu_count()} cores, median of "
        f"{options.rounds} rounds"
    )
    table.add_column("request")
    table.add_column("database and workers")
    for name in (ONE, TWO, "two : one"):
        table.add_column(name, justify="right")
    for each in results:
        rates = [f"{each['workers'][name]['rate']:,.0f}" for name in (ONE, TWO)]
        held = "held to a core each" if each["held apart"] else "on any core"
        table.add_row(each["request"], held, *rates, spelled(each["two to one"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench workers", description=__doc__)
    add = parser.add_argument
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each number of workers, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.recipients, options.rounds, options.connections) < 1 or options.seconds <= 0:
        parser.error("recipients, rounds, connections and seconds begin above zero")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
