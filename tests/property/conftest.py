"""Rows that no department would deliver so, once for the session, and what is drawn about them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings
from property.answering import Pairs
from property.chance import chance
from property.irregular import fill

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture(scope="session")
async def irregular(server: embedded.Server, migrated_template: str) -> AsyncIterator[Pairs]:
    """The hub and the reference over rows that chance has made; tests only read them."""
    url = await embedded.create_database(server.url, "irregular", template=migrated_template)
    with tempfile.TemporaryDirectory(prefix="hub-property-") as home:
        async with running(Settings.load(home=Path(home), database_url=url)) as runtime:
            await fill(runtime.pool, runtime.vault, chance("rows"))
            yield await Pairs.over(runtime)
