"""``hub serve`` and ``hub migrate``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from hub.cli.serving import refuse_taken_port, require_database_connections, serving, stop_signal
from hub.cli.terminal import out, run
from hub.cli.workers import environment_of, serve_with
from hub.runtime import database, quiet_logs, running
from hub.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on; default HUB_HOST or 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default HUB_PORT or 8000")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes")] = 1,
) -> None:
    """Serve GraphQL until stopped (启动服务).

    Without HUB_DATABASE_URL an embedded PostgreSQL is started under HUB_HOME. A worker that ends is replaced.

    \b
    Example:
      HUB_HOME=/srv/hub hub serve --workers 2
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.load(**given)
    run(_serve(settings, workers))


async def _serve(settings: Settings, workers: int) -> None:
    quiet_logs()
    refuse_taken_port(settings.host, settings.port)
    if workers == 1:
        async with running(settings) as runtime, serving(runtime, settings.port) as url:
            await require_database_connections(runtime.url, settings, workers)
            _announce(url)
            await stop_signal()
        return
    async with database(settings) as url:
        await require_database_connections(url, settings, workers)
        place = f"http://{settings.host}:{settings.port}"
        await serve_with(workers, environment_of(settings, url), partial(_announce, place))


def _announce(url: str) -> None:
    out.print(f"The hub answers at {url}/graphql. Ctrl-C stops it.")


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
