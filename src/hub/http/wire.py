"""GraphQL over HTTP: requests are read, answers and refusals are written. Nothing here decides who may see what.

Rules come from the GraphQL over HTTP specification. A page of another origin cannot make a browser ask in its
user's name: the credentials are a header of their own, never a cookie, and what an HTML form could post is refused.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from hub.cache import cached
from hub.query import AnswerTooLarge, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

    from hub.errors import HubError
    from hub.query import Answer, Bound, Planned

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in NO_STORE.items()]
CLOSE: Final = (b"connection", b"close")
"""The header of a response after which the connection ends."""
PARAMETERS: Final = ("query", "variables", "operationName", "extensions", "documentId")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_WEIGHT = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_WEIGHED = re.compile(r";\s*q\s*=", re.IGNORECASE)
_ADDRESS_FIELDS: Final = 32
BODY_SECONDS: Final = 10
DISCARDED: Final = 16_000_000
"""Bytes of a body that is too large which are read on and forgotten."""
_MEDIA_TYPES: Final = {kind: f"{kind}; charset=utf-8".encode() for kind in (GRAPHQL_RESPONSE, JSON)}


_HEADERS_KEPT: Final = 16_384
"""Characters of the headers whose meaning is kept."""


def _length(text: str, _meaning: object) -> int:
    return len(text) + 1


class BodyRefused(RequestError):
    """What was sent is not a GraphQL request."""

    code = "HUB-101"


class MethodRefused(RequestError):
    """The method is none that the operation may be asked by."""

    code = "HUB-111"
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": "GET, POST"}


class MutationByAddress(MethodRefused):
    """What changes something is posted: an address may be fetched by anyone, any number of times."""

    code = "HUB-143"
    headers: ClassVar[Mapping[str, str]] = {"Allow": "POST"}


class ValueInAddress(MethodRefused):
    """A look-up of a protected value is posted: addresses are kept in logs and histories."""

    code = "HUB-119"
    headers: ClassVar[Mapping[str, str]] = {"Allow": "POST"}


class MediaTypeRefused(RequestError):
    """The body is not JSON in UTF-8."""

    code = "HUB-112"
    status = 415


class NotAcceptable(RequestError):
    """The client accepts neither of the media types that there are."""

    code = "HUB-113"
    status = 406


class BodyTooSlow(RequestError):
    """The body came too slowly: connections are not there to be held."""

    code = "HUB-145"
    status = 408
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class BodyTooLarge(RequestError):
    """The body is larger than the bound."""

    code = "HUB-114"
    status = 413
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as the server hands it over: Starlette's own costs a point query a tenth of its time.

    ``headers``: by lower-case name; several of one name are one, with commas, as RFC 9110 (5.2) has it.
    """

    method: str
    address: bytes
    headers: Mapping[str, str]
    receive: Receive


def incoming(scope: Scope, receive: Receive) -> Incoming:
    """Take a request from the server."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return Incoming(scope["method"], scope["query_string"], headers, receive)


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


@dataclass(frozen=True, slots=True)
class Posted:
    """A request, read and of the right form.

    ``query``: empty where ``document_id`` stands for it. ``by_address``: it came by GET, all of it in the address.
    """

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    document_id: str | None = None
    by_address: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media types that the client gets: of an answer, and of a refusal."""

    answer: str
    refusal: str


@cached(_HEADERS_KEPT, _length)
def negotiate(accept: str) -> Accepted | None:
    """Weigh an Accept header (RFC 9110, section 12.5.1); none of the media types there are fits where it is None.

    Where nothing is preferred, an answer is plain JSON, as the specification's audits want it, and a refusal is
    what can have a status of its own.
    """
    weights = {GRAPHQL_RESPONSE: (0.0, 0), JSON: (0.0, 0)}
    closest = dict.fromkeys(weights, 0)
    for item in accept.lower().split(","):
        named = item.partition(";")[0].strip()
        if (weight := _weight(item)) is None or not _utf8(item):
            continue
        for kind in weights:
            close = {kind: 3, "application/*": 2, "*/*": 1}.get(named, 0)
            if close > closest[kind]:
                closest[kind], weights[kind] = close, (weight, close)
    graphql, plain = weights[GRAPHQL_RESPONSE], weights[JSON]
    if not graphql[0] and not plain[0]:
        return None
    if graphql == plain and graphql[1] < 3:  # noqa: PLR2004 - neither is named
        return Accepted(JSON, GRAPHQL_RESPONSE)
    best = GRAPHQL_RESPONSE if graphql >= plain else JSON
    return Accepted(best, best)


def _weight(item: str) -> float | None:
    if not _WEIGHED.search(item):
        return 1.0
    found = _WEIGHT.search(item)
    return float(found[1]) if found else None


def _utf8(item: str) -> bool:
    found = _CHARSET.search(item)
    return found is None or found[1].lower() in {"utf-8", "utf8"}


def accepted(request: Incoming) -> Accepted | None:
    """What the client of this request gets; without an Accept header, what it gets for any type."""
    return negotiate(request.headers.get("accept") or "*/*")


def admit(request: Incoming) -> None:
    """Refuse what comes by another method, or wants an answer in a form that there is none in."""
    if request.method not in {"GET", "POST"}:
        raise MethodRefused("Post GraphQL requests to this address, or get queries from it.")
    if accepted(request) is None:
        raise NotAcceptable(f"The hub answers in {GRAPHQL_RESPONSE} or {JSON}, in UTF-8.")


