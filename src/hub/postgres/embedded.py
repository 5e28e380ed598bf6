"""An embedded PostgreSQL: a child of the hub, on 127.0.0.1, with its data under the hub's home.

Layout of ``home/postgres``: ``data`` (the cluster), ``password`` (mode 0600), ``log``, ``lock`` (held by the
one hub that owns this home, with its pid in it). The server dies with the hub, however the hub dies; after a
kill of either, the next start recovers what was committed. Linux only: a machine of another kind names a
server in ``HUB_DATABASE_URL``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from hub.errors import HubError
from hub.postgres import cluster, postmaster
from hub.postgres.binaries import Binaries, find_binaries

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hub.postgres import launch

log = logging.getLogger(__name__)

DATABASE = "hub"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server. ``url`` contains the password and names the database ``hub``."""

    url: str = field(repr=False)
    pid: int
    data: Path
    port: int
    binaries: Binaries
    identity: launch.Identity
    process: subprocess.Popen[bytes] = field(repr=False)
    lock: int = field(repr=False)


@asynccontextmanager
async def embedded(home: Path) -> AsyncIterator[Server]:
    """Run the embedded server of ``home`` while the block runs.

    A server that is killed meanwhile is started again on the same port, so the url stays good; its pid does
    not. Raises what `start` raises.
    """
    running = [await start(home)]
    keeper = asyncio.create_task(_keep(running))
    try:
        yield running[0]
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await stop(running[0])


async def start(home: Path, *, binaries: Binaries | None = None, identity: launch.Identity | None = None) -> Server:
    """Start the embedded server of ``home``; make its cluster first if there is none.

    ``binaries`` and ``identity`` are found when not given. Call it from a thread that outlives the server.
    Raises HomeInUse, HomeUnusable, NoPostgres, ServerFailed.
    """
    base = cluster.base_of(home)
    data = base / "data"
    # 1. One hub per home, from here to the end of `stop`.
    lock = cluster.lock(base)
    try:
        # 2. Who runs it, and with which programs: those that made the data, if there is any.
        identity = identity or cluster.identity()
        binaries = binaries or find_binaries(cluster.major_of(data))
        cluster.prepare(base, binaries, identity)
        # 3. The cluster, whole or not at all.
        if cluster.major_of(data) is None:
            await _create_cluster(base, binaries, identity)
        # 4. The server, after whatever a killed one left.
        process, port = await postmaster.serve(data, binaries, identity)
    except BaseException:
        os.close(lock)
        raise
    url = f"postgresql://{cluster.USER}:{cluster.password(base)}@127.0.0.1:{port}/{DATABASE}"
    server = Server(url, process.pid, data, port, binaries, identity, process, lock)
    try:
        await create_database(url, DATABASE)
    except BaseException:
        await stop(server)
        raise
    return server


async def stop(server: Server) -> None:
    """End the server, open connections included, and set its home free."""
    await postmaster.end(server.process)
    os.close(server.lock)


def running_url(home: Path) -> str | None:
    """Give the url of the server that another process runs on ``home``, or None where none runs."""
    base = cluster.base_of(home)
    try:
        os.close(cluster.lock(base))
    except cluster.HomeInUse:
        now = postmaster.status(base / "data")
        if now is None:
            return None
        return f"postgresql://{cluster.USER}:{cluster.password(base)}@127.0.0.1:{now.port}/{DATABASE}"
    return None


async def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Make the database ``name`` on the server of ``url`` unless it is there; give its url.

    ``name``: a lower-case letter, then up to 62 letters, digits, underscores. ``template``: a database of the
    same server, without connections, to copy. Raises HubError for an impossible name.
    """
    for each in (name, template):
        if each is not None and not _NAME.fullmatch(each):
            raise HubError(f"{each!r} is no name for a database: lower-case letters, digits and _ only")
    connection = await asyncpg.connect(_at(url, "postgres"), timeout=30)
    try:
        copied = f' TEMPLATE "{template}"' if template else ""
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f'CREATE DATABASE "{name}"{copied}')
    finally:
        await connection.close()
    return _at(url, name)


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _create_cluster(base: Path, binaries: Binaries, identity: launch.Identity) -> None:
    made = cluster.begin(base, binaries, identity)
    try:
        await postmaster.initialise(base, made.program, identity)
    except BaseException:
        cluster.discard(made)
        raise
    cluster.keep(made)


async def _keep(running: list[Server]) -> None:
    """Start the one server in ``running`` again whenever it ends by itself."""
    while True:
        server = running[0]
        if server.process.poll() is None:
            await asyncio.sleep(0.2)
            continue
        log.warning("the embedded PostgreSQL (pid %d) ended: %d", server.pid, server.process.returncode)
        try:
            process, _ = await postmaster.serve(server.data, server.binaries, server.identity, server.port)
        except HubError as error:
            log.warning("the embedded PostgreSQL does not come back: %s", error.message)
            await asyncio.sleep(2)
        else:
            running[0] = replace(server, process=process, pid=process.pid)
            log.warning("the embedded PostgreSQL is back (pid %d)", process.pid)
