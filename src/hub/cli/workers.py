"""Several processes that serve one port: each is a hub of its own on one database, and one that ends is replaced.

Run as a program, this is such a process. It takes its settings from the environment, says on standard output that it
serves, and ends with whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from hub.cli.serving import serving, stop_signal
from hub.cli.terminal import run
from hub.errors import HubError
from hub.postgres import launch
from hub.runtime import quiet_logs, running
from hub.settings import Settings

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

SERVES: Final = b"serves\n"
START_SECONDS: Final = 60.0
STARTS: Final = 3
"""Attempts to start a worker at the hub's own start, where something kills it before it serves."""
STOP_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 1.0
"""Between two attempts to replace a worker: one that cannot start must not keep the machine busy."""


class WorkerFailed(HubError):
    """A worker ended before it served. It has said why itself."""

    code = "HUB-918"


class WorkerKilled(WorkerFailed):
    """A signal ended a worker before it served: it did not fail by itself, so another may take its place."""

    code = "HUB-929"


async def serve_with(workers: int, environment: Mapping[str, str], announce: Callable[[], None]) -> None:
    """Serve with so many workers until the signal to stop; announce it once all of them serve.

    Raises WorkerFailed where one fails at the start by itself. One that is killed, then or later, is replaced.
    """
    stop = asyncio.create_task(stop_signal())
    keepers: list[asyncio.Task[None]] = []
    started = await asyncio.gather(*(_start_first(environment) for _ in range(workers)), return_exceptions=True)
    try:
        up = [each for each in started if not isinstance(each, BaseException)]
        keepers += [asyncio.create_task(_keep(each, environment)) for each in up]
        for each in started:
            if isinstance(each, BaseException):
                raise each
        announce()
        await stop
    finally:
        stop.cancel()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def _keep(worker: Process, environment: Mapping[str, str]) -> None:
    """Replace a worker whenever it ends; end it when cancelled."""
    current: Process | None = worker
    try:
        while True:
            if current is not None:
                code = await current.wait()
                log.warning("worker %d ended (%d); another takes its place", current.pid, code)
                current = None
            try:
                current = await _start(environment)
            except WorkerFailed as error:
                log.warning("%s Trying again.", error.message)
                await asyncio.sleep(AGAIN_SECONDS)
    finally:
        if current is not None:
            await _end(current)


async def _start_first(environment: Mapping[str, str]) -> Process:
    """Start a worker when the hub starts. Others may serve, and be used, while this one is still on its way."""
    for _ in range(STARTS - 1):
        with contextlib.suppress(WorkerKilled):
            return await _start(environment)
    return await _start(environment)


async def _start(environment: Mapping[str, str]) -> Process:
    """Start a worker and wait until it serves."""
    program = [sys.executable, "-m", "hub.cli.workers"]
    process = await asyncio.create_subprocess_exec(
        # The kernel ends it also where this process is killed.
        *launch.command("same", signal.SIGTERM, program),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        # The terminal's Ctrl-C is for this process, which then ends its workers in order.
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        async with asyncio.timeout(START_SECONDS):
            said = await process.stdout.readline()
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise WorkerFailed(f"A worker did not serve within {START_SECONDS:g} seconds.") from None
        raise
    if said != SERVES:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                code = await process.wait()
                if code < 0:
                    raise WorkerKilled(f"Signal {-code} ended a worker before it served.")
        await _end(process)
        raise WorkerFailed("A worker ended before it served; the log has the reason.")
    return process


async def _end(process: Process) -> None:
    """Let a worker end by itself; end it where it does not."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
                return


def environment_of(settings: Settings, url: str) -> dict[str, str]:
    """The environment of a worker: this process's, with what was decided on the command line or found out."""
    return {
        **os.environ,
        "HUB_DATABASE_URL": url,
        "HUB_HOME": str(settings.home),
        "HUB_HOST": settings.host,
        "HUB_PORT": str(settings.port),
    }


async def _work() -> None:
    quiet_logs()
    settings = Settings.load()
    async with running(settings) as runtime, serving(runtime, settings.port):
        sys.stdout.buffer.write(SERVES)
        sys.stdout.buffer.flush()
        await stop_signal()


if __name__ == "__main__":
    run(_work())
