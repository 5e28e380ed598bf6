"""Resident memory of one hub worker over many mixed requests: pages, nodes, look-ups, counts, refusals, and documents
that are new each time, so that everything that is kept fills up and is thrown away again.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from asking import drive
from fill import progress
from mixed import SHARES, requests
from peers import HUB_TARGET
from places import keep, make_place, run
from rich.table import Table
from serving import family, granian, resident_bytes
from workload import walk

if TYPE_CHECKING:
    from rich.console import Console

    from hub.postgres import embedded

MEGABYTE = 1024 * 1024
LOTS = 100
REPORTED_EVERY = 10


async def measure(server: embedded.Server, home: Path, console: Console, options: argparse.Namespace) -> dict[str, Any]:
    """Send the requests in a hundred lots; note the memory at the start and after each tenth lot."""
    place = await make_place(server, home, options.recipients, console)
    async with granian("hub", HUB_TARGET, place) as hub:
        worker = max(family(hub.pid)[1:], key=resident_bytes)
        noted = [{"requests": 0, "bytes": resident_bytes(worker)}]
        positions = await walk(place.recipients, place.token, hub.port)
        random = Random(options.seed)  # noqa: S311 - repeatable, and nothing secret
        drawn = requests(random, place, hub.port, positions)
        kinds: Counter[str] = Counter()
        refused = 0
        with progress(console) as bar:
            task = bar.add_task("Mixed requests", total=options.requests)
            for lot in range(1, LOTS + 1):
                size = options.requests * lot // LOTS - options.requests * (lot - 1) // LOTS
                if not size:
                    continue
                sent = list(islice(drawn, size))
                kinds.update(kind for kind, _ in sent)
                asked = [request for _, request in sent]
                found = await drive(hub, asked, options.connections, count=size, refusals=True)
                refused += found["refused"]
                bar.advance(task, size)
                if lot % REPORTED_EVERY == 0:
                    noted.append({"requests": options.requests * lot // LOTS, "bytes": resident_bytes(worker)})
    # Look-ups of a number that nobody has, and refusals of a kind that fails, would be errors in the mix.
    if refused != kinds["refused"]:
        raise SystemExit(f"{kinds['refused']} requests were made to be refused, and {refused} were")
    return {
        "recipients": options.recipients,
        "requests": options.requests,
        "connections": options.connections,
        "shares": SHARES,
        "kinds": dict(kinds),
        "memory": noted,
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"One worker, {result['requests']:,} mixed requests, {result['connections']} connections")
    for name in ("requests answered", "resident MB", "since the line before"):
        table.add_column(name, justify="right")
    before = None
    for each in result["memory"]:
        megabytes = each["bytes"] / MEGABYTE
        change = "" if before is None else f"{megabytes - before:+.1f}"
        table.add_row(f"{each['requests']:,}", f"{megabytes:.1f}", change)
        before = megabytes
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    add = parser.add_argument
    add("--requests", type=int, default=100_000, help="how many (default 100000)")
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--connections", type=int, default=8, help="of the load (default 8)")
    add("--seed", type=int, default=2305, help="of the mix; the same seed draws the same requests (default 2305)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.requests, options.recipients, options.connections) < 1:
        parser.error("requests, recipients and connections begin above zero")

    async def work(server: embedded.Server, home: Path, console: Console) -> dict[str, Any]:
        result = await measure(server, home, console, options)
        show(result, console)
        return result

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
