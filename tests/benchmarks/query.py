"""Requests per second: the hub beside a hand-written handler that gives the same answers, in one run.

Machines differ and are never quiet, so rounds alternate and only ratios within a run mean anything.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table
from seed import id_number, seed
from workload import LOOK_UP, NODE, PAGE, PAGE_SIZE, Workload, to_floor, to_hub

from hub.auth.issue import issue_token
from hub.runtime import running
from hub.settings import Settings
from hub.store.partners import add_partner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.runtime import Runtime

HERE = Path(__file__).parent
CONNECTIONS = 8
VARIANTS = 24
BEFORE_ALL = "00000000-0000-0000-0000-000000000000"
START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(target: str, runtime: Runtime) -> Iterator[tuple[int, int]]:
    """Serve an application as `hub serve` would: one worker, uvloop, no access log. Give its port and process."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--workers", "1", "--no-ws",
        "--port", str(port), "--log-level", "warning", "--factory", target,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "HUB_HOME": str(runtime.settings.home),
        "HUB_DATABASE_URL": runtime.url,
        "HUB_LOOKUPS_PER_HOUR": str(10**9),
    }
    process = subprocess.Popen(command, cwd=HERE, env=environment)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{target} did not start") from None
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, request: bytes) -> Any:
    """Send one request; return its data."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    answer = orjson.loads(body)
    if not head.startswith(b"HTTP/1.1 200") or "errors" in answer:
        raise SystemExit(f"refused: {answer}")
    return answer["data"]


def processor_seconds(above: int) -> float:
    """Return what a process and all below it have used, as Linux tells it."""
    used = Path(f"/proc/{above}/stat").read_text().rpartition(")")[2].split()
    below = Path(f"/proc/{above}/task/{above}/children").read_text().split()
    own = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")  # user and system time
    return own + sum(processor_seconds(int(child)) for child in below)


def drive(port: int, requests: list[bytes], seconds: float, server: int) -> dict[str, Any]:
    """Put load on a server from a process of its own; count what the server's process uses meanwhile."""
    asked = {
        "port": port,
        "requests": [base64.b64encode(each).decode() for each in requests],
        "seconds": seconds,
        "connections": CONNECTIONS,
    }
    before = processor_seconds(server)
    done = subprocess.run(
        [sys.executable, HERE / "load.py"],
        input=orjson.dumps(asked),
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 30,
    )
    found: dict[str, Any] = orjson.loads(done.stdout)
    found["processor"] = (processor_seconds(server) - before) / found["count"] * 1000
    if found["failed"]:
        raise SystemExit(f"requests failed: {found['failed']}")
    return found


