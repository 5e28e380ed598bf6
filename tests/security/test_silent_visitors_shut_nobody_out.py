"""Attack: a stranger holds more connections than the hub takes, and sends just enough to keep them open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
from urllib.parse import urlsplit

import httpx
import pytest

from served_hub import serving

BOUND = 1024
VISITORS = 1_100
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"
NOWHERE = b"GET /nowhere HTTP/1.1\r\nHost: hub\r\n\r\n"
REFUSED = b"POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
UNFINISHED = b"GET /healthz HTTP/1.1\r\nHost: "


@pytest.fixture(scope="module", autouse=True)
def _many_open_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(4_096, before[1])), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def place(ask):
    """A hub of the demo's database that takes few connections."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    hub = ask.hub
    more = {"HUB_DATABASE_URL": hub.database, "HUB_HOME": str(hub.home), "HUB_CONNECTIONS": str(BOUND)}
    with serving({**kept, **more}) as url:
        yield url


async def visit(url: str, sent: bytes, seconds: float) -> None:
    """Hold a connection, ask on it every now and then, and open another when it is closed."""
    parts = urlsplit(url)
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                while not reader.at_eof():
                    writer.write(sent)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            while await reader.read(4_096):
                                pass
            finally:
                writer.close()
        await asyncio.sleep(seconds)


@pytest.mark.parametrize("sent", [HEALTH, NOWHERE, REFUSED, UNFINISHED, b""], ids=repr)
async def test_a_partner_is_answered_while_strangers_hold_connections(ask, place, sent):
    visitors = [asyncio.create_task(visit(place, sent, 2)) for _ in range(VISITORS)]
    try:
        await asyncio.sleep(2)
        async with httpx.AsyncClient(base_url=place, timeout=30) as client:
            body = {"query": "{ regions(first: 1) { totalCount } }"}
            for _ in range(3):
                response = await client.post("/graphql", json=body, headers=ask.headers("civil-affairs"))
                assert response.json()["data"]["regions"]["totalCount"] > 0
    finally:
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)


async def test_what_is_answered_to_a_stranger_ends_the_connection(ask):
    for request in (HEALTH, NOWHERE, REFUSED, HEALTH.replace(b"healthz", b"readyz")):
        parts = urlsplit(ask.hub.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(request)
        assert b"connection: close" in (await reader.read()).lower()
        writer.close()


async def test_a_partners_connection_stays_open_after_answers_and_refusals(ask):
    async with httpx.AsyncClient(base_url=ask.hub.url, timeout=30) as client:
        for query in ("{ __typename }", "{ nonsense }"):
            response = await client.post("/graphql", json={"query": query}, headers=ask.headers("civil-affairs"))
            assert response.headers.get("connection") is None