async def read_request(request: Incoming, limit: int) -> Posted:
    """Read a GraphQL request; refuse what is too large, not JSON, or of another form. ``limit``: bytes."""
    if request.method == "GET":
        return posted(_in_address(request), by_address=True)
    return posted(await read_object(request, limit))


async def read_object(request: Incoming, limit: int) -> dict[str, Any]:
    """Read a JSON object; refuse what is too large, or something else. ``limit``: bytes."""
    if not _json(request.headers.get("content-type", "")):
        raise MediaTypeRefused(f"Send the request as JSON in UTF-8 with Content-Type: {JSON}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeRefused("Send the request without Content-Encoding: the hub does not unpack requests.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request.receive, limit)
    except TimeoutError:
        raise BodyTooSlow(f"The body was not there within {BODY_SECONDS} seconds.") from None
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyRefused(
            f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}.",
            locations=[(error.lineno, error.colno)],
        ) from None
    if not isinstance(content, dict):
        raise BodyRefused('The body must be a JSON object: {"query": …, "variables": …, "operationName": …}.')
    return content


@cached(_HEADERS_KEPT, _length)
def _json(content_type: str) -> bool:
    """Whether a Content-Type is one, and JSON in UTF-8."""
    return "," not in content_type and content_type.partition(";")[0].strip().lower() == JSON and _utf8(content_type)


async def _body(receive: Receive, limit: int) -> bytes | bytearray:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part, more = message.get("body", b""), message.get("more_body", False)
        if len(body) + len(part) > limit:
            await _discard(receive, message)
            raise BodyTooLarge(f"The body is larger than {limit} bytes, which is the limit.")
        if not more and not body:
            return bytes(part)
        body += part
        if not more:
            return body


async def _discard(receive: Receive, message: Message) -> None:
    """Read on what is refused, within bounds: who is still sending when the connection ends never sees the refusal."""
    left = DISCARDED
    while message.get("more_body", False) and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))


def _in_address(request: Incoming) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            request.address.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_ADDRESS_FIELDS,
        )
    except ValueError:
        raise BodyRefused(
            f"The address must have at most {_ADDRESS_FIELDS} parameters, percent-encoded in UTF-8."
        ) from None
    for name, count in Counter(name for name, _ in pairs).items():
        if name in PARAMETERS and count > 1:
            raise BodyRefused(f"The address has the parameter {name} {count} times.")
    content: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in content:
            try:
                content[name] = orjson.loads(content[name])
            except orjson.JSONDecodeError as error:
                raise BodyRefused(f"{name} in the address is not JSON: {error.msg} at column {error.colno}.") from None
    content["operationName"] = content.get("operationName") or None
    return content


def posted(content: Mapping[str, Any], *, by_address: bool = False) -> Posted:
    """Return the GraphQL request among these parameters; refuse one of another form."""
    query, variables, name, extensions, document = (content.get(key) for key in PARAMETERS)
    if document is None and (not isinstance(query, str) or not query.strip()):
        raise BodyRefused("query must be the text of a GraphQL document.")
    if document is not None and (query is not None or not isinstance(document, str)):
        raise BodyRefused('documentId must be text, "sha256:…", and stands instead of query.')
    for key, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise BodyRefused(f"{key} must be a JSON object.")
    if name is not None and not isinstance(name, str):
        raise BodyRefused("operationName must be text.")
    return Posted(query or "", variables or {}, name, document, by_address)


def hold_method(asked: Posted, document: str, tokens: int) -> None:
    """Refuse by GET whatever is not a query. ``tokens``: no longer document is looked into."""
    if not asked.by_address or not any(word in document for word in ("mutation", "subscription")):
        return
    try:
        parsed = parse(document, max_tokens=tokens, no_location=True)
    except (GraphQLError, RecursionError):
        return  # the next step says what is wrong with it
    for node in parsed.definitions:
        if not isinstance(node, OperationDefinitionNode) or node.operation is OperationType.QUERY:
            continue
        if asked.operation_name is None or (node.name is not None and node.name.value == asked.operation_name):
            raise MutationByAddress(f"GET is for queries only. Post the {node.operation.value}.")


def hold_values(bound: Bound, *, by_address: bool) -> None:
    """Refuse by GET to look up protected values."""
    if by_address and bound.lookups:
        raise ValueInAddress("Post a query that looks up protected values: an address is kept in logs and histories.")


def encode(planned: Planned, found: Answer, request_id: str, limit: int) -> bytes:
    """The answer as JSON, with what was masked or withheld and why; ``AnswerTooLarge`` over ``limit`` bytes."""
    body = orjson.dumps(
        {"data": found.data, "extensions": {"access": planned.access, "requestId": request_id}},
        option=orjson.OPT_UTC_Z,
    )
    if len(body) > limit:
        raise AnswerTooLarge(f"The answer has {len(body)} bytes; the limit is {limit}. Ask for smaller pages.")
    return body


def respond(request: Incoming, body: bytes, request_id: str) -> Outgoing:
    """The answer, on its way out."""
    kind = accepted(request)
    return Outgoing(body, _MEDIA_TYPES[kind.answer if kind else JSON], request_id)


def refuse(request: Incoming, error: HubError, request_id: str, *, close: bool) -> Response:
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
