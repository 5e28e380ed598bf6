"""Requests, and how they are sent: one to see its answer, or many, from a process of its own, to see how fast."""

from __future__ import annotations

import asyncio
import base64
import sys
from typing import TYPE_CHECKING, Any

import orjson
from children import end, spawn
from places import PURPOSE
from serving import HERE, processor_seconds

if TYPE_CHECKING:
    from serving import Served

ASK_SECONDS = 60.0
LAST_ANSWERS = 300.0
"""How long a round may last beyond its time: each connection waits for the answer to its last request."""


def post(path: str, port: int, content: Any, headers: str = "") -> bytes:
    """An HTTP/1.1 request with a JSON body, ready to send."""
    body = orjson.dumps(content)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post_hub(port: int, token: str, content: Any, headers: str = "") -> bytes:
    """A request to the hub, with who asks and for which purpose."""
    return post("/graphql", port, content, f"Authorization: Bearer {token}\r\nHub-Purpose: {PURPOSE}\r\n{headers}")


async def answer(port: int, request: bytes) -> dict[str, Any]:
    """Send one request; return the whole body. Stops unless it is an answer without errors."""
    once = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    async with asyncio.timeout(ASK_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(once)
            received = await reader.read()
        finally:
            writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    found: dict[str, Any] = orjson.loads(body)
    if not head.startswith(b"HTTP/1.1 200") or "errors" in found:
        raise SystemExit(f"refused: {found}")
    return found


async def ask(port: int, request: bytes) -> Any:
    """Send one request; return its data."""
    return (await answer(port, request))["data"]


async def drive(
    server: Served,
    requests: list[bytes],
    connections: int,
    *,
    seconds: float | None = None,
    count: int | None = None,
    refusals: bool = False,
) -> dict[str, Any]:
    """Put load on a server for some time, or with so many requests, and count what its processes use meanwhile.

    Return ``count``, ``rate`` (a second), ``p50`` and ``p99`` (ms), ``processor`` (the server's ms a request),
    ``generator`` (the share of one core that the load itself took) and ``refused``. Stops where a request fails;
    with ``refusals`` an answer may also have a status of 4xx.
    """
    asked = {
        "port": server.port,
        "requests": [base64.b64encode(each).decode() for each in requests],
        "seconds": seconds,
        "count": count,
        "connections": connections,
        "refusals": refusals,
    }
    before = processor_seconds(server.pid)
    process = await spawn(
        sys.executable,
        HERE / "load.py",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout((seconds or 0) + LAST_ANSWERS):
            out, _ = await process.communicate(orjson.dumps(asked))
    finally:
        await end(process)
    if process.returncode:
        raise SystemExit(f"the load on {server.name} failed")
    found: dict[str, Any] = orjson.loads(out)
    if found["failed"]:
        raise SystemExit(f"requests to {server.name} failed: {found['failed']}")
    found["processor"] = (processor_seconds(server.pid) - before) / found["count"] * 1000
    return found
