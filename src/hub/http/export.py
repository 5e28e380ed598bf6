"""Bulk answers over HTTP: what is asked of ``POST /export``, and pages as a stream of lines.

The map (``hub.app.export``) says how a page is read; this is how one follows another. Memory holds one page: the
next is read when the client has taken the last, and none is read for a client that is gone.

Each page is a snapshot of its own. One snapshot for all would hold back the database's cleaning for as long as the
slowest client reads, and would be lost on resuming. So: a row that does not change while the export runs is in it
exactly once; one that is added, removed, or moved in the order meanwhile may be in it or not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import StreamingResponse

from hub.http.lines import Csv, Ndjson
from hub.http.request import BodyRefused, GraphQLRequest, Incoming, MethodRefused, NotAcceptable, posted, read_object
from hub.http.response import NO_STORE
from hub.query import AnswerTooLarge, CostSpent, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from hub.errors import HubError
    from hub.http.lines import Lines
    from hub.query import Bulk

FORMATS = ("ndjson", "csv")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """An export as it was posted. ``after``: the cursor to go on behind; ``bom``: of CSV."""

    posted: GraphQLRequest
    format: str
    after: str | None
    bom: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page that is accounted for, and the cursor of the last of them; ``access`` as JSON."""

    rows: list[Any]
    cursor: str | None
    more: bool
    access: Any


def require_export(request: Incoming) -> None:
    """Refuse what is not posted, or wants lines in a form that there is none in."""
    if request.method != "POST":
        raise MethodRefused("Post exports to this address.")
    accepted = request.headers.get("accept", "*/*").lower()
    known = ("application/x-ndjson", "text/csv", "application/*", "text/*", "*/*")
    if not any(kind in accepted for kind in known):
        raise NotAcceptable("Exports are in application/x-ndjson or text/csv.")


async def read_export(request: Incoming, limit: int) -> ExportRequest:
    """Read the body: a GraphQL request with ``format``, ``after`` and ``bom`` beside it, all optional."""
    content, size = await read_object(request, limit)
    accepted = request.headers.get("accept", "").lower()
    form = content.get("format") or ("csv" if "text/csv" in accepted and "ndjson" not in accepted else "ndjson")
    after, bom = content.get("after"), content.get("bom", False)
    if form not in FORMATS:
        raise BodyRefused('format must be "ndjson" or "csv".')
    if after is not None and not isinstance(after, str):
        raise BodyRefused("after must be a cursor, as text.")
    if not isinstance(bom, bool):
        raise BodyRefused("bom must be true or false.")
    return ExportRequest(posted(content, size), form, after, bom)


def lines_for(asked: ExportRequest, bulk: Bulk) -> Lines:
    """The form that was asked for; refuses a table of what has lists."""
    return Csv(bulk.table(), bom=asked.bom) if asked.format == "csv" else Ndjson()


def page_of(bulk: Bulk, answer: bytes, access: Any, after: str | None) -> Page:
    """Take the rows of the page behind ``after`` out of the answer that it is, as JSON."""
    connection = orjson.loads(answer)["data"][bulk.key]
    info = connection["pageInfo"]
    return Page(connection["nodes"], info["endCursor"] or after, info["hasNextPage"], access)


async def read_within_limits(
    read: Callable[[str | None, int], Awaitable[Page]], after: str | None, size: int
) -> tuple[Page, int]:
    """Read a page, smaller if the limits of one query demand it; return it with the size that fitted."""
    while True:
        try:
            return await read(after, size), size
        except (LimitExceeded, AnswerTooLarge):
            if size == 1:
                raise
            size //= 2


async def _following(
    read: Callable[[str | None, int], Awaitable[Page]], after: str | None, size: int
) -> tuple[Page, int]:
    """Read a further page; wait where the viewer's work of this minute is spent."""
    while True:
        try:
            return await read_within_limits(read, after, size)
        except CostSpent as spent:
            await asyncio.sleep(float(spent.headers["Retry-After"]))


async def stream(
    read: Callable[[str | None, int], Awaitable[Page]],
    lines: Lines,
    first: Page,
    size: int,
    request_id: str,
    broken: Callable[[Exception], Awaitable[HubError]],
) -> AsyncIterator[bytes]:
    """Give the export page by page. ``broken``: accounts for an error on the way and says what a client is public."""
    about: Mapping[str, Any] = {"requestId": request_id, "access": first.access}
    page, before = first, lines.head(about)
    while True:
        text = before + lines.page(page.rows)
        if not page.more:
            yield text + lines.end(page.cursor)
            return
        yield text + lines.checkpoint(page.cursor)
        before, cursor = b"", page.cursor
        try:
            page, size = await _following(read, cursor, size)
        except Exception as error:  # noqa: BLE001 - the answer has begun: whatever it is has to be said in it
            public = await broken(error)
            yield lines.error(
                {"code": public.code, "message": public.message, "requestId": request_id, "cursor": cursor}
            )
            return


def streaming(lines: Lines, bulk: Bulk, request_id: str, parts: AsyncIterator[bytes]) -> StreamingResponse:
    """The response that sends the parts as the client takes them."""
    headers = {**NO_STORE, "Hub-Request-Id": request_id}
    if isinstance(lines, Csv):
        headers["Content-Disposition"] = f'attachment; filename="{bulk.key}.csv"'
    return StreamingResponse(parts, 200, headers, lines.media_type)
