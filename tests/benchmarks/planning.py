"""The time of a document that the hub has never seen, as a whole HTTP request, against that of the same document sent
again; and where the time goes, by the stages that the hub itself tells of (`Hub-Explain: 1`).

Documents of some 650 bytes, each drawn anew. Those that are timed whole are not explained: explaining takes time too.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
from against import BEFORE, NOW, add_options, compare, judge, serving
from asking import post_hub
from drawn import documents
from fill import progress
from peers import HUB_TARGET
from places import keep, make_place, run
from rich.table import Table
from rounds import ratio, spelled
from serving import granian

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from against import Side, Tree
    from rich.console import Console

    from hub.postgres import embedded

FIRST_ONES = 20
"""Documents that are sent before anything is timed: a process that has just started has other things to make."""
EXPLAINED = {"HUB_EXPLAIN_ROLES": "civil-affairs"}
WHOLE = "whole request"
ROUNDS = 5
"""Of a comparison: so many parts of the documents, each with a ratio of its own."""


class Client:
    """One keep-alive connection that times what it asks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes) -> tuple[float, dict[str, Any]]:
        """Send a request; return milliseconds until the whole answer was there, and the answer."""
        began = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await self.reader.readexactly(length)
        took = (time.perf_counter() - began) * 1000
        answer = orjson.loads(body)
        if "errors" in answer:
            raise SystemExit(f"refused: {answer['errors']}")
        return took, answer


async def measure(server: embedded.Server, home: Path, console: Console, options: argparse.Namespace) -> dict[str, Any]:
    """Send each document twice, then others twice with an explanation."""
    place = await make_place(server, home, options.recipients, console)
    drawn = documents(Random(options.seed))  # noqa: S311 - repeatable, and nothing secret
    async with granian("hub", HUB_TARGET, place, environment=EXPLAINED) as hub:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        client = Client(reader, writer)
        for document in islice(drawn, FIRST_ONES):
            await client.ask(request(place.token, hub.port, document))
        times: dict[str, dict[str, list[float]]] = {WHOLE: {"cold": [], "warm": []}}
        lengths = []
        with progress(console) as bar:
            for document in bar.track(list(islice(drawn, options.documents)), description="Whole requests"):
                lengths.append(len(document))
                asked = request(place.token, hub.port, document)
                for kind in ("cold", "warm"):
                    took, _ = await client.ask(asked)
                    times[WHOLE][kind].append(took)
            for document in bar.track(list(islice(drawn, options.documents)), description="Explained"):
                asked = request(place.token, hub.port, document, "Hub-Explain: 1\r\n")
                for kind in ("cold", "warm"):
                    _, answer = await client.ask(asked)
                    note(times, kind, answer["extensions"]["explain"])
        writer.close()
    return {
        "recipients": options.recipients,
        "documents": options.documents,
        "bytes": statistics.mean(lengths),
        "milliseconds": {
            stage: {kind: figures(each) for kind, each in kinds.items()} for stage, kinds in times.items()
        },
    }


def request(token: str, port: int, document: str, headers: str = "") -> bytes:
    """A document, ready to send."""
    return post_hub(port, token, {"query": document}, headers)


def note(times: dict[str, dict[str, list[float]]], kind: str, explained: dict[str, Any]) -> None:
    """Add what an explanation says of each stage; stop where it was not as cold or warm as it should be."""
    if set(explained["cached"].values()) != {kind == "warm"}:
        raise SystemExit(f"a {kind} document was not: {explained['cached']}")
    for stage, took in explained["milliseconds"].items():
        times.setdefault(stage, {"cold": [], "warm": []})[kind].append(took)


def figures(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"median": statistics.median(times), "p95": sorted(times)[int(len(times) * 0.95)]}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    title = f"{result['documents']} documents of {result['bytes']:.0f} bytes, each never seen, then again: ms"
    table = Table(title=title, caption="Stages are of other documents, and of the hub's own clock.")
    table.add_column("stage")
    for name in ("cold median", "cold p95", "warm median", "warm p95"):
        table.add_column(name, justify="right")
    for stage, kinds in result["milliseconds"].items():
        cells = [f"{kinds[kind][key]:.2f}" for kind in ("cold", "warm") for key in ("median", "p95")]
        table.add_row(stage, *cells, end_section=stage == WHOLE)
    console.print(table)


