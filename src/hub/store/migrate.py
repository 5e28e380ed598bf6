"""Bring the database to the tables of this version of the hub, with Alembic."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import hub
from hub.errors import HubError
from hub.store.pool import dsn, unreachable
from hub.store.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.operations.ops import MigrationScript
    from sqlalchemy import Connection, MetaData

_Result = TypeVar("_Result")

_LOCK = 0x68756200
"""Advisory lock: of two hubs that start at once, one migrates and the other finds the work done."""


_CANNOT_CONNECT = (
    OSError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)


class MigrationFailed(HubError):
    """The database cannot be brought to the tables of this version."""

    code = "HUB-916"


async def upgrade(url: str) -> str | None:
    """Apply all migrations that the database lacks, in one transaction; give the revision it has then.

    Raises DatabaseUnreachable; MigrationFailed where the database was made by a newer hub.
    """

    def run(connection: Connection) -> str | None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")
        return _revision(connection)

    return await _in_transaction(url, run)


async def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to ``revision``; ``base`` undoes all, and the data with them."""

    def run(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.downgrade(_config(connection), revision)

    await _in_transaction(url, run)


async def draft(url: str, name: str, tables: MetaData = METADATA) -> Path | None:
    """Write the migration from the database, which must be at the head, to ``tables``; None if nothing changes.

    It becomes the next file of the migrations' directory.
    """

    def run(connection: Connection) -> Path | None:
        config = _config(connection)
        config.attributes |= {"tables": tables, "process_revision_directives": _drop_empty}
        head = ScriptDirectory.from_config(config).get_current_head()
        made = command.revision(config, message=name, autogenerate=True, rev_id=f"{int(head or 0) + 1:04}")
        return Path(made.path) if isinstance(made, Script) else None

    file = await _in_transaction(url, run)
    if file is not None:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "# ### " not in line), encoding="utf-8")
    return file


def _drop_empty(_context: object, _revision: object, directives: list[MigrationScript]) -> None:
    if all(script.upgrade_ops is None or script.upgrade_ops.is_empty() for script in directives):
        directives.clear()


async def current(url: str) -> str | None:
    """Give the revision of the database, None before the first migration."""
    return await _in_transaction(url, _revision)


def directory() -> Path:
    """Give the directory of the migrations: inside the installed package, else beside ``src``."""
    package = Path(hub.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection}, cmd_opts=Namespace(quiet=True))
    # ConfigParser reads % as the beginning of a reference.
    config.set_main_option("script_location", str(directory()).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _in_transaction(url: str, run: Callable[[Connection], _Result]) -> _Result:
    async def connect() -> Any:
        return await asyncpg.connect(dsn(url), timeout=10, server_settings={"application_name": "hub migrate"})

    # asyncpg reads the url, so that libpq's parameters (sslmode and the like) mean the same everywhere.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(run)
    except CommandError as error:
        raise MigrationFailed(
            f"the database does not fit this version of the hub: {error}. If a newer hub made it, use that one"
        ) from None
    except DBAPIError as error:
        if error.orig is not None and isinstance(error.orig.__cause__, _CANNOT_CONNECT):
            raise unreachable(url, error.orig.__cause__) from None
        raise MigrationFailed(f"a migration failed and was undone: {error.orig}") from None
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise unreachable(url, error) from None
    finally:
        await engine.dispose()
