"""The load: a fixed number of connections, each sending its next request as soon as its answer is there.

A process of its own, so that it does not share an interpreter with what it measures. Reads the requests from
standard input (JSON), writes what it found to standard output (JSON).
"""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

import orjson
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REPORTED = 200
STEP = 7
"""How far apart the connections begin, so that they do not ask the same at the same time."""


@dataclass(slots=True)
class Load:
    """What the connections share. ``left``: requests that may still be sent; none, only the time counts."""

    requests: list[bytes]
    until: float
    left: int | None
    refusals: bool
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refused: int = 0

    def more(self) -> bool:
        """Whether another request is sent; then it counts as sent."""
        if self.left is not None:
            self.left -= 1
            return self.left >= 0
        return time.perf_counter() < self.until

    def note(self, head: bytes, took: float) -> None:
        """Take an answer's first line and its time."""
        self.took.append(took)
        if not head.startswith(b"HTTP/1.1 200"):
            self.refused += 1
            if not (self.refusals and head.startswith(b"HTTP/1.1 4")):
                self.failed.append(head[:MOST_REPORTED].decode())


class Connection(asyncio.Protocol):
    """One keep-alive connection. Understands just the HTTP/1.1 that the measured servers speak."""

    def __init__(self, load: Load, order: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self.load, self.order, self.done = load, order, done
        self.received = bytearray()
        self.whole = 0
        self.head = b""
        self.finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self.send()

    def send(self) -> None:
        if not self.load.more():
            self.finished = True
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(next(self.order))

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.whole:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            self.head = bytes(self.received[:end])
            length = int(self.head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            self.whole = end + 4 + length
        if len(self.received) < self.whole:
            return
        self.load.note(self.head, time.perf_counter() - self.sent)
        self.received.clear()
        self.whole = 0
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished:
            self.load.failed.append(f"connection lost: {exc}")
        if not self.done.done():
            self.done.set_result(None)


def round_and_round(requests: list[bytes], start: int) -> Iterator[bytes]:
    """The requests again and again, from one of them on."""
    while True:
        yield requests[start % len(requests)]
        start += 1


async def drive(port: int, load: Load, connections: int, *, shared: bool) -> dict[str, object]:
    """Ask until the load is done; give rate and times. ``shared``: each request is sent by one connection only."""
    loop = asyncio.get_running_loop()
    began, used = time.perf_counter(), time.process_time()
    load.until += began
    ended = [loop.create_future() for _ in range(connections)]
    once = round_and_round(load.requests, 0)
    orders = [once if shared else round_and_round(load.requests, number * STEP) for number in range(connections)]
    for order, done in zip(orders, ended, strict=True):
        await loop.create_connection(partial(Connection, load, order, done), "127.0.0.1", port)
    await asyncio.gather(*ended)
    elapsed = time.perf_counter() - began
    took = sorted(load.took)
    if not took:
        return {"count": 0, "failed": load.failed[:3] or ["no answer"]}
    return {
        "count": len(took),
        "rate": len(took) / elapsed,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
        "generator": (time.process_time() - used) / elapsed,
        "refused": load.refused,
        "failed": load.failed[:3],
    }


if __name__ == "__main__":
    asked = orjson.loads(sys.stdin.buffer.read())
    requests = [base64.b64decode(text) for text in asked["requests"]]
    load = Load(requests, asked["seconds"] or 0.0, asked["count"], asked["refusals"])
    found = uvloop.run(drive(asked["port"], load, asked["connections"], shared=asked["count"] is not None))
    sys.stdout.buffer.write(orjson.dumps(found))
