"""Fixtures for all tests: one PostgreSQL per session, one database per module. In CI a skipped test is a failure."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from acting_hub import acting, acting_with_rows
from following import follower
from hub.postgres import embedded
from hub.store import migrate
from running_hub import ask, hub
from seeded_hub import seeded

__all__ = ["acting", "acting_with_rows", "ask", "follower", "hub", "seeded"]  # fixtures of other files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    # Not pytest's own directory: that is closed to the user nobody, who may have to run the server.
    home = Path(tempfile.mkdtemp(prefix="hub-tests-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest_asyncio.fixture(scope="session")
async def server(server_home: Path) -> AsyncIterator[embedded.Server]:
    """One embedded PostgreSQL for the whole session."""
    async with embedded.embedded(server_home) as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def database_url(server: embedded.Server, request: pytest.FixtureRequest) -> str:
    """A fresh, empty database for each test module; it goes with the server."""
    return await embedded.create_database(server.url, _name(request))


@pytest_asyncio.fixture(scope="session")
async def migrated_template(server: embedded.Server) -> str:
    """The name of a database with the hub's tables and no rows, for copying."""
    await migrate.upgrade(await embedded.create_database(server.url, "migrated"))
    return "migrated"


@pytest_asyncio.fixture(scope="module")
async def migrated_url(server: embedded.Server, migrated_template: str, request: pytest.FixtureRequest) -> str:
    """A database with the hub's tables and no rows, for each test module."""
    return await embedded.create_database(server.url, _name(request), template=migrated_template)


def _name(request: pytest.FixtureRequest) -> str:
    module = re.sub(r"\W+", "_", request.node.name.removesuffix(".py")).strip("_").lower()
    return f"t_{module[-40:]}_{os.urandom(4).hex()}"


def _skipped(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI") != "true":
        return []
    return [report.nodeid for report in reporter.stats.get("skipped", [])]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = _skipped(config)
    if skipped:
        terminalreporter.section("skipped in CI, which counts as failed")
        for name in skipped:
            terminalreporter.line(name)