async def compare_revisions(trees: Sequence[Tree], console: Console, options: argparse.Namespace) -> None:
    """Send each document, twice, to either revision, now to one first and now to the other; explained ones apart."""
    async with AsyncExitStack() as stack:
        sides = {
            tree.name: await stack.enter_async_context(serving(tree, options.recipients, console, EXPLAINED))
            for tree in trees
        }
        with progress(console) as bar:
            task = bar.add_task("Documents", total=2 * options.documents)
            times = await alternate(sides, options, lambda: bar.advance(task))
    size = options.documents // ROUNDS
    stages = [stage for stage in times[NOW] if stage in times[BEFORE]]
    result = {
        stage: {
            kind: {
                "sides": {side: figures(times[side][stage][kind]) for side in sides},
                # Of times the other way round, so that above 1 is faster, as for requests a second.
                "ratio": ratio(
                    *(
                        [
                            {"ms": statistics.median(times[side][stage][kind][at * size :][:size])}
                            for at in range(ROUNDS)
                        ]
                        for side in (BEFORE, NOW)
                    ),
                    "ms",
                ),
            }
            for kind in ("cold", "warm")
        }
        for stage in stages
    }
    keep({"against": options.against, "documents": options.documents, "stages": result}, options.json)
    show_comparison(result, options, console)
    judge({f"{WHOLE}, never seen": result[WHOLE]["cold"]["ratio"]}, options, console)


async def alternate(
    sides: dict[str, Side], options: argparse.Namespace, advance: Callable[[], None]
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Milliseconds by side, stage, and whether the document was never seen."""
    drawn = documents(Random(options.seed))  # noqa: S311 - repeatable, and nothing secret
    clients = {}
    for name, side in sides.items():
        clients[name] = Client(*await asyncio.open_connection("127.0.0.1", side.served.port))
    times: dict[str, dict[str, dict[str, list[float]]]] = {side: {WHOLE: {"cold": [], "warm": []}} for side in sides}
    for at, document in enumerate(islice(drawn, FIRST_ONES + 2 * options.documents)):
        explained = at >= FIRST_ONES + options.documents
        for name in list(sides)[:: 1 if at % 2 else -1]:
            side = sides[name]
            headers = "Hub-Explain: 1\r\n" if explained else ""
            asked = request(side.token, side.served.port, document, headers)
            for kind in ("cold", "warm"):
                took, answer = await clients[name].ask(asked)
                if explained:
                    note(times[name], kind, answer["extensions"]["explain"])
                elif at >= FIRST_ONES:
                    times[name][WHOLE][kind].append(took)
        if at >= FIRST_ONES:
            advance()
    for client in clients.values():
        client.writer.close()
    return times


def show_comparison(result: dict[str, Any], options: argparse.Namespace, console: Console) -> None:
    """Print the table of two revisions."""
    table = Table(
        title=f"{options.documents} documents, each never seen, then again: median ms, and how many times as fast as "
        f"{options.against} with the range of {ROUNDS} parts",
        caption="Stages are of other documents, and of each hub's own clock; only those that both tell of.",
    )
    table.add_column("stage")
    for kind in ("cold", "warm"):
        for name in (f"{kind} {BEFORE}", f"{kind} {NOW}", "times as fast"):
            table.add_column(name, justify="right")
    for stage, kinds in result.items():
        cells = []
        for found in kinds.values():
            cells += [f"{found['sides'][side]['median']:.2f}" for side in (BEFORE, NOW)] + [spelled(found["ratio"])]
        table.add_row(stage, *cells, end_section=stage == WHOLE)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench planning", description=__doc__)
    add = parser.add_argument
    add("--documents", type=int, default=300, help="timed whole, and as many explained (default 300)")
    add("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    add("--seed", type=int, default=2305, help="of the documents; the same seed draws the same (default 2305)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    add_options(add)
    options = parser.parse_args()
    if min(options.documents, options.recipients) < 1:
        parser.error("documents and recipients begin above zero")
    if options.against:
        if options.documents < ROUNDS:
            parser.error(f"a comparison has {ROUNDS} parts, and needs as many documents")
        compare(options.against, lambda trees, console: compare_revisions(trees, console, options))
        return

    async def work(server: embedded.Server, home: Path, console: Console) -> dict[str, Any]:
        result = await measure(server, home, console, options)
        show(result, console)
        return result

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
