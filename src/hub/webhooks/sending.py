"""One attempt over HTTP, bounded in every way: what a receiver does can cost the hub so many seconds and no more.

httpcore follows no redirects, reads no proxy settings or cookies and unpacks nothing; where it connects to is asked
here. Of an answer the status counts. No text of a receiver, and none of an exception, is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import httpcore

from hub.errors import SettingsError
from hub.webhooks.addresses import Place, resolve
from hub.webhooks.errors import AddressRefused, NameUnknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path

    from httpcore import SOCKET_OPTION

    from hub.webhooks.addresses import Reach

ANSWER_BYTES: Final = 16_384
"""Bytes of an answer that are read, so that the connection can be used again; a longer one ends it."""
_OK, _REDIRECTS, _CLIENT_ERRORS, _GONE = 200, 300, 400, 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: a word for the log, and the status where there was one.

    ``wish``: how long the receiver wants to be left alone.
    """

    word: str
    status: int | None = None
    wish: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.word == "delivered"

    @property
    def final(self) -> bool:
        """Whether the receiver wants nothing any more (410 Gone)."""
        return self.word == "gone"


class Network(httpcore.AsyncNetworkBackend):
    """Connects to addresses that are permitted, and to no others."""

    def __init__(self, allowed: Reach) -> None:
        self._allowed = allowed
        self._opened: list[httpcore.AsyncNetworkStream] = []
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's protocol has it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve the name, refuse what is not permitted, and connect to the first address that answers."""
        failed: Exception = httpcore.ConnectError()
        for address in await resolve(Place(host, port), self._allowed):
            try:
                stream = await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failed = error
            else:
                self._opened.append(stream)
                return stream
        raise failed

    async def close(self) -> None:
        """Close all connections: httpcore loses one whose TLS was given up in the middle."""
        for stream in self._opened:
            await stream.aclose()


def trusted(authorities: Path | None) -> ssl.SSLContext:
    """Return what receivers' certificates are checked by: the system's authorities, and those of a file."""
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(authorities)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"HUB_WEBHOOK_CA: {authorities} is no file of certificates in PEM.") from None
    return context


@asynccontextmanager
async def connection(allowed: Reach, authorities: ssl.SSLContext) -> AsyncIterator[httpcore.AsyncConnectionPool]:
    """Give a connection to a receiver, made when it is first needed and kept for what follows at once."""
    network = Network(allowed)
    try:
        async with httpcore.AsyncConnectionPool(
            ssl_context=authorities, max_connections=1, keepalive_expiry=5.0, network_backend=network
        ) as pool:
            yield pool
    finally:
        await network.close()


async def send(
    pool: httpcore.AsyncConnectionPool, url: str, headers: Mapping[str, str], body: bytes, seconds: float
) -> Outcome:
    """Post a message; return what became of it within ``seconds``, whatever the receiver does."""
    outcome = None
    given = [(b"content-type", b"application/json"), (b"user-agent", b"assistance-hub-webhooks")]
    given += [(name.encode(), value.encode()) for name, value in headers.items()]
    try:
        async with asyncio.timeout(seconds), pool.stream("POST", url, headers=given, content=body) as response:
            outcome = _outcome(response.status, response.headers)
            await _read_to_the_end(response)
    except TimeoutError:
        return outcome or Outcome("timed-out")
    except NameUnknown:
        return Outcome("name-unknown")
    except AddressRefused:
        return Outcome("address-refused")
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, ValueError) as error:
        return outcome or Outcome(_word(error))
    return outcome


def _outcome(status: int, headers: Sequence[tuple[bytes, bytes]]) -> Outcome:
    if _OK <= status < _REDIRECTS:
        return Outcome("delivered", status)
    if status == _GONE:
        return Outcome("gone", status)
    if _REDIRECTS <= status < _CLIENT_ERRORS:
        return Outcome("redirected", status)
    return Outcome("refused", status, _wish(headers))


def _wish(headers: Sequence[tuple[bytes, bytes]]) -> timedelta | None:
    """``Retry-After`` in seconds; a date, or anything else, is no wish."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 9:  # noqa: PLR2004 - thirty years
            return timedelta(seconds=int(value))
    return None


async def _read_to_the_end(response: httpcore.Response) -> None:
    """Read what may follow, within bounds; none of it counts."""
    read = 0
    with contextlib.suppress(httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, TimeoutError):
        async with asyncio.timeout(1):
            async for part in response.aiter_stream():
                read += len(part)
                if read > ANSWER_BYTES:
                    return


def _word(error: Exception) -> str:
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLError):
            return "certificate-refused" if isinstance(below, ssl.SSLCertVerificationError) else "tls-failed"
        below = below.__cause__ or below.__context__
    if isinstance(error, httpcore.ConnectError):
        return "unreachable"
    return "no-http" if isinstance(error, httpcore.ProtocolError) else "broken-off"
