"""Requests a second of two revisions: the same workloads, each over a database that the revision seeded by itself."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from against import BEFORE, NOW, judge, serving
from agree import differing
from asking import post_hub
from fill import progress
from places import keep
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from workload import HUB, NAMES, Known, cursors_like, walk, workloads

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from against import Side, Tree
    from rich.console import Console


async def measure(trees: Sequence[Tree], console: Console, options: argparse.Namespace) -> None:
    """Measure each size, print its table, and judge all at the end."""
    sizes = []
    for recipients in sorted(set(options.recipients)):
        async with AsyncExitStack() as stack:
            sides = {tree.name: await stack.enter_async_context(serving(tree, recipients, console)) for tree in trees}
            results = await measure_size(sides, recipients, console, options)
        show(results, recipients, console, options)
        sizes.append({"recipients": recipients, "workloads": results})
        keep({"against": options.against, "seconds": options.seconds, "sizes": sizes}, options.json)
    ratios = {
        f"{each['workload']} of {size['recipients']:,} recipients": each["ratio"]
        for size in sizes
        for each in size["workloads"]
    }
    judge(ratios, options, console)


async def measure_size(
    sides: Mapping[str, Side], recipients: int, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Alternate the sides for each workload."""
    names = [name for name in NAMES if not options.only or name in options.only]
    asked = {name: await requests(side, recipients) for name, side in sides.items()}
    servers = {name: side.served for name, side in sides.items()}
    results = []
    with progress(console) as bar:
        runner = Runner(options.seconds, options.rounds, options.connections, bar)
        for name in names:
            each = {side: asked[side][name] for side in sides}
            differ = await differing({servers[side].port: each[side] for side in sides})
            rounds = await runner.run(name, servers, each)
            results.append(
                {
                    "workload": name,
                    "differing answers": differ,
                    "sides": {side: middle(found) for side, found in rounds.items()},
                    "ratio": ratio(rounds[NOW], rounds[BEFORE]),
                    "processor": ratio(rounds[NOW], rounds[BEFORE], "processor"),
                    "rounds": rounds,
                }
            )
    return results


async def requests(side: Side, recipients: int) -> dict[str, list[bytes]]:
    """What one side is asked, by workload: positions and cursors are its own."""
    port = side.served.port
    known = Known(await walk(recipients, side.token, port), lambda _number: b"", cursors_like(None))
    return {
        workload.name: [post_hub(port, side.token, body) for body in workload.bodies[HUB]]
        for workload in workloads(recipients, known)
    }


def show(results: Sequence[Mapping[str, Any]], recipients: int, console: Console, options: argparse.Namespace) -> None:
    """Print the table of one size."""
    table = Table(
        title=f"{recipients:,} recipients, {options.connections} connections, one worker each: requests a second, and "
        f"ratios of now to {options.against} with the range of {options.rounds} rounds",
        show_edge=False,
    )
    table.add_column("request")
    for name in (BEFORE, NOW, "requests, now : before", "hub's processor time, now : before"):
        table.add_column(name, justify="right")
    for each in results:
        rates = [f"{each['sides'][side]['rate']:,.1f}" for side in (BEFORE, NOW)]
        table.add_row(each["workload"], *rates, spelled(each["ratio"]), spelled(each["processor"]))
    console.print(table)
    for each in results:
        if each["differing answers"]:
            console.print(f"{each['workload']}: {each['differing answers']} answers differ between the revisions.")
