"""Alembic's entry: compares and migrates the tables that `hub.store` declares.

The hub hands its own connection over (`hub.store.migrate`). The ``alembic`` command, which developers use to
write a migration, connects to ``HUB_DATABASE_URL``.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from hub.store import (  # noqa: F401 - they add their tables to METADATA
    agreements,
    catalogue_versions,
    criteria,
    installations,
    ledger,
    match_prices,
    match_runs,
    processes,
    provenance,
    webhooks,
)
from hub.store.pool import dsn
from hub.store.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection


given = context.config.attributes


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=given.get("tables", METADATA),
        compare_server_default=True,
        process_revision_directives=given.get("process_revision_directives"),
        # One transaction for all: an upgrade happens whole or not at all.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    url = dsn(os.environ["HUB_DATABASE_URL"]).replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    message = "migrations need a database: set HUB_DATABASE_URL and leave --sql out"
    raise SystemExit(message)
handed_over = given.get("connection")
if handed_over is None:
    asyncio.run(connect_and_run())
else:
    run(handed_over)
