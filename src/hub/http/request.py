"""GraphQL over HTTP: requests are read. Nothing here decides who may see what.

Rules come from the GraphQL over HTTP specification. A page of another origin cannot make a browser ask in its
user's name: the credentials are a header of their own, never a cookie, and what an HTML form could post is refused.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import ClientDisconnect

from hub.http.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, Accepted, is_json, negotiate, streamed
from hub.query import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope

    from hub.query import Bound

PARAMETERS: Final = ("query", "variables", "operationName", "extensions", "documentId")
_ADDRESS_FIELDS: Final = 32
BODY_SECONDS: Final = 10
DISCARDED: Final = 16_000_000
"""Bytes of a body that is too large which are read on and forgotten."""


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

    ``headers``: by lower-case name; several of one name are one, with commas, as RFC 9110 (5.2) has it. ``kept``: the
    body once it was read, for who has to answer anew.
    """

    method: str
    address: bytes
    headers: Mapping[str, str]
    receive: Receive
    kept: list[bytes | bytearray] = field(default_factory=list, compare=False, repr=False)


def incoming(scope: Scope, receive: Receive) -> Incoming:
    """Take a request from the server."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return Incoming(scope["method"], scope["query_string"], headers, receive)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A request, read and of the right form.

    ``query``: empty where ``document_id`` stands for it. ``by_address``: it came by GET, all of it in the address.
    ``size``: bytes of all of it.
    """

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None
    document_id: str | None = None
    by_address: bool = False
    size: int = 0


def accepted(request: Incoming) -> Accepted | None:
    """What the client of this request gets; without an Accept header, what it gets for any type."""
    return negotiate(request.headers.get("accept") or "*/*")


def stream_type(request: Incoming) -> str | None:
    """The media type of the stream that the client takes, if it takes one."""
    return streamed(request.headers.get("accept", ""))


def require_graphql(request: Incoming) -> None:
    """Refuse what comes by another method, or wants an answer in a form that there is none in."""
    if request.method not in {"GET", "POST"}:
        raise MethodRefused("Post GraphQL requests to this address, or get queries from it.")
    if accepted(request) is None and stream_type(request) is None:
        raise NotAcceptable(f"The hub answers in {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}, in UTF-8.")


async def read_request(request: Incoming, limit: int) -> GraphQLRequest:
    """Read a GraphQL request; refuse what is too large, not JSON, or of another form. ``limit``: bytes."""
    if request.method == "GET":
        return posted(_in_address(request), len(request.address), by_address=True)
    return posted(*await read_object(request, limit))


async def read_object(request: Incoming, limit: int) -> tuple[dict[str, Any], int]:
    """Read a JSON object, return it and its bytes; refuse what is too large, or something else. ``limit``: bytes."""
    if not is_json(request.headers.get("content-type", "")):
        raise MediaTypeRefused(f"Send the request as JSON in UTF-8 with Content-Type: {JSON}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeRefused("Send the request without Content-Encoding: the hub does not unpack requests.")
    if not request.kept:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                request.kept.append(await _body(request.receive, limit))
        except TimeoutError:
            raise BodyTooSlow(f"The body was not there within {BODY_SECONDS} seconds.") from None
    body = request.kept[0]
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyRefused(
            f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}.",
            locations=[(error.lineno, error.colno)],
        ) from None
    if not isinstance(content, dict):
        raise BodyRefused('The body must be a JSON object: {"query": …, "variables": …, "operationName": …}.')
    return content, len(body)


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


def posted(content: Mapping[str, Any], size: int, *, by_address: bool = False) -> GraphQLRequest:
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
    return GraphQLRequest(query or "", variables or {}, name, document, by_address, size)


def refuse_change_by_get(asked: GraphQLRequest, document: str, tokens: int) -> None:
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


def refuse_lookup_by_get(bound: Bound, *, by_address: bool) -> None:
    """Refuse by GET to look up protected values."""
    if by_address and bound.lookups:
        raise ValueInAddress("Post a query that looks up protected values: an address is kept in logs and histories.")
