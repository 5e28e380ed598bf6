"""One hub for all end-to-end tests: `hub demo` as a person would start it, spoken to over HTTP."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
import pytest_asyncio

from commands import Started, start
from hub.demo import truth as ground
from hub.postgres import embedded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

PEOPLE = 1500
START_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that serves: where it is, who may ask, and what is true of its people."""

    home: Path
    url: str
    viewers: Mapping[str, Mapping[str, str]]
    truth: ground.Truth
    output: Path

    @property
    def database(self) -> str:
        """The URL of its database."""
        found = embedded.running_url(self.home)
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a hub over HTTP, as any of its viewers."""

    hub: Running
    client: httpx.AsyncClient = field(repr=False)

    def headers(self, viewer: str) -> dict[str, str]:
        """The headers that a viewer sends."""
        known = self.hub.viewers[viewer]
        return {"Authorization": f"Bearer {known['token']}", "Hub-Purpose": known["purpose"]}

    async def post(self, viewer: str, query: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send an operation; return the whole response."""
        body = {"query": query, "variables": dict(variables or {})}
        return await self.client.post("/graphql", json=body, headers=self.headers(viewer))

    async def answer(self, viewer: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send an operation that must succeed; return the body of the answer."""
        response = await self.post(viewer, query, variables)
        body: dict[str, Any] = response.json()
        assert response.status_code == 200, body
        assert "errors" not in body, body["errors"]
        return body

    async def data(self, viewer: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send an operation that must succeed; return its data."""
        found: dict[str, Any] = (await self.answer(viewer, query, variables))["data"]
        return found

    async def refusal(self, viewer: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send an operation that must be refused; return its first error, with the status in it."""
        response = await self.post(viewer, query, variables)
        body = response.json()
        assert body.get("data") is None, body
        return {**body["errors"][0], "status": response.status_code}


@pytest.fixture(scope="session")
def hub() -> Iterator[Running]:
    # As `hub serve` does; the demo would withhold instead.
    with running_demo({"HUB_HIDE_DENIED": "true"}) as found:
        yield found


@contextmanager
def running_demo(settings: Mapping[str, str]) -> Iterator[Running]:
    """Run `hub demo` until the block ends, with these settings and no others."""
    # Not pytest's own directory: that is closed to the user nobody, who may have to run the server.
    home = Path(tempfile.mkdtemp(prefix="hub-e2e-"))
    home.chmod(0o711)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    output = home / "output.log"
    command = ["demo", "--people", str(PEOPLE), "--home", str(home / "hub"), "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HUB_")}
    with output.open("wb") as stream:
        process = start(*command, stdout=stream, stderr=stream, env={**environment, **settings})
    try:
        yield _wait(process, home / "hub", output)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            shutil.rmtree(home)


def _wait(process: Started, home: Path, output: Path) -> Running:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            described = orjson.loads((home / "demo.json").read_bytes())
            url = described["url"].removesuffix("/graphql")
            httpx.get(f"{url}/readyz", timeout=5).raise_for_status()
        except (OSError, orjson.JSONDecodeError, httpx.HTTPError):
            time.sleep(0.2)
            continue
        known = ground.load(home / "truth" / "truth.ndjson")
        return Running(home, url, described["viewers"], known, output)
    pytest.fail(f"hub demo did not come up:\n{output.read_text(errors='replace')[-4000:]}")


@pytest_asyncio.fixture(scope="session")
async def ask(hub: Running) -> AsyncIterator[Asker]:
    async with httpx.AsyncClient(base_url=hub.url, timeout=60) as client:
        yield Asker(hub, client)
