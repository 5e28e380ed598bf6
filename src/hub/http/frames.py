"""The forms of a stream: how answers, signs of life and the end are told apart in the bytes of one response.

``text/event-stream`` is GraphQL over SSE in its distinct connections mode; ``multipart/mixed`` is the protocol of
Apollo's clients for subscriptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.http.negotiation import EVENT_STREAM, MULTIPART

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ServerSentEvents:
    """Events ``next`` and ``complete``; comments are signs of life."""

    media_type: str = f"{EVENT_STREAM}; charset=utf-8"
    begin: bytes = b":\n\n"
    beat: bytes = b":\n\n"
    end: bytes = b"event: complete\ndata:\n\n"

    def next(self, answer: bytes) -> bytes:
        """An answer, as JSON on one line."""
        return b"event: next\ndata: " + answer + b"\n\n"

    def broken(self, error: Mapping[str, Any]) -> bytes:
        """What ends the stream, and its end."""
        return self.next(orjson.dumps({"errors": [error]})) + self.end


@dataclass(frozen=True, slots=True)
class Multipart:
    """A part for each answer. The next boundary is sent at once: before it no client knows that the part is whole."""

    media_type: str = f'{MULTIPART}; boundary="graphql"; subscriptionSpec="1.0"'
    begin: bytes = b"\r\n--graphql"
    beat: bytes = b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql"
    end: bytes = b"--\r\n"

    def next(self, answer: bytes) -> bytes:
        """An answer, as JSON."""
        return self._part(b'{"payload":' + answer + b"}")

    def broken(self, error: Mapping[str, Any]) -> bytes:
        """What ends the stream, and its end."""
        return self._part(orjson.dumps({"payload": None, "errors": [error]})) + self.end

    @staticmethod
    def _part(body: bytes) -> bytes:
        return b"\r\nContent-Type: application/json\r\n\r\n" + body + b"\r\n--graphql"


Form = ServerSentEvents | Multipart
FORMS: Final[Mapping[str, Form]] = {EVENT_STREAM: ServerSentEvents(), MULTIPART: Multipart()}
"""By media type."""
