"""``hub serve`` and ``hub migrate``."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Final

import asyncpg
import typer
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.embed import Server

from hub.app import create_app, quiet_logs
from hub.cli.terminal import out, run
from hub.errors import SettingsError
from hub.runtime import database, running
from hub.settings import Settings
from hub.store.pool import POOLS, dsn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.runtime import Runtime


CONNECTIONS: Final = 1024
"""Open at once in a process. With fewer, silent ones of a stranger would shut everybody out."""
PATIENCE: Final = HTTP1Settings(header_read_timeout=10_000)
"""Milliseconds for the head of a request. HTTP/1 alone: where the version is guessed, a silent client has no limit."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on; default HUB_HOST or 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default HUB_PORT or 8000")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes")] = 1,
) -> None:
    """Serve GraphQL until stopped (启动服务).

    Without HUB_DATABASE_URL an embedded PostgreSQL is started under HUB_HOME.

    \b
    Example:
      HUB_HOME=/srv/hub hub serve --workers 2
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.load(**given)
    run(_serve(settings, workers))


async def _serve(settings: Settings, workers: int) -> None:
    quiet_logs()
    hold_free(settings.host, settings.port)
    if workers == 1:
        async with running(settings) as runtime, serving(runtime, settings.port) as url:
            await hold_connections(runtime.url, settings, workers)
            out.print(f"The hub answers at {url}/graphql. Ctrl-C stops it.")
            await stop_signal()
        return
    async with database(settings) as url:
        await hold_connections(url, settings, workers)
        os.environ["HUB_DATABASE_URL"] = url
        os.environ["HUB_HOME"] = str(settings.home)
        out.print(f"The hub answers at http://{settings.host}:{settings.port}/graphql. Ctrl-C stops it.")
        Granian(
            "hub.app:from_environment",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            workers=workers,
            factory=True,
            http=HTTPModes.http1,
            http1_settings=PATIENCE,
            backlog=CONNECTIONS,
            backpressure=CONNECTIONS,
            log_access=False,
        ).serve()


def hold_free(host: str, port: int) -> None:
    """Refuse a port that anybody listens on: the server shares ports, so it would not notice by itself."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"The hub cannot serve on {host}:{port}: {error.strerror}. Choose another port."
            ) from None


async def hold_connections(url: str, settings: Settings, workers: int) -> None:
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
    host = runtime.settings.host
    if port == 0:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
    server = Server(
        create_app(runtime=runtime),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        http=HTTPModes.http1,
        http1_settings=PATIENCE,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
    )
    task = asyncio.create_task(server.serve())
    try:
        await _listening(host, port, task)
        yield f"http://{host}:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call] # granian leaves it untyped
        await asyncio.wait({task}, timeout=10)


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


def migrate() -> None:
    """Bring the database to the tables of this version (升级数据库).

    A hub that starts does this too. Run it alone to have it done before the hub is back, after a backup.

    \b
    Example:
      HUB_HOME=/srv/hub hub migrate
    """

    async def work() -> None:
        async with database(Settings.load()):
            out.print("The database has all tables of this version.")

    run(work())
