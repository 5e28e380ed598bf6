"""The process of an embedded PostgreSQL: start it, see whether it is ready, end it, clear what a kill left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.postgres import launch

if TYPE_CHECKING:
    from io import BufferedWriter

    from hub.postgres.binaries import Binaries

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "wal_compression": "on",
    "jit": "off",
    # Parallel workers need /dev/shm, which containers keep at 64 MB; the hub's statements are short.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements, their details and the messages of their errors may quote protected values; a log never does.
    # "log" stands above "error" in PostgreSQL's order: the server's own news stay in.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}

_START_SECONDS = 300.0  # recovery after a crash replays up to a gigabyte
_STOP_SECONDS = 30.0
_LOG_BYTES = 10_000_000
# A port that was free a moment ago, and backends of a killed server that are not gone yet.
_PASSING = ("could not bind", "pre-existing shared memory block")


class ServerFailed(HubError):
    """The embedded PostgreSQL did not start."""

    code = "HUB-913"


@dataclass(frozen=True, slots=True)
class Status:
    """What PostgreSQL writes about itself into ``postmaster.pid``."""

    pid: int
    port: int
    ready: bool


def status(data: Path) -> Status | None:
    """Read ``postmaster.pid``; None while it is missing or half written."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return Status(int(lines[0]), int(lines[3]), lines[7].strip() == "ready")
    except (OSError, ValueError, IndexError):
        return None


async def initialise(base: Path, program: list[str], identity: launch.Identity) -> None:
    """Run ``initdb``. Raises ServerFailed with what it said."""
    with _open_log(base) as output:
        began = output.tell()
        process = _spawn(program, identity, signal.SIGKILL, output)
    try:
        await exited(process, _START_SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise ServerFailed(f"initdb could not make a database in {base}: {_log_since(base, began)}")


async def serve(
    data: Path, binaries: Binaries, identity: launch.Identity, port: int | None = None
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on ``port`` (a free one by default) and wait until it takes connections.

    Only the holder of the home's lock may call this. Raises ServerFailed.
    """
    await _clear_leftover(data)
    said = ""
    for attempt in range(20):
        chosen = port or _free_port()
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(chosen)}.items()]
        program = [str(binaries.directory / "postgres"), "-D", str(data), *settings]
        with _open_log(data.parent) as output:
            began = output.tell()
            # SIGINT is PostgreSQL's fast shutdown: sessions end, data is written, nobody is waited for.
            process = _spawn(program, identity, signal.SIGINT, output)
        try:
            if await _ready(process, data):
                return process, chosen
        except BaseException:
            await end(process)
            raise
        said = _log_since(data.parent, began)
        if not any(each in said for each in _PASSING):
            break
        await asyncio.sleep(min(0.05 * 2**attempt, 1))
    raise ServerFailed(f"PostgreSQL did not start in {data}: {said}. Its log is {data.parent / 'log'}")


async def end(process: subprocess.Popen[bytes]) -> None:
    """End the server in order; by force if that takes too long."""
    for way, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        process.send_signal(way)
        if await exited(process, seconds):
            return


async def exited(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait up to ``seconds`` for the process to end; say whether it did."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + seconds
    while process.poll() is None:
        if loop.time() > patience:
            return False
        await asyncio.sleep(0.02)
    return True


def _spawn(
    program: list[str], identity: launch.Identity, death_signal: signal.Signals, output: BufferedWriter
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command is built from constants and paths
        launch.command(identity, death_signal, program),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        # A directory that every identity may read; PostgreSQL goes to its data by itself.
        cwd="/",
        # Nothing of the hub's environment: PGOPTIONS, PGDATA and secrets have no business there.
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        # Ctrl-C in a terminal is for the hub, which then stops its server in order.
        start_new_session=True,
    )


async def _ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until the server says that it is ready (True) or ends (False)."""
    async with asyncio.timeout(_START_SECONDS):
        while process.poll() is None:
            now = status(data)
            if now and now.ready and now.pid == process.pid:
                return True
            await asyncio.sleep(0.02)
    return False


async def _clear_leftover(data: Path) -> None:
    """Wait for a server whose hub was killed, and remove a pid file that names a stranger.

    PostgreSQL itself clears a pid file that names no process, but refuses to start when the number was given
    to another program since.
    """
    loop = asyncio.get_running_loop()
    living = _processes_in(data)
    for insistence, seconds in ((None, _STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        for pid in living:
            with contextlib.suppress(OSError):
                os.kill(pid, insistence or 0)
        patience = loop.time() + seconds
        while living and loop.time() < patience:
            await asyncio.sleep(0.02)
            living = _processes_in(data)
    if living:
        raise ServerFailed(f"an earlier server (process {living[0]}) still runs in {data}. End it first")
    _remove_pid_file_of_stranger(data)


def _remove_pid_file_of_stranger(data: Path) -> None:
    left = status(data)
    if left and Path(f"/proc/{left.pid}").exists():
        (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """Give the PostgreSQL processes of this data directory: they all work in it."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if pid != os.getpid() and _works_in(pid, data)]


def _works_in(pid: int, data: Path) -> bool:
    entry = Path(f"/proc/{pid}")
    try:
        return (entry / "comm").read_text().startswith("postgres") and (entry / "cwd").samefile(data)
    except PermissionError:
        # Without the right to look inside, the command line of the first process still tells.
        with contextlib.suppress(OSError):
            return f"\0{data}\0".encode() in (entry / "cmdline").read_bytes()
    except OSError:
        pass
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _open_log(base: Path) -> BufferedWriter:
    path = base / "log"
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.rename(base / "log.1")
    path.touch(mode=0o600)
    return path.open("ab")


def _log_since(base: Path, began: int) -> str:
    """Give what PostgreSQL complained about since the log had ``began`` bytes, in one line."""
    with (base / "log").open("rb") as lines:
        lines.seek(began)
        text = lines.read().decode(errors="replace")
    said = re.findall(r"(?:FATAL|PANIC|error): +(.+)|((?:could not|unrecognized|invalid|syntax error) .+)", text)
    said = [first or second for first, second in said] or text.splitlines()[-1:]
    return "; ".join(said) or "it said nothing"
