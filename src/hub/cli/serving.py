"""One process that serves: port, open files, server, signal to stop."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import asyncpg
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from hub import write
from hub.app import create_app
from hub.cli.asking import departments, estimating
from hub.cli.nights import Deciding, Nights
from hub.errors import SettingsError
from hub.process.worker import Worker
from hub.store.pool import POOLS, dsn
from hub.webhooks.worker import Deliveries, sender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from hub.matching import Decided, Night
    from hub.process.sweep import Swept
    from hub.runtime import Runtime
    from hub.settings import Settings

BACKLOG: Final = 1024
"""Connections that wait in the kernel until the process takes them."""
HEAD: Final = HTTP1Settings(header_read_timeout=10_000)
"""Milliseconds for the head of a request. HTTP/1 alone: where the version is guessed, a silent client has no limit."""
STOP_SECONDS: Final = 8.0
"""Until work that has begun is given up: whoever stops the hub does not wait for long."""
OTHER_FILES: Final = 256
"""Files that a process has open beside the connections of clients and to the database."""


def refuse_taken_port(host: str, port: int) -> None:
    """Refuse a port that anybody listens on: the server shares ports, so it would not notice by itself."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"The hub cannot serve on {host}:{port}: {error.strerror}. Choose another port."
            ) from None


async def require_database_connections(url: str, settings: Settings, workers: int) -> None:
    """Refuse to serve with more connections than the database server gives: under load, requests would fail."""
    connection = await asyncpg.connect(dsn(url))
    try:
        given = int(await connection.fetchval("SHOW max_connections")) - int(
            await connection.fetchval("SHOW superuser_reserved_connections")
        )
    finally:
        await connection.close()
    most = workers * POOLS * settings.pool_size
    if most > given:
        raise SettingsError(
            f"{workers} workers may hold {most} database connections ({POOLS} times HUB_POOL_SIZE each), and the "
            f"server gives {given}. Set HUB_POOL_SIZE to at most {given // workers // POOLS}, serve with fewer "
            "workers, or raise the server's max_connections."
        )


def require_open_files(settings: Settings) -> None:
    """Raise this process's limit of open files to what its connections may need; refuse where it may not be."""
    needed = settings.connections + POOLS * settings.pool_size + OTHER_FILES
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now != resource.RLIM_INFINITY and now < needed:
        if most != resource.RLIM_INFINITY and most < needed:
            raise SettingsError(
                f"HUB_CONNECTIONS is {settings.connections}, for which a process may have {needed} files open, and the "
                f"system allows {most}. Set HUB_CONNECTIONS to at most {max(0, most - needed + settings.connections)}, "
                "or raise the limit (ulimit -Hn, LimitNOFILE of systemd)."
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, most))


async def stop_signal() -> None:
    """Wait for the signal to stop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


@asynccontextmanager
async def serving(runtime: Runtime, port: int) -> AsyncIterator[str]:
    """Serve an open runtime in this process; give the URL. Port 0 takes a free one."""
    host, connections = runtime.settings.host, runtime.settings.connections
    require_open_files(runtime.settings)
    if port == 0:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
    app = create_app(runtime=runtime)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        http=HTTPModes.http1,
        http1_settings=HEAD,
        backlog=BACKLOG,
        backpressure=connections,
    )
    task = asyncio.create_task(server.serve())
    try:
        await _listening(host, port, task)
        async with working(runtime):
            yield f"http://{host}:{port}"
    finally:
        # The server waits for answers that have begun, and these would go on for ever.
        app.state.hub.streams.close()
        server.stop()  # type: ignore[no-untyped-call] # granian leaves it untyped
        await asyncio.wait({task}, timeout=10)


def retention(settings: Settings) -> write.Retention:
    """How long the hub keeps what it does not keep for ever."""
    return write.Retention(timedelta(days=settings.event_days), timedelta(days=settings.idempotency_days))


@asynccontextmanager
async def working(
    runtime: Runtime,
    told: Callable[[Swept], None] = lambda _swept: None,
    sent: Callable[[int], None] = lambda _count: None,
    matched: Callable[[Night], None] = lambda _night: None,
    decided: Callable[[Decided], None] = lambda _decided: None,
    reported: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    """Have clocks acted on, webhooks sent, needs matched and departments asked meanwhile; what has begun is finished.

    ``told``, ``sent``, ``matched``, ``decided``, ``reported``: are called with what a round did, with how many events a
    webhook was sent, with a night of matching, with what was decided between two of them, and for each report of a
    check of means.
    """
    stop, deliveries = asyncio.Event(), Deliveries(sender(runtime), sent)
    nights, deciding = Nights(runtime, matched), Deciding(runtime, decided)

    def heard() -> None:
        deliveries.wake()
        deciding.wake()

    worker = Worker(runtime.pool, runtime.steps.tools, told, heard=heard, keep=retention(runtime.settings))
    async with departments(runtime, reported) as asking:
        doing = (worker, deliveries, nights, deciding, asking, estimating(runtime))
        tasks = {asyncio.create_task(each.run(stop)) for each in doing}
        try:
            yield
        finally:
            stop.set()
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:  # a receiver that is slow: it gets the message again, under the same id
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _listening(host: str, port: int, task: asyncio.Task[None]) -> None:
    for _ in range(200):
        if task.done():
            raise SettingsError(f"The hub cannot serve on {host}:{port}. Is the port taken?")
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    raise SettingsError(f"The hub does not answer on {host}:{port} within ten seconds.")
