"""A receiver of webhooks as partners run them: a server on 127.0.0.1 that verifies what comes, or behaves badly."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

from hub.webhooks import registering
from hub.webhooks.addresses import Reach
from hub.webhooks.worker import Deliveries, sender

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from acting_hub import Acting
    from hub.runtime import Runtime
    from hub.webhooks.deliver import Sender

    Answering = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]

HERE = Reach((ip_network("127.0.0.0/8"),), plain=True)
"""What tests allow: their own machine, without TLS."""
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
SECONDS = 20
"""Until a test gives up waiting: nothing is decided by how long something takes."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        """The message."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verified(self, secret: str) -> dict[str, Any]:
        """The message, as a receiver takes it that verifies by the standard's own library."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, dict(self.headers))
        return found


@dataclass(slots=True)
class Receiver:
    """``got``: requests in the order in which they came. ``answers``: what is sent back, or done instead."""

    url: str
    got: list[Received] = field(default_factory=list)
    answers: Answering | bytes = OK
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    connections: int = 0
    _serving: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def ids(self) -> list[str]:
        """The ids of messages, in their order."""
        return [each.id for each in self.got]

    @property
    def rows(self) -> list[str | None]:
        """The rows that messages are about, in their order."""
        return [each.message["data"].get("row") for each in self.got]

    async def until(self, count: int) -> list[Received]:
        """Wait until so many requests came."""
        async with asyncio.timeout(SECONDS), self.came:
            await self.came.wait_for(lambda: len(self.got) >= count)
        return self.got

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        self.connections += 1
        me = asyncio.current_task()
        assert me is not None
        self._serving.add(me)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(me)
            writer.transport.abort()

    async def close(self) -> None:
        """End all connections."""
        serving = list(self._serving)
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            lines = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in lines}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            received = Received(head[0].split(" ")[1], headers, body)
            self.got.append(received)
            async with self.came:
                self.came.notify_all()
            if isinstance(self.answers, bytes):
                writer.write(self.answers)
            else:
                await self.answers(received, writer)
            await writer.drain()


@asynccontextmanager
async def receiving(
    answers: Answering | bytes = OK, *, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver("", answers=answers)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"{'http' if tls is None else 'https'}://{name}:{port}/hub"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()


def status(code: int, *headers: str, body: str = "") -> bytes:
    """An answer with a status."""
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", body]).encode()


def sending(runtime: Runtime, now: Callable[[], datetime] | datetime | None = None, seconds: float = 10.0) -> Sender:
    """What sends as tests allow it, at a time that they set."""
    at = now if callable(now) else (lambda: now) if now is not None else (lambda: datetime.now(UTC))
    return replace(sender(runtime, at), allowed=HERE, seconds=seconds)


async def registered(
    acting: Acting, receiver: Receiver, partner: str, purpose: str = "data-sharing", *kinds: str, name: str = ""
) -> tuple[str, str]:
    """Register an endpoint; return its name and secret."""
    name = name or f"{partner}-{datetime.now(UTC):%H%M%S%f}"
    secret, _ = await registering.register(sending(acting.runtime), name, partner, purpose, receiver.url, kinds)
    return name, secret


async def sent(acting: Acting, at: datetime | None = None, seconds: float = 10.0) -> int:
    """Send all that is due at a time; return how many events were taken."""
    async with asyncio.timeout(SECONDS * 2):
        return await Deliveries(sending(acting.runtime, at, seconds)).once()
