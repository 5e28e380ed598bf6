"""What the processes that are measured, or that seed, have in common: the place they were told of, opened."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from hub.runtime import keys
from hub.settings import Settings
from hub.store.pool import open_pool

if TYPE_CHECKING:
    from hub.crypto import Vault

COLLECT_EVERY = 50_000


async def open_place() -> tuple[str, Vault]:
    """The database's URL and the keys to its sealed fields, from the environment."""
    settings = Settings.load()
    assert settings.database_url is not None
    pool = await open_pool(settings.database_url, size=1)
    try:
        return settings.database_url, await keys(settings, pool)
    finally:
        await pool.close()


def collect_rarely() -> None:
    """Search for reference cycles as rarely as the hub does, so that no side wins by that alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)
