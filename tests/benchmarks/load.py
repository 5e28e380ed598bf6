"""The load: a fixed number of connections, each sending its next request as soon as its answer is there.

A process of its own, so that it does not share an interpreter with what it measures. Reads the requests from
standard input (JSON), writes what it found to standard output (JSON).
"""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from typing import cast

import orjson
import uvloop

MOST_REPORTED = 200


class Connection(asyncio.Protocol):
    """One keep-alive connection. Understands just the HTTP/1.1 that both servers speak."""

    def __init__(self, requests: list[bytes], start: int, until: float, done: asyncio.Future[None]) -> None:
        self.requests, self.at, self.until, self.done = requests, start, until, done
        self.took: list[float] = []
        self.failed: list[str] = []
        self.received = bytearray()
        self.whole = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.requests[self.at % len(self.requests)])
        self.at += 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.whole:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.received[:end])
            length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            self.whole = end + 4 + length
            if not head.startswith(b"HTTP/1.1 200"):
                self.failed.append(head[:MOST_REPORTED].decode())
        if len(self.received) < self.whole:
            return
        now = time.perf_counter()
        self.took.append(now - self.sent)
        self.received.clear()
        self.whole = 0
        if now < self.until:
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or time.perf_counter() < self.until:
            self.failed.append(f"connection lost: {exc}")
        if not self.done.done():
            self.done.set_result(None)


async def drive(port: int, requests: list[bytes], seconds: float, connections: int) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    ended = [loop.create_future() for _ in range(connections)]
    made = [
        (await loop.create_connection(
            lambda i=i: Connection(requests, i * 7, began + seconds, ended[i]), "127.0.0.1", port  # type: ignore[misc] # mypy cannot type a default of a lambda
        ))[1]
        for i in range(connections)
    ]  # fmt: skip
    await asyncio.gather(*ended)
    elapsed = time.perf_counter() - began
    took = sorted(value for connection in made for value in connection.took)
    failed = [text for connection in made for text in connection.failed]
    return {
        "count": len(took),
        "rate": len(took) / elapsed,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
        "failed": failed[:3],
    }


if __name__ == "__main__":
    asked = orjson.loads(sys.stdin.buffer.read())
    requests = [base64.b64decode(text) for text in asked["requests"]]
    found = uvloop.run(drive(asked["port"], requests, asked["seconds"], asked["connections"]))
    sys.stdout.buffer.write(orjson.dumps(found))
