"""GraphQL over HTTP: answers and refusals are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response

from hub.http.frames import FORMS
from hub.http.negotiation import GRAPHQL_RESPONSE, JSON, Accepted
from hub.http.request import BodyRefused, accepted, stream_type
from hub.query import AnswerTooLarge, RequestError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from hub.errors import HubError
    from hub.http.request import Incoming
    from hub.query import Answer, Planned

NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in NO_STORE.items()]
CLOSE: Final = (b"connection", b"close")
"""The header of a response after which the connection ends."""
_MEDIA_TYPES: Final = {kind: f"{kind}; charset=utf-8".encode() for kind in (GRAPHQL_RESPONSE, JSON)}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer in JSON on its way out: an ASGI application, as Starlette's responses are."""

    body: bytes
    media_type: bytes
    request_id: str

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", self.media_type),
            *_HEADERS,
            (b"hub-request-id", self.request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def encode(planned: Planned, found: Answer, request_id: str, limit: int) -> bytes:
    """The answer as JSON, with what was masked or withheld and why; ``AnswerTooLarge`` over ``limit`` bytes."""
    extensions: dict[str, Any] = {"access": planned.access, "requestId": request_id}
    if found.cells is not None:
        extensions["cells"] = found.cells
    body = orjson.dumps({"data": found.data, "extensions": extensions}, option=orjson.OPT_UTC_Z)
    if len(body) > limit:
        raise AnswerTooLarge(f"The answer has {len(body)} bytes; the limit is {limit}. Ask for smaller pages.")
    return body


def respond(request: Incoming, body: bytes, request_id: str) -> Outgoing:
    """The answer, on its way out."""
    kind = accepted(request)
    if kind is None and (stream := stream_type(request)) is not None:
        form = FORMS[stream]
        return Outgoing(form.begin + form.next(body) + form.end, form.media_type.encode(), request_id)
    return Outgoing(body, _MEDIA_TYPES[kind.answer if kind else JSON], request_id)


def refusal(request: Incoming, error: HubError, request_id: str, *, close: bool) -> Response:
    """An error as GraphQL states it; nothing has been executed, so there is no data. ``close``: the connection too.

    The status says it too, but for a client that asked for plain JSON: by the specification its status says only
    whether the request was well-formed, and the errors say the rest.
    """
    shown: dict[str, Any] = error.formatted() if isinstance(error, RequestError) else {"message": error.message}
    shown["extensions"] = {"code": error.code, "requestId": request_id}
    headers = {**NO_STORE, "Hub-Request-Id": request_id}
    headers |= getattr(error, "headers", {})
    if close:
        headers["Connection"] = "close"
    kind = accepted(request) or Accepted(JSON, GRAPHQL_RESPONSE)
    status = 200 if kind.refusal == JSON and _of_document(error) else error.status
    return Response(orjson.dumps({"errors": [shown]}), status, headers, f"{kind.refusal}; charset=utf-8")


def _of_document(error: HubError) -> bool:
    """Tell whether the HTTP request was well-formed, and the GraphQL in it was not."""
    return isinstance(error, RequestError) and error.status == 400 and not isinstance(error, BodyRefused)  # noqa: PLR2004 - the status's name says no more
