"""Subscriptions over HTTP, as a client that counts every byte reads them."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest_asyncio

from acting_hub import PARTNERS
from hub.cli.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from acting_hub import Acting

FOLLOW = """subscription Follow($after: String, $first: Int, $where: EventWhere) {
  events(after: $after, first: $first, where: $where) {
    nodes { kind sharingRequest { id state } } pageInfo { endCursor } } }"""
SECONDS = 20
"""Until a test gives up waiting: nothing is decided by how long something takes."""


@dataclass(slots=True)
class Following:
    """An open stream. ``blocks``: what came between blank lines and was not taken yet."""

    response: httpx.Response
    _blocks: AsyncIterator[str] = field(repr=False)

    async def block(self) -> str:
        """The next event or comment."""
        async with asyncio.timeout(SECONDS):
            return await anext(self._blocks)

    async def next(self) -> Any:
        """The next answer; signs of life are passed over."""
        while (block := await self.block()).startswith(":"):
            pass
        name, _, data = block.partition("\n")
        assert name == "event: next", block
        return json.loads(data.removeprefix("data: "))

    async def nodes(self, count: int) -> list[Any]:
        """So many events, from one answer or several."""
        found: list[Any] = []
        while len(found) < count:
            found += (await self.next())["data"]["events"]["nodes"]
        return found

    async def rest(self) -> list[str]:
        """All blocks until the response ends."""
        async with asyncio.timeout(SECONDS):
            return [block async for block in self._blocks]


@dataclass(frozen=True, slots=True)
class Follower:
    """Opens streams of an acting hub that is served over TCP."""

    acting: Acting
    url: str
    client: httpx.AsyncClient = field(repr=False)

    def headers(self, partner: str, purpose: str | None = None, accept: str = "text/event-stream") -> dict[str, str]:
        """What a partner sends."""
        return {
            "Authorization": f"Bearer {self.acting.tokens[partner]}",
            "Hub-Purpose": purpose or PARTNERS[partner][1][0],
            "Accept": accept,
        }

    async def post(
        self, partner: str, query: str = FOLLOW, *, purpose: str | None = None, accept: str = "text/event-stream"
    ) -> httpx.Response:
        """Ask for what is no stream, or refused; read it whole."""
        async with asyncio.timeout(SECONDS):
            return await self.client.post(
                "/graphql", json={"query": query}, headers=self.headers(partner, purpose, accept)
            )

    @asynccontextmanager
    async def follow(self, partner: str, *, purpose: str | None = None, **variables: Any) -> AsyncIterator[Following]:
        """Open a stream of events."""
        body = {"query": FOLLOW, "variables": variables}
        headers = self.headers(partner, purpose)
        async with self.client.stream("POST", "/graphql", json=body, headers=headers) as response:
            assert response.status_code == 200, await response.aread()
            yield Following(response, _blocks(response))


async def _blocks(response: httpx.Response) -> AsyncIterator[str]:
    text = ""
    async for part in response.aiter_text():
        text += part
        *whole, text = text.split("\n\n")
        for block in whole:
            yield block


@pytest_asyncio.fixture(scope="module")
async def follower(acting: Acting) -> AsyncIterator[Follower]:
    """Serve the acting hub of the module's tests."""
    async with serving(acting.runtime, 0) as url, httpx.AsyncClient(base_url=url, timeout=SECONDS) as client:
        yield Follower(acting, url, client)
