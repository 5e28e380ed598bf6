"""Asking over HTTP: the number is posted as JSON, and a bounded JSON answer is read. Redirects are not followed."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpcore
import orjson

from hub.errors import SettingsError
from hub.sources.asking.answer import NOT_UNDERSTOOD, REFUSED, TOO_MUCH, Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES: Final = 1_048_576
"""Bytes of an answer about one person and one item."""
LOST: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    ssl.SSLError,
    OSError,
    TimeoutError,
)
"""What a question raises that was not heard."""
_OK, _BUSY, _FAULT = 200, 429, 500
_HERE: Final = ("127.0.0.1", "::1", "localhost")


@cache
def _authorities() -> ssl.SSLContext:
    """What departments' certificates are checked by, read once: it takes 80 ms."""
    return ssl.create_default_context()


class NotHeard(OSError):
    """The department's server has a fault, or is too busy: the same question may be asked again."""


class WebSource:
    """``url``: ``https://user:password@host/base``; without TLS on this machine alone."""

    def __init__(self, url: str, *, at_once: int) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _HERE:
            raise SettingsError("A department is asked over HTTPS; without TLS on this machine alone.")
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._base = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
        self._headers: list[tuple[bytes, bytes]] = [
            (b"content-type", b"application/json"), (b"accept", b"application/json"),
            (b"user-agent", b"assistance-hub"),
        ]  # fmt: skip
        if parts.password:
            self._headers.append((b"authorization", b"Bearer " + parts.password.encode()))
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_authorities() if parts.scheme == "https" else None,
            max_connections=at_once,
            keepalive_expiry=30.0,
        )

    async def ask(self, path: str, body: Mapping[str, Any], rows: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of an answer. Raises ``Unusable`` or one of ``LOST``."""
        content = orjson.dumps(dict(body))
        async with self._pool.stream("POST", self._base + path, headers=self._headers, content=content) as response:
            if response.status == _BUSY or response.status >= _FAULT:
                raise NotHeard
            if response.status != _OK:
                raise Unusable(
                    REFUSED
                )  # a redirect too; and "not found" may be a wrong path, which is not "nothing there"
            read = bytearray()
            async for part in response.aiter_stream():
                read += part
                if len(read) > MOST_BYTES:
                    raise Unusable(TOO_MUCH)
        try:
            found: Any = orjson.loads(read)
            for name in rows.split("."):
                found = found[name]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Unusable(NOT_UNDERSTOOD) from None
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise Unusable(NOT_UNDERSTOOD)
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()
