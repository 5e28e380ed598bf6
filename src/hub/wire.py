"""GraphQL over HTTP: requests are read, answers and refusals are written. Nothing here decides anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import orjson
from starlette.responses import Response

from hub.query import AnswerTooLarge, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from hub.errors import HubError
    from hub.query import Answer, Planned

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MEDIA_TYPE = re.compile(r"^\s*application/json\s*(;|$)", re.IGNORECASE)


class BodyRefused(RequestError):
    """The body of the request is not a GraphQL request in JSON."""

    code = "HUB-101"


class MethodRefused(RequestError):
    """GraphQL requests are posted."""

    code = "HUB-111"
    status = 405
    headers: ClassVar[Mapping[str, str]] = {"Allow": "POST"}


class MediaTypeRefused(RequestError):
    """The body is not JSON."""

    code = "HUB-112"
    status = 415


class NotAcceptable(RequestError):
    """The client accepts neither of the media types that there are."""

    code = "HUB-113"
    status = 406


class BodyTooLarge(RequestError):
    """The body is larger than the bound."""

    code = "HUB-114"
    status = 413
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Posted:
    """A request's body, read and of the right form."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


def admit(request: Request) -> None:
    """Refuse what is not posted, or wants an answer in a form that there is none in."""
    if request.method != "POST":
        raise MethodRefused("Post GraphQL requests to this address.")
    accepted = request.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in (GRAPHQL_RESPONSE, "application/json", "application/*", "*/*")):
        raise NotAcceptable(f"The hub answers in {GRAPHQL_RESPONSE} or application/json.")


async def read_body(request: Request, limit: int) -> Posted:
    """Read a GraphQL request; refuse what is too large, not JSON, or of another form."""
    return posted(await read_object(request, limit))


async def read_object(request: Request, limit: int) -> dict[str, Any]:
    """Read a JSON object; refuse what is too large, or something else."""
    if not _MEDIA_TYPE.match(request.headers.get("content-type", "")):
        raise MediaTypeRefused("Send the request as JSON with Content-Type: application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes, which is the limit.")
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


def posted(content: Mapping[str, Any]) -> Posted:
    """Return the GraphQL request in a body; refuse one of another form."""
    query, variables, name = (content.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise BodyRefused("query must be the text of a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise BodyRefused("variables must be a JSON object.")
    if name is not None and not isinstance(name, str):
        raise BodyRefused("operationName must be text.")
    return Posted(query, variables or {}, name)


def encode(planned: Planned, found: Answer, request_id: str, limit: int) -> bytes:
    """The answer as JSON, with what was masked or withheld and why; ``AnswerTooLarge`` over ``limit`` bytes."""
    body = orjson.dumps(
        {"data": found.data, "extensions": {"access": planned.access, "requestId": request_id}},
        option=orjson.OPT_UTC_Z,
    )
    if len(body) > limit:
        raise AnswerTooLarge(f"The answer has {len(body)} bytes; the limit is {limit}. Ask for smaller pages.")
    return body


def respond(request: Request, body: bytes, request_id: str) -> Response:
    """The answer, on its way out."""
    return Response(body, 200, {**NO_STORE, "Hub-Request-Id": request_id}, media_type(request))


def refuse(request: Request, error: HubError, request_id: str) -> Response:
    """An error as GraphQL states it; nothing has been executed, so there is no data."""
    shown: dict[str, Any] = error.formatted() if isinstance(error, RequestError) else {"message": error.message}
    shown["extensions"] = {"code": error.code, "requestId": request_id}
    headers = {**NO_STORE, "Hub-Request-Id": request_id}
    headers |= getattr(error, "headers", {})
    return Response(orjson.dumps({"errors": [shown]}), error.status, headers, media_type(request))


def media_type(request: Request) -> str:
    """The media type that the client prefers of the two that GraphQL over HTTP knows."""
    accepted = request.headers.get("accept", "*/*").lower()
    return "application/json; charset=utf-8" if _only_json(accepted) else f"{GRAPHQL_RESPONSE}; charset=utf-8"


def _only_json(accepted: str) -> bool:
    return GRAPHQL_RESPONSE not in accepted and "application/json" in accepted
