"""What policies cost: a hub by 60 policies beside one by a single policy that permits everything, over the same rows.

On plans that are kept, in requests a second; and the time of a document that neither has ever seen. The 60 are those
that are shipped and, for the role that asks, some more that look at numbers and days of rows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from asking import post_hub
from drawn import documents
from fill import progress
from peers import HUB_TARGET
from places import keep, make_place, run
from planning import FIRST_ONES, Client, figures, request
from rich.table import Table
from rounds import Runner, middle, ratio, spelled
from serving import granian
from workload import HUB, Known, cursors_like, node, page, walk

from hub.policy.source import statements
from hub.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from hub.postgres import embedded

MANY, ONE = "60 policies", "all permitted"
POLICIES = 60
EVERYTHING = '@id("everything") permit (principal, action, resource);'
MORE = """@id("more-{number}") @reason("kept for {number} days") @reason_zh("保留期限")
forbid (principal in Role::"civil-affairs", action, resource is {entity})
when {{ resource has {field} && resource.{field} < datetime("19{number:02}-01-31") }};
"""
DATED = (("Recipient", "approved_on"), ("Recipient", "valid_until"), ("Need", "created_on"))


def directories(home: Path) -> dict[str, Path]:
    """Directories of policies that differ in these alone; neither has trusted documents."""
    shipped = Settings.load().schema_directory
    made = {}
    for name in (MANY, ONE):
        directory = made[name] = home / name.replace(" ", "-")
        policies = directory / "policies"
        policies.mkdir(parents=True)
        (directory / "mappings").symlink_to(shipped.resolve() / "mappings")
        shutil.copy(shipped / "policies" / "purposes.yaml", policies)
    (made[ONE] / "policies" / "everything.cedar").write_text(EVERYTHING, encoding="utf-8")
    count = 0
    for file in (shipped / "policies").glob("*.cedar"):
        shutil.copy(file, made[MANY] / "policies")
        count += sum(1 for _ in statements(file.read_text(encoding="utf-8")))
    more = (
        MORE.format(number=number, entity=DATED[number % 3][0], field=DATED[number % 3][1])
        for number in range(POLICIES - count)
    )
    (made[MANY] / "policies" / "more.cedar").write_text("".join(more), encoding="utf-8")
    return made


async def measure(server: embedded.Server, home: Path, console: Console, options: argparse.Namespace) -> dict[str, Any]:
    """Two hubs over one database, asked in turn."""
    place = await make_place(server, home, options.recipients, console)
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(
                granian(name, HUB_TARGET, place, environment={"HUB_SCHEMA_DIR": str(directory)})
            )
            for name, directory in directories(home).items()
        }
        known = {}
        for name, each in servers.items():
            # A cursor belongs to a list, and lists by other policies are others.
            positions = await walk(place.recipients, place.token, each.port)
            known[name] = Known(positions, lambda _number: b"", cursors_like(None))
        kept = []
        with progress(console) as bar:
            runner = Runner(options.seconds, options.rounds, options.connections, bar)
            for make in (lambda found: page(100, found), node):
                requests = {
                    name: [post_hub(each.port, place.token, body) for body in make(known[name]).bodies[HUB]]
                    for name, each in servers.items()
                }
                about = make(known[MANY]).name
                rounds = await runner.run(about, servers, requests)
                kept.append({
                    "request": about,
                    "rates": {name: middle(each) for name, each in rounds.items()},
                    "to all permitted": ratio(rounds[MANY], rounds[ONE]),
                    "rounds": rounds,
                })  # fmt: skip
            times = await never_seen(servers, place.token, options, bar)
        return {"kept": kept, "never seen, ms": {name: figures(each) for name, each in times.items()}}


async def never_seen(
    servers: dict[str, Any], token: str, options: argparse.Namespace, bar: Any
) -> dict[str, list[float]]:
    """Milliseconds of whole requests with documents that are asked once, of each hub in turn."""
    drawn = documents(Random(options.seed))  # noqa: S311 - repeatable, and nothing secret
    clients = {}
    for name, each in servers.items():
        clients[name] = Client(*await asyncio.open_connection("127.0.0.1", each.port))
    times: dict[str, list[float]] = {name: [] for name in servers}
    asked = list(islice(drawn, FIRST_ONES + options.documents))
    for at, document in enumerate(bar.track(asked, description="Documents never seen")):
        for name in list(servers)[:: 1 if at % 2 else -1]:
            took, _ = await clients[name].ask(request(token, servers[name].port, document))
            if at >= FIRST_ONES:
                times[name].append(took)
    for client in clients.values():
        client.writer.close()
    return times


def show(result: dict[str, Any], options: argparse.Namespace, console: Console) -> None:
    """Print the tables."""
    table = Table(
        title=f"Requests a second on kept plans, {options.connections} connections, {os.cpu_count()} cores, median of "
        f"{options.rounds} rounds"
    )
    table.add_column("request")
    for name in (MANY, ONE, f"{MANY} : {ONE}"):
        table.add_column(name, justify="right")
    for each in result["kept"]:
        rates = [f"{each['rates'][name]['rate']:,.0f}" for name in (MANY, ONE)]
        table.add_row(each["request"], *rates, spelled(each["to all permitted"]))
    console.print(table)
    for name, each in result["never seen, ms"].items():
        console.print(
            f"A document never seen, {name}: median {each['median']:.1f} ms, 95th percentile {each['p95']:.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench policies", description=__doc__)
    add = parser.add_argument
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--documents", type=int, default=200, help="that are never seen (default 200)")
    add("--seconds", type=float, default=4.0, help="of each round (default 4)")
    add("--rounds", type=int, default=5, help="of each hub, alternating (default 5)")
    add("--connections", type=int, default=32, help="of the load (default 32)")
    add("--seed", type=int, default=1, help="of the documents (default 1)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.recipients, options.rounds, options.connections, options.documents) < 1:
        parser.error("recipients, documents, rounds and connections begin above zero")

    async def work(server: embedded.Server, home: Path, console: Console) -> dict[str, Any]:
        result = await measure(server, home, console, options)
        show(result, options, console)
        return result

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
