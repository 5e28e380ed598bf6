"""Requests a second: the hub, beside a hand-written handler that gives the same answers, PostGraphile, and plain
Strawberry, over one database in one run.

The hand-written floor and plain Strawberry open the same sealed fields as the hub, without policy and audit.
PostGraphile gives sealed fields as they are kept. One process each, each at its best settings that we know of.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import revisions
from against import add_options, compare
from agree import check
from fill import progress
from growth import compare_depths, compare_sizes
from peers import get_known, install_graphile, serving_all, versions
from places import keep, make_place, run
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from workload import FLOOR, GRAPHILE, HUB, NAMES, PLAIN, workloads

if TYPE_CHECKING:
    from peers import Sides
    from places import Place
    from rich.console import Console
    from workload import Workload

    from hub.postgres import embedded

OTHERS = (FLOOR, GRAPHILE, PLAIN)
TITLES = {HUB: "hub", FLOOR: "floor", GRAPHILE: "PostGraphile", PLAIN: "Strawberry"}
GENERATOR_LIMIT = 0.7
"""Of one core. Where the load itself takes more, it and not the server may be what is measured."""


async def measure(server: embedded.Server, home: Path, console: Console, options: argparse.Namespace) -> dict[str, Any]:
    """Measure each size, then the sizes against each other."""
    graphile = not options.no_postgraphile and await install_graphile(console)
    places: list[Place] = []
    result: dict[str, Any] = {
        "seconds": options.seconds,
        "rounds": options.rounds,
        "connections": options.connections,
        "sizes": [],
    }
    for recipients in sorted(set(options.recipients)):
        place = await make_place(server, home, recipients, console)
        places.append(place)
        result["versions"] = await versions(place, graphile=graphile)
        async with serving_all(place, graphile=graphile) as sides:
            found = await measure_size(sides, options, console)
        show(found, options, console)
        result["sizes"].append(found)
        keep(result, options.json)  # the next size may take long, and be stopped
    if not options.only and len(places) > 1:
        with progress(console) as bar:
            runner = Runner(options.seconds, options.rounds, options.connections, bar)
            result["growth"] = await compare_sizes(places, runner)
        for each in result["growth"][1:]:
            console.print(
                f"hub, first page of 100 at {each['recipients']:,} recipients : at {places[0].recipients:,}: "
                f"{spelled(each['ratio'])}"
            )
    return result


async def measure_size(sides: Sides, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Check and measure every workload over one database."""
    known = await get_known(sides)
    results = []
    depths = None
    with progress(console) as bar:
        runner = Runner(options.seconds, options.rounds, options.connections, bar)
        for workload in workloads(sides.place.recipients, known):
            if not options.only or workload.name in options.only:
                await check(sides, workload)
                results.append(await measure_workload(sides, workload, runner))
        if not options.only:
            depths = await compare_depths(sides, known, runner)
    return {
        "recipients": sides.place.recipients,
        "seeded in": sides.place.seconds,
        "sides": list(sides.servers),
        "workloads": results,
        "depth": depths,
    }


async def measure_workload(sides: Sides, workload: Workload, runner: Runner) -> dict[str, Any]:
    """The median of each side, and the ratios."""
    requests = {side: sides.requests(workload, side) for side in sides.servers}
    rounds = await runner.run(workload.name, sides.servers, requests)
    return {
        "workload": workload.name,
        "about": workload.about,
        "sides": {side: middle(each) for side, each in rounds.items()},
        "hub against": {side: ratio(rounds[HUB], rounds[side]) for side in OTHERS if side in rounds},
        "rounds": rounds,
    }


def show(found: dict[str, Any], options: argparse.Namespace, console: Console) -> None:
    """Print the table of one size."""
    table = Table(
        title=f"{found['recipients']:,} recipients, {options.connections} connections, one worker each: requests a "
        f"second, and ratios with the range of {options.rounds} rounds",
        show_edge=False,
        caption="Only ratios within a run mean anything. PostGraphile does not open sealed fields.",
    )
    table.add_column("request")
    for title in TITLES.values():
        table.add_column(title, justify="right")
    for side in OTHERS:
        table.add_column(f"hub : {TITLES[side]}", justify="right")
    for each in found["workloads"]:
        rates = [f"{each['sides'][side]['rate']:,.1f}" if side in each["sides"] else "–" for side in TITLES]
        table.add_row(each["workload"], *rates, *(spelled(each["hub against"].get(side)) for side in OTHERS))
    console.print(table)
    busiest = max((side["generator"] for each in found["workloads"] for side in each["sides"].values()), default=0)
    if busiest > GENERATOR_LIMIT:
        console.print(f"The load itself took up to {busiest:.0%} of a core: the fastest rates may be its own.")
    if found["depth"] is not None:
        console.print(f"hub, 500th page of 100 : first page: {spelled(found['depth']['ratio'])}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench query", description=__doc__)
    add = parser.add_argument
    add("--recipients", type=int, nargs="+", default=[10_000], metavar="N",
        help="rows to seed; several sizes are measured one after the other (default 10000)")  # fmt: skip
    add("--seconds", type=float, default=4.0, help="of each side in each round (default 4)")
    add("--rounds", type=int, default=5, help="of each side, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load, each with one request at a time (default 32)")
    add("--only", action="append", choices=NAMES, metavar="NAME",
        help=f"measure only this: {', '.join(NAMES)}; may be repeated")  # fmt: skip
    add("--no-postgraphile", action="store_true", help="leave PostGraphile out, and do not install it")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    add_options(add)
    options = parser.parse_args()
    if min(options.recipients) < 1 or options.rounds < 1 or options.connections < 1 or options.seconds <= 0:
        parser.error("sizes, rounds, connections and seconds begin above zero")
    if options.against:
        compare(options.against, lambda trees, console: revisions.measure(trees, console, options))
        return
    result = run(lambda server, home, console: measure(server, home, console, options))
    keep(result, options.json)


if __name__ == "__main__":
    main()