async def workloads(runtime: Runtime, recipients: int, hub: int, token: str) -> list[Workload]:
    """The three workloads over the rows that are there."""
    cursors: list[str | None] = [None]
    places = [BEFORE_ALL]
    page = Workload("page", "", PAGE, "/page", [], [])
    while len(cursors) < min(VARIANTS, recipients // PAGE_SIZE):
        [request] = to_hub(Workload("page", "", PAGE, "/page", [{"after": cursors[-1]}], []), hub, token)
        shown = (await asyncio.to_thread(ask, hub, request))["recipients"]
        cursors.append(shown["pageInfo"]["endCursor"])
        places.append(shown["edges"][-1]["node"]["id"].partition(":")[2])
    nodes = [
        str(row[0])
        for row in await runtime.pool.fetch("SELECT id FROM recipient ORDER BY md5(id::text) LIMIT $1", VARIANTS)
    ]
    numbers = [id_number(serial) for serial in range(1, recipients, max(1, recipients // VARIANTS))]
    page = Workload(
        "page", f"{PAGE_SIZE} recipients, four sealed fields each", PAGE, "/page",
        [{"after": cursor} for cursor in cursors], [{"after": place} for place in places],
    )  # fmt: skip
    node = Workload(
        "node", "one recipient by its id", NODE, "/node",
        [{"id": f"Recipient:{key}"} for key in nodes], [{"id": key} for key in nodes],
    )  # fmt: skip
    look_up = Workload(
        "look-up", "one person by ID number", LOOK_UP, "/look-up",
        [{"number": number} for number in numbers], [{"number": number} for number in numbers],
    )  # fmt: skip
    return [page, node, look_up]


def same(workload: Workload, hub: list[bytes], floor: list[bytes], hub_port: int, floor_port: int) -> None:
    """Stop unless both give the same data for every variant; a page's end is marked in each one's own way."""
    for at, (left, right) in enumerate(zip(hub, floor, strict=True)):
        found = [ask(hub_port, left), ask(floor_port, right)]
        for data in found:
            if "recipients" in data:
                del data["recipients"]["pageInfo"]["endCursor"]
        if found[0] != found[1] or not any(found[0].values()):
            raise SystemExit(f"{workload.name} {at}: the hub and the floor differ:\n{found[0]}\n{found[1]}")


async def viewer(runtime: Runtime) -> str:
    """A municipal civil affairs bureau; return its token."""
    now = datetime.now(UTC)
    await add_partner(
        runtime.pool, name="civil-affairs", title="市民政局", department="civil-affairs", roles=["civil-affairs"],
        regions=["2305"], purposes=["assistance-review"], now=now,
    )  # fmt: skip
    return (await issue_token(runtime.pool, "civil-affairs", now)).text


async def measure(options: argparse.Namespace, home: Path, console: Console) -> list[dict[str, Any]]:
    """Seed, serve, check, measure; return one result per workload."""
    async with running(Settings.load(home=home)) as runtime:
        with console.status(f"Seeding {options.recipients:,} recipients"):
            await seed(runtime.pool, runtime.vault, options.recipients)
            await runtime.pool.execute("VACUUM ANALYZE")
        token = await viewer(runtime)
        with served("hub.cli.serve:from_environment", runtime) as hub, served("floor:app", runtime) as floor:
            results = []
            for workload in await workloads(runtime, options.recipients, hub[0], token):
                if options.only and workload.name not in options.only:
                    continue
                requests = {"hub": to_hub(workload, hub[0], token), "floor": to_floor(workload, floor[0])}
                await asyncio.to_thread(same, workload, requests["hub"], requests["floor"], hub[0], floor[0])
                rounds: dict[str, list[dict[str, Any]]] = {"hub": [], "floor": []}
                servers = {"hub": hub, "floor": floor}
                for side, (port, process) in servers.items():
                    await asyncio.to_thread(drive, port, requests[side], min(1.0, options.seconds), process)
                for number in range(options.rounds):
                    order = ("hub", "floor") if number % 2 == 0 else ("floor", "hub")
                    for side in order:
                        with console.status(f"{workload.name}: round {number + 1} of {options.rounds}, {side}"):
                            port, process = servers[side]
                            found = await asyncio.to_thread(drive, port, requests[side], options.seconds, process)
                            rounds[side].append(found)
                results.append(result(workload, rounds))
            return results


def result(workload: Workload, rounds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The median round of each side, and the median of the rounds' ratios."""
    ratios = [hub["rate"] / floor["rate"] for hub, floor in zip(rounds["hub"], rounds["floor"], strict=True)]
    middle = {side: sorted(found, key=lambda each: each["rate"])[len(found) // 2] for side, found in rounds.items()}
    return {
        "workload": workload.name,
        "about": workload.about,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        **{side: {key: found[key] for key in ("rate", "p50", "p99", "processor")} for side, found in middle.items()},
    }


def show(results: list[dict[str, Any]], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"{CONNECTIONS} connections, one worker each; only ratios within a run mean anything")
    table.add_column("request")
    columns = ("/s", "p50 ms", "p99 ms", "cpu ms")
    for name in (*(f"{side} {column}" for side in ("hub", "floor") for column in columns), "hub : floor", "rounds"):
        table.add_column(name, justify="right")
    for each in results:
        sides = [f"{each[side][key]:,.1f}" for side in ("hub", "floor") for key in ("rate", "p50", "p99", "processor")]
        spread = f"{min(each['ratios']):.2f} to {max(each['ratios']):.2f}"
        table.add_row(f"{each['workload']}: {each['about']}", *sides, f"{each['ratio']:.2f}", spread)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench query", description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000, help="rows to seed (default 10000)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round (default 4)")
    parser.add_argument("--rounds", type=int, default=5, help="of each side (default 5)")
    parser.add_argument("--only", action="append", metavar="NAME", help="page, node or look-up; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    # Not TMPDIR's private directories: the user nobody may have to run the server there.
    home = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    home.chmod(0o711)
    try:
        results = asyncio.run(measure(options, home, console))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show(results, console)
    if options.json:
        options.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
