"""Fixtures for tests against real servers: a private MariaDB for the session, where its programs are installed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from hub.demo import mariadb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture(scope="session")
async def mariadb_url() -> AsyncIterator[str]:
    """URL of an empty MariaDB server of this session's own, on 127.0.0.1; the user may make databases."""
    if mariadb.installed() is None:
        pytest.skip("no MariaDB here: install mariadb-server to run this test")
    home = Path(tempfile.mkdtemp(prefix="hub-mariadb-"))
    try:
        async with mariadb.running(home / "server") as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)
