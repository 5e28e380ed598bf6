"""Steps over HTTP, submitting a request for data and accepting it, beside a handler written by hand.

The handler writes the same rows in one transaction (steps_floor.py), and neither knows who asks nor what may be done.
Each round every request is submitted once, then accepted once, by both sides in turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from asking import ask, drive, post
from fill import progress
from peers import HUB_TARGET
from places import Place, keep, run
from rich.table import Table
from rounds import ratio, spelled
from serving import granian
from steps_floor import COPIES, copy_tables

from hub.auth import issue_token
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store.partners import add_partner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from serving import Served

HUB, FLOOR = "hub", "by hand"
STEPS = ("submit", "accept")
ASKING, ANSWERING = "social-security", "civil-affairs"
SUBMIT = """mutation($input: SubmitSharingRequestInput!) { submitSharingRequest(input: $input) {
    sharingRequest { id version } errors { __typename } } }"""
ACCEPT = """mutation($input: AcceptSharingRequestInput!) { acceptSharingRequest(input: $input) {
    sharingRequest { id version } errors { __typename } } }"""
WAITING = "SELECT id::text FROM {} WHERE state = 'SUBMITTED' ORDER BY id"
REGIONS = ["2305"]


def given() -> dict[str, Any]:
    """What a request for data says."""
    today = datetime.now(UTC).date()
    return {
        "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category", "Recipient.status"],
        "purpose": "benefit-coordination", "regions": REGIONS, "method": "QUERY", "basis": "社会救助暂行办法第五十八条",
        "scenario": "核对养老金与救助待遇是否重复", "startsOn": (today + timedelta(days=1)).isoformat(),
        "endsOn": (today + timedelta(days=90)).isoformat(),
    }  # fmt: skip


async def prepare(server: embedded.Server, home: Path) -> tuple[Place, dict[str, str]]:
    """Make a hub with both departments; return it and their tokens."""
    mine, tokens = home / "hub", {}
    url = await embedded.create_database(server.url, "steps")
    async with running(Settings.load(home=mine, database_url=url)) as runtime:
        for name in (ASKING, ANSWERING):
            now = datetime.now(UTC)
            await add_partner(
                runtime.pool, name=name, title=name, department=name, roles=[name], regions=REGIONS,
                purposes=["data-sharing"], now=now,
            )  # fmt: skip
            tokens[name] = (await issue_token(runtime.pool, name, now)).text
    await copy_tables(url)
    return Place(0, mine, url, tokens[ANSWERING], server.pid, 0.0), tokens


def posted(port: int, token: str, query: str, values: Mapping[str, Any]) -> bytes:
    """A step of the hub."""
    headers = f"Authorization: Bearer {token}\r\nHub-Purpose: data-sharing\r\n"
    return post("/graphql", port, {"query": query, "variables": {"input": values}}, headers)


async def requests_of(
    side: str, step: str, server: Served, connection: asyncpg.Connection, tokens: Mapping[str, str], count: int
) -> list[bytes]:
    """What a side is sent in a round; each request to accept is of a row of its own."""
    if step == "submit":
        one = (
            posted(server.port, tokens[ASKING], SUBMIT, given())
            if side == HUB
            else post("/submit", server.port, given())
        )
        return [one] * count
    table = "sharing_request" if side == HUB else "floor_sharing_request"
    rows = [each["id"] for each in await connection.fetch(WAITING.format(table))]
    if len(rows) < count:
        raise SystemExit(f"{side}: {len(rows)} of {count} requests for data were submitted")
    if side == FLOOR:
        return [post("/accept", server.port, {"id": row, "expectedVersion": 1}) for row in rows[:count]]
    return [
        posted(server.port, tokens[ANSWERING], ACCEPT, {"id": f"SharingRequest:{row}", "expectedVersion": 1})
        for row in rows[:count]
    ]


async def measure(
    server: embedded.Server, home: Path, console: Console, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Both sides in turn; each round's steps are counted in the database."""
    place, tokens = await prepare(server, home)
    connection = await asyncpg.connect(place.url)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {(step, side): [] for step in STEPS for side in (HUB, FLOOR)}
    async with granian(HUB, HUB_TARGET, place) as hub:
        # The hand-written side learns from one step of each kind.
        for _ in range(2):
            await ask(hub.port, posted(hub.port, tokens[ASKING], SUBMIT, given()))
        [first] = await requests_of(HUB, "accept", hub, connection, tokens, 1)
        await ask(hub.port, first)
        async with granian(FLOOR, "steps_floor:app", place) as floor:
            servers = {HUB: hub, FLOOR: floor}
            with progress(console) as bar:
                task = bar.add_task("steps", total=(options.rounds + 1) * len(found))
                for number in range(options.rounds + 1):
                    sides = list(servers)[:: 1 if number % 2 else -1]
                    for step in STEPS:
                        for side in sides:
                            # As autovacuum does within a minute: plans made for empty tables would scan full ones.
                            await connection.execute(f"ANALYZE {', '.join((*COPIES, *map('floor_{}'.format, COPIES)))}")
                            count = options.steps if number else min(options.steps, 100)
                            requests = await requests_of(side, step, servers[side], connection, tokens, count)
                            measured = await drive(servers[side], requests, options.connections, count=count)
                            if number:
                                found[step, side].append(measured)
                            bar.advance(task)
    left = {side: len(await connection.fetch(WAITING.format(table))) for side, table in (
        (HUB, "sharing_request"), (FLOOR, "floor_sharing_request")
    )}  # fmt: skip
    await connection.close()
    if left != {HUB: 1, FLOOR: 0}:
        raise SystemExit(f"steps were not taken: {left}")
    return [
        {
            "step": step,
            "rates": {side: statistics.median(each["rate"] for each in found[step, side]) for side in (HUB, FLOOR)},
            "ratio": ratio(found[step, HUB], found[step, FLOOR]),
            "rounds": {side: found[step, side] for side in (HUB, FLOOR)},
        }
        for step in STEPS
    ]


def show(results: list[dict[str, Any]], options: argparse.Namespace, console: Console) -> None:
    """Print the table."""
    table = Table(
        title=f"Steps a second, {options.steps} in a round, {options.connections} connections, {os.cpu_count()} cores, "
        f"median of {options.rounds} rounds"
    )
    table.add_column("step")
    for name in (HUB, FLOOR, "hub : by hand"):
        table.add_column(name, justify="right")
    for each in results:
        rates = [f"{each['rates'][side]:,.0f}" for side in (HUB, FLOOR)]
        table.add_row(each["step"], *rates, spelled(each["ratio"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench steps", description=__doc__)
    add = parser.add_argument
    add("--steps", type=int, default=2_000, help="of each kind in a round (default 2000)")
    add("--rounds", type=int, default=5, help="of each side, alternating (default 5)")
    add("--connections", type=int, default=16, help="of the load (default 16)")
    add("--json", type=Path, metavar="FILE", help="also write everything there")
    options = parser.parse_args()
    if min(options.steps, options.rounds, options.connections) < 1:
        parser.error("steps, rounds and connections begin above zero")

    async def work(server: embedded.Server, home: Path, console: Console) -> list[dict[str, Any]]:
        results = await measure(server, home, console, options)
        show(results, options, console)
        return results

    keep(run(work), options.json)


if __name__ == "__main__":
    main()
