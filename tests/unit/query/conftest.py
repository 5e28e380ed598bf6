"""An engine without a database: documents are planned and written as SQL, and nothing is run."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest_asyncio

from hub import policy
from hub.crypto import Keyring, missing_keys, open_vault
from hub.domain import CATALOGUE
from hub.graph import build_schema, restrict
from hub.query import Engine, Limits, ViewerSchemas
from hub.settings import Settings


@pytest_asyncio.fixture(scope="session")
async def engine() -> Engine:
    keyring = Keyring.generate()
    vault = await open_vault(keyring, await missing_keys(keyring, [], datetime(2026, 1, 1, tzinfo=UTC)))
    policies = policy.load(Settings.load().schema_directory / "policies", CATALOGUE)
    limits = Limits()
    views = ViewerSchemas(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE, limits)
    return Engine(views, CATALOGUE, policies, vault, limits)
