"""How soon streams get an event, and what that costs queries: latencies with no stream, and with many that get all.

The hub is one process, as `hub serve` runs it. Streams belong to a few partners and all see every event, which is the
worst case. Queries come at a fixed rate from a process of their own, first alone, then beside the streams while
events happen.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from rich.console import Console
from rich.table import Table
from serving import granian

from hub import write
from hub.auth import issue_token
from hub.runtime import running
from hub.settings import Settings
from hub.store import partners
from hub.write import writable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID

    from hub.runtime import Runtime

PARTNERS = 10
FOLLOW = "subscription($after: String) { events(after: $after) { nodes { kind sharingRequest { id state } } } }"
ASK = "{ sharingRequests(first: 20) { nodes { id state requester purpose } } }"
CONNECTING = 50
"""Streams that are opened at the same time."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the hub under measurement keeps what it has."""

    home: Path
    url: str


async def prepare(runtime: Runtime) -> tuple[list[str], UUID]:
    """Add partners that see everything, and a request that events are about; give their tokens and its id."""
    now, tokens = datetime.now(UTC), []
    for number in range(PARTNERS):
        name = f"authority-{number}"
        await partners.add_partner(
            runtime.pool, name=name, title=name, department="data-authority", roles=["data-authority"],
            regions=["2305"], purposes=["data-sharing"], now=now,
        )  # fmt: skip
        tokens.append((await issue_token(runtime.pool, name, now)).text)
    row = {
        "requester": "social-security", "provider": "CIVIL_AFFAIRS", "purpose": "means-check",
        "items": ["Recipient.category"], "regions": ["2305"], "method": "QUERY", "basis": "依据", "scenario": "场景",
        "starts_on": date(2025, 1, 1), "ends_on": date(2030, 1, 1), "state": "SUBMITTED", "state_since": now,
    }  # fmt: skip
    async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        made = await write.add(tx, writable(runtime.vault)["SharingRequest"], row, event="SharingRequest.submit")
    return tokens, made


def headers(token: str) -> dict[str, str]:
    """What a partner sends."""
    return {"Authorization": f"Bearer {token}", "Hub-Purpose": "data-sharing"}


async def follow(port: int, token: str, after: str, arrivals: list[float], began: asyncio.Event) -> None:
    """Hold one stream, and note when each event arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = orjson.dumps({"query": FOLLOW, "variables": {"after": after}})
    given = {
        "Host": "hub", "Content-Type": "application/json", "Accept": "text/event-stream",
        "Content-Length": str(len(body)), **headers(token),
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    writer.write(f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body)
    try:
        while line := await reader.readline():
            if line.startswith(b":"):
                began.set()
            elif line.startswith(b"data: "):
                arrivals += [time.time()] * line.count(b'"kind"')
    finally:
        writer.close()


async def ask(port: int, token: str, seconds: float, rate: float) -> list[float]:
    """Ask at a fixed rate, whether answers come or not; give the milliseconds of each, from when it was due."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=headers(token)) as client:
        began, took = time.perf_counter(), []

        async def one(due: float) -> None:
            answer = await client.post("/graphql", json={"query": ASK})
            answer.raise_for_status()
            took.append((time.perf_counter() - due) * 1000)

        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * rate)):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(one(due))
    return took


async def asking(port: int, token: str, options: argparse.Namespace) -> list[float]:
    """Ask from a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--ask", str(port), token, "--seconds", str(options.seconds), "--rate",
        str(options.rate), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("the process that asks failed")
    found: list[float] = orjson.loads(printed)
    return found


@asynccontextmanager
async def streams(port: int, tokens: Sequence[str], count: int) -> AsyncIterator[list[list[float]]]:
    """Hold so many streams that begin with the next event."""
    afters = []
    for token in tokens:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers(token)) as client:
            query = "{ events(last: 1) { pageInfo { endCursor } } }"
            answer = (await client.post("/graphql", json={"query": query})).json()
            afters.append(answer["data"]["events"]["pageInfo"]["endCursor"])
    arrivals: list[list[float]] = [[] for _ in range(count)]
    tasks: list[asyncio.Task[None]] = []
    try:
        for start in range(0, count, CONNECTING):
            began = [asyncio.Event() for _ in range(min(CONNECTING, count - start))]
            for number, event in enumerate(began, start):
                at = number % len(tokens)
                tasks.append(asyncio.create_task(follow(port, tokens[at], afters[at], arrivals[number], event)))
            async with asyncio.timeout(60):
                await asyncio.gather(*(event.wait() for event in began))
        yield arrivals
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def happen(runtime: Runtime, row: UUID, seconds: float, every: float) -> list[float]:
    """Let events happen; give when each was committed."""
    committed = []
    for _ in range(int(seconds / every)):
        await asyncio.sleep(every)
        async with runtime.pool.acquire() as connection, write.transaction(connection) as tx:
            tx.tell(write.NewEvent("SharingRequest.answer.reminded", "SharingRequest", row))
        committed.append(time.time())
    return committed


def share(found: Sequence[float], part: float) -> float:
    """The value that so large a part is not above."""
    return sorted(found)[min(len(found) - 1, math.ceil(part * len(found)) - 1)]


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Queries alone, then beside the streams."""
    with tempfile.TemporaryDirectory(prefix="hub-events-") as home:
        Path(home).chmod(0o711)  # noqa: ASYNC240 - nothing else runs meanwhile
        async with running(Settings.load(home=Path(home) / "hub", database_url=None)) as runtime:
            tokens, row = await prepare(runtime)
            place: Any = Home(runtime.settings.home, runtime.url)
            async with granian("hub", "hub.app:from_environment", place) as served:
                await asking(served.port, tokens[0], options)  # warms up
                alone = await asking(served.port, tokens[0], options)
                async with streams(served.port, tokens, options.streams) as arrivals:
                    beside, committed = await asyncio.gather(
                        asking(served.port, tokens[0], options), happen(runtime, row, options.seconds, options.every)
                    )
                    await asyncio.sleep(3)
    lost = sum(len(committed) - len(each) for each in arrivals)
    late = [(at - done) * 1000 for each in arrivals for at, done in zip(each, committed, strict=False)]
    return {
        "streams": options.streams, "events": len(committed), "not delivered": lost,
        "delivered p50 ms": share(late, 0.5), "delivered p99 ms": share(late, 0.99), "delivered last ms": max(late),
        "queries p50 ms alone": share(alone, 0.5), "queries p50 ms beside": share(beside, 0.5),
        "queries p99 ms alone": share(alone, 0.99), "queries p99 ms beside": share(beside, 0.99),
        "p99 beside / alone": share(beside, 0.99) / share(alone, 0.99),
    }  # fmt: skip


async def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1_000, help="streams that are held (default 1,000)")
    parser.add_argument("--seconds", type=float, default=20, help="of each part (default 20)")
    parser.add_argument("--rate", type=float, default=50, help="queries a second (default 50)")
    parser.add_argument("--every", type=float, default=2, help="seconds between two events (default 2)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--ask", nargs=2, metavar=("PORT", "TOKEN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask is not None:
        took = await ask(int(options.ask[0]), options.ask[1], options.seconds, options.rate)
        sys.stdout.buffer.write(orjson.dumps(took))
        return
    results = await measure(options)
    table = Table("figure", "value")
    for name, value in results.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    Console().print(table)
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(results))


if __name__ == "__main__":
    asyncio.run(main())
