"""Serves an application as its makers would, on 127.0.0.1, as a child that ends with the measurement."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from children import end, patiently, spawn

from hub.postgres import launch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from places import Place

HERE = Path(__file__).parent
START_SECONDS = 60.0
KILOBYTE = 1024
MOST_REPORTED = 2_000
UNBOUNDED = {
    # What protects a running hub would here end the measurement: all requests come from one partner.
    "HUB_LOOKUPS_PER_HOUR": str(10**9),
    "HUB_MISSED_LOOKUPS_PER_HOUR": str(10**9),
    "HUB_COST_PER_MINUTE": "0",
    "HUB_STATEMENT_SECONDS": "300",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A server: where it listens, and its first process."""

    name: str
    port: int
    pid: int


@asynccontextmanager
async def granian(
    name: str,
    target: str,
    place: Place,
    *,
    workers: int = 1,
    core: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Served]:
    """Serve an ASGI application as `hub serve` does: uvloop, no access log. ``core``: the only one it may use."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--workers", str(workers),
        "--no-ws", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--factory", target,
    ]  # fmt: skip
    given = {"HUB_HOME": str(place.home), "HUB_DATABASE_URL": place.url, **UNBOUNDED, **(environment or {})}
    async with served(name, command, port, given, core=core) as found:
        yield found


@asynccontextmanager
async def served(
    name: str,
    command: list[str],
    port: int,
    environment: Mapping[str, str],
    *,
    core: int | None = None,
    directory: Path = HERE,
) -> AsyncIterator[Served]:
    """Run a server until the block ends; it is up when its port takes connections."""
    if core is not None:
        command = [shutil.which("taskset") or "taskset", "--cpu-list", str(core), *command]
    # What servers say, refusals line by line, is for whoever has to find out why one failed.
    with tempfile.TemporaryFile() as log:
        # Through the launcher: the kernel ends the child also where this process is killed.
        process = await spawn(
            *launch.command("same", signal.SIGTERM, command),
            cwd=directory,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )

        try:
            await come_up(name, process, port)
            yield Served(name, port, process.pid)
        except SystemExit as error:
            log.seek(max(0, log.seek(0, os.SEEK_END) - MOST_REPORTED))
            said = log.read().decode(errors="replace").strip()
            raise SystemExit(f"{error}\n{name} said: {said or 'nothing'}") from None
        finally:
            await end(process)


async def come_up(name: str, process: asyncio.subprocess.Process, port: int) -> None:
    """Wait until a server takes connections."""

    async def up() -> bool:
        if process.returncode is not None:
            raise SystemExit(f"{name} ended while it started")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    if not await patiently(up, START_SECONDS):
        raise SystemExit(f"{name} did not start within {START_SECONDS:g} s")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(above: int) -> list[int]:
    """A process and all below it."""
    try:
        below = Path(f"/proc/{above}/task/{above}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [above, *(each for child in below for each in family(int(child)))]


def processor_seconds(above: int) -> float:
    """What a process and all below it have used, as Linux tells it: user and system time."""
    ticks = 0
    for pid in family(above):
        used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(used[11]) + int(used[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """The resident memory of one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KILOBYTE
    raise SystemExit(f"Linux does not tell the memory of process {pid}")


def hold_to(pid: int, cores: set[int]) -> None:
    """Let a process, and all below it, run on these cores only."""
    for each in family(pid):
        os.sched_setaffinity(each, cores)
