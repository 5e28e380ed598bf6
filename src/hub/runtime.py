"""One running hub: database, keys, policies and audit, opened in the order in which they depend on each other."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from hub import policy
from hub.crypto import WrappedKey, missing_keys, open_keyring, open_vault
from hub.domain import CATALOGUE
from hub.graph import build_schema, restrict
from hub.graph.catalogue import digest
from hub.postgres import embedded
from hub.process.plan import StepTools
from hub.process.rules import check_rules
from hub.process.steps import Steps
from hub.query import Engine, Limits, LookupBudget, Spending, Trusted, ViewerSchemas, load_trusted
from hub.sharing.rules import sharing_rules
from hub.store import migrate
from hub.store.catalogue_versions import note_version
from hub.store.keys import add_keys, locked_keys
from hub.store.pool import open_pool, open_reading
from hub.store.sequencer import Sequencer
from hub.sync.mapping_files import load_mappings
from hub.sync.upkeep import read_upkeep, sources_of
from hub.write import seal_waiting, writable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from hub.crypto import Vault
    from hub.settings import Settings
    from hub.store.pool import Pool, Reading
    from hub.sync.mapping_files import Mappings
    from hub.sync.upkeep import Upkeep


COLLECT_EVERY: Final = 50_000
"""Objects that are made and not freed again before Python looks for cycles among them; its default is 700."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What lasts as long as the process. ``url``: of the hub's own database.

    ``reading``: the connections that queries run on; the server refuses writes on them.
    """

    settings: Settings
    url: str
    pool: Pool
    reading: Reading
    vault: Vault
    engine: Engine
    audit: Sequencer
    lookups: LookupBudget
    spending: Spending
    mappings: Mappings
    trusted: Trusted
    steps: Steps


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """Give the URL of the hub's database: the one that is set, or an embedded server's, with all tables."""
    async with AsyncExitStack() as stack:
        if settings.database_url is not None:
            url = settings.database_url
        else:
            # A hub that serves from the same home has the server running: share it.
            url = (
                embedded.running_url(settings.home)
                or (await stack.enter_async_context(embedded.embedded(settings.home))).url
            )
        await migrate.upgrade(url)
        yield url


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Runtime]:
    """Open everything; raise a ``HubError`` that says what is missing before any data is touched."""
    policies = policy.load(settings.schema_directory / "policies", CATALOGUE)
    mappings = load_mappings(settings.schema_directory / "mappings", CATALOGUE)
    settings.refuse_unknown_sources(mappings.names)
    limits = Limits(page=settings.page_limit, cost=settings.cost_limit, smallest_group=settings.smallest_group)
    views = ViewerSchemas(
        partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE, limits, settings.hide_denied
    )
    trusted = load_trusted(settings.schema_directory / "operations", views, only=settings.trusted_only)
    rules = {made.entity: made for made in (sharing_rules(CATALOGUE, policies.terms),)}
    check_rules(CATALOGUE, rules)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        pool = await open_pool(url, size=settings.pool_size)
        stack.push_async_callback(pool.close)
        reading = await open_reading(
            url, size=settings.pool_size, statement_seconds=settings.statement_seconds
        )  # fmt: skip
        stack.push_async_callback(reading.close)
        vault = await keys(settings, pool)
        owners = writable(vault)
        async with pool.acquire() as connection:
            await seal_waiting(connection, owners)
        audit = Sequencer(pool, vault.mac("audit chain"))
        stack.push_async_callback(audit.close)
        engine = Engine(views, CATALOGUE, policies, vault, limits, await _upkeep(pool, mappings))
        lookups = LookupBudget(pool, settings.lookups_per_hour, settings.missed_lookups_per_hour)
        stack.push_async_callback(lookups.close)
        spending = Spending(settings.cost_per_minute)
        tools = StepTools(CATALOGUE, policies, vault, rules, owners)
        room = asyncio.Semaphore(max(1, settings.pool_size // 2))
        steps = Steps(tools, vault.token("idempotency key"), room)
        yield Runtime(settings, url, pool, reading, vault, engine, audit, lookups, spending, mappings, trusted, steps)


async def _upkeep(pool: Pool, mappings: Mappings) -> Callable[[Reading], Awaitable[Upkeep]]:
    """Note the version of the data catalogue; give what reads how it stands."""
    async with pool.acquire() as connection:
        version = await note_version(connection, digest(CATALOGUE), datetime.now(UTC))
    sources = sources_of(mappings, CATALOGUE)

    async def read(reading: Reading) -> Upkeep:
        return await read_upkeep(reading, CATALOGUE, sources, version, datetime.now(UTC))

    return read


async def keys(settings: Settings, pool: Pool) -> Vault:
    """Open the vault. At the first start keyring and data keys are made; later a missing keyring is an error."""
    async with pool.acquire() as connection, locked_keys(connection) as stored:
        ring = open_keyring(settings.keyring_file, fingerprint=stored.fingerprint, data_keys=bool(stored.rows))
        rows = [WrappedKey(*row) for row in stored.rows]
        made = await missing_keys(ring, rows, datetime.now(UTC))
        await add_keys(
            connection,
            ring.fingerprint,
            [(key.key_id, key.group, key.suite, key.wrapped, key.state, key.created_at) for key in made],
        )
    return await open_vault(ring, [*rows, *made])


def collect_rarely() -> None:
    """Spare answers the search for reference cycles.

    An answer is thousands of new objects and no cycle; with Python's defaults each page is searched several
    times while it is made, which is a fifth of its time. What stays (schema, policies) is set aside for good.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)


def quiet_logs() -> None:
    """Log warnings and what the hub itself says; no library's chatter, which could quote a request."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("hub").setLevel(logging.INFO)
