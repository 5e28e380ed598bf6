"""Where measurements happen: a temporary home with an embedded PostgreSQL, and in it a seeded database for each size.

Never the database of ``HUB_DATABASE_URL``: it may be somebody's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import uvloop
from agreed import PROVIDERS, put_in_force
from fill import fill
from rich.console import Console

from hub.auth.issue import issue_token
from hub.errors import HubError
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from hub.store.partners import add_partner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

WIDTH = 120
PURPOSE = "assistance-review"
BUREAU = "civil-affairs"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """One seeded database. ``home``: has the keyring that opens it; ``postmaster``: the database server's process."""

    recipients: int
    home: Path
    url: str = field(repr=False)
    token: str = field(repr=False)
    postmaster: int
    seconds: float


async def make_place(
    server: embedded.Server,
    home: Path,
    recipients: int,
    console: Console,
    *,
    agreements: int = len(PROVIDERS),
    own: int = len(PROVIDERS),
) -> Place:
    """Make a database with so many recipients, and a municipal civil affairs bureau that may see them all.

    What other departments found about them it sees by ``agreements`` in force, ``own`` of which are its own.
    """
    began = time.perf_counter()
    mine = home / f"recipients-{recipients}"
    url = await embedded.create_database(server.url, f"recipients_{recipients}")
    async with running(Settings.load(home=mine, database_url=url)) as runtime:
        now = datetime.now(UTC)
        await add_partner(
            runtime.pool, name=BUREAU, title="市民政局", department="civil-affairs",
            roles=["civil-affairs"], regions=["2305"], purposes=[PURPOSE], now=now,
        )  # fmt: skip
        token = (await issue_token(runtime.pool, BUREAU, now)).text
    console.print(f"A database of {recipients:,} recipients")
    await fill(mine, url, recipients, console)
    await put_in_force(url, BUREAU, PURPOSE, agreements, own)
    return Place(recipients, mine, url, token, server.pid, time.perf_counter() - began)


def run(work: Callable[[embedded.Server, Path, Console], Coroutine[Any, Any, Result]]) -> Result:
    """Do the work with a server of its own in a home of its own; leave nothing, however it ends."""

    async def with_server(home: Path, console: Console) -> Result:
        async with embedded.embedded(home) as server:
            return await work(server, home, console)

    return alone(with_server)


def alone(work: Callable[[Path, Console], Coroutine[Any, Any, Result]]) -> Result:
    """Do the work in a temporary home, without the settings of anybody's hub; leave nothing, however it ends."""
    console = make_console()
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        del os.environ[name]  # settings of somebody's hub, its database among them
    # Not TMPDIR's private directories: the user nobody may have to run the server there.
    home = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    home.chmod(0o711)

    async def whole() -> Result:
        task = asyncio.current_task()
        assert task is not None
        # As Ctrl-C: the work is cancelled, and whatever it opened is closed.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work(home, console)

    try:
        return uvloop.run(whole())
    except HubError as error:
        raise SystemExit(error.message) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit("stopped; everything that was started is ended") from None
    finally:
        shutil.rmtree(home, ignore_errors=True)


def make_console() -> Console:
    """A console wide enough for the tables where no terminal says how wide it is."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)


def keep(result: Any, file: Path | None) -> None:
    """Write a result where ``--json`` wants it."""
    if file is not None:
        file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
