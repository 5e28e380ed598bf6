"""The HTTP map: ``answer`` is the way of a query, step by step. Start reading here."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import uuid_utils
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from hub.auth import PurposeNotAgreed, PurposeUnknown, recognising, remembering
from hub.cache import cached
from hub.crypto import DoesNotOpen
from hub.errors import HubError
from hub.http import explain
from hub.http.connections import Connections
from hub.http.explain import Explaining, unmarked
from hub.http.export import admit_export, fitting, lines_for, page_of, read_export, stream, streaming
from hub.http.wire import (
    CLOSE,
    NO_STORE,
    admit,
    encode,
    hold_method,
    hold_values,
    incoming,
    read_request,
    refuse,
    respond,
)
from hub.policy import Principal
from hub.query import AFTER, SIZE, StatementTimeout, paged, require_readable
from hub.runtime import running
from hub.settings import Settings
from hub.store.audit import AuditRecord, decisions
from hub.store.partners import find_by_token_hash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from uuid import UUID

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hub.auth import Viewer
    from hub.auth.viewer import Recognise
    from hub.http.export import Page
    from hub.http.wire import Incoming
    from hub.query import Answer, Operation, Planned
    from hub.runtime import Runtime

log = logging.getLogger("hub.app")

EVERYTHING_AGREED: Final = frozenset({"*"})
"""Until agreements between departments are kept, every partner's agreement covers what policy permits."""
_NO_DATABASE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # the server is being stopped, or not up yet
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a session that ended while it was handed out
    OSError,
    TimeoutError,
)
AT_ONCE: Final = 0.1
"""Seconds that pass as the same moment: who asks is identified again for what comes later."""
EXPORT_PAGE: Final = 500
"""Rows that an export reads at a time: enough to spread the cost of a page, few enough to hold."""
COLLECT_EVERY: Final = 50_000
"""Objects that are made and not freed again before Python looks for cycles among them; its default is 700."""


class HubFault(HubError):
    """A fault of the hub's own. The log has the details under the request's id."""

    code = "HUB-900"


class DatabaseFault(HubError):
    """The hub's database did not answer."""

    code = "HUB-920"
    status = 503


@dataclass(slots=True)
class Exchange:
    """One request as it comes to be known, for the audit record of whatever becomes of it."""

    request_id: str
    action: str
    by_address: bool = False
    partner_id: UUID | None = None
    viewer: Viewer | None = None
    operation: Operation | None = None
    planned: Planned | None = None
    literals: bytes = b""
    explaining: Explaining | None = None
    mark: Callable[[str], None] = unmarked
    identified: float = 0.0

    def late(self) -> bool:
        """Whether who asks was made sure of too long ago to go by."""
        return time.monotonic() - self.identified > AT_ONCE


@dataclass(slots=True)
class Hub:
    """The application's state."""

    runtime: Runtime
    recognise: Recognise
    subjects: Callable[[Iterable[bytes]], bytes]
    literal: Callable[[str], bytes]
    policy: bytes
    """The digest of the policies in force."""
    connections: Connections


async def answer(hub: Hub, request: Incoming, exchange: Exchange) -> ASGIApp:
    """The way of a query, from request to response."""
    engine, runtime = hub.runtime.engine, hub.runtime
    if explain.asked(request.headers):
        exchange.explaining = Explaining()
        exchange.mark = exchange.explaining.mark
    # 1. Who asks, and for which purpose?
    principal = await identify(hub, request, exchange)
    exchange.mark("authenticate")
    if exchange.explaining is not None:
        explain.entitle(principal.roles, runtime.settings.explainers)
    # 2. What is asked? Within limits, parsed, valid by the schema of what exists for this viewer.
    posted = await read_request(request, runtime.settings.body_limit)
    if exchange.late():
        principal = await identify(hub, request, exchange)  # again: who lost its token while a slow body came
    document = runtime.trusted.text(posted.query, posted.document_id, principal)
    hold_method(posted, document, engine.limits.tokens)
    exchange.by_address = posted.by_address
    if exchange.explaining is not None:
        known = engine.knows_document(document, posted.operation_name, principal)
        exchange.explaining.cached["document"] = known
    operation = exchange.operation = engine.operation(document, posted.operation_name, principal)
    variables = engine.variables(operation, posted.variables, principal)
    exchange.mark("operation")
    # 3 to 7. What may be seen of it: read, opened, accounted for.
    planned, body = await read(hub, request, exchange, operation, variables, principal)
    if exchange.explaining is not None:
        body = explain.with_explanation(body, exchange.explaining.explained(planned))
    # 8. Out.
    return respond(request, body, exchange.request_id)


async def read(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
) -> tuple[Planned, bytes]:
    """The one way to read: of a query, and of each page of an export. The bytes it returns may leave."""
    engine, runtime = hub.runtime.engine, hub.runtime
    # 3. What of it may this viewer see? Compiled once for this profile; no connection is taken yet.
    if exchange.explaining is not None:
        exchange.explaining.cached["plan"] = engine.knows_plan(operation, variables, principal)
    planned = exchange.planned = engine.plan(operation, variables, principal)
    exchange.mark("plan")
    bound = engine.bind(planned, variables, principal)
    hold_values(bound, by_address=exchange.by_address)
    # 4. How many protected values may still be looked up, and how much work is left?
    exchange.literals = b"".join([hub.literal(literal) for literal in bound.literals])
    runtime.budget.spend(principal, bound.lookups, time.monotonic())
    runtime.spending.spend(principal, bound.cost, time.monotonic())
    if exchange.explaining is not None:
        exchange.explaining.cost = bound.cost
    exchange.mark("bind")
    # 5. The rows, in one snapshot.
    rows = await engine.fetch(planned, bound, runtime.reading)
    if exchange.late():
        await identify(hub, request, exchange)  # again: who lost its token while the database was slow
    exchange.mark("fetch")
    # 6. Opened, masked, shaped.
    found = engine.reveal(planned, bound, rows, operation, variables)
    body = encode(planned, found, exchange.request_id, runtime.settings.answer_limit)
    exchange.mark("reveal")
    # 7. Accounted for: durable before anything leaves.
    await runtime.audit.append(record(hub, exchange, "answered", found))
    exchange.mark("audit")
    return planned, body


async def export(hub: Hub, request: Incoming, exchange: Exchange) -> ASGIApp:
    """The way of a bulk answer: one connection, page by page, each page read as a query is."""
    engine, settings = hub.runtime.engine, hub.runtime.settings
    # 1. Who asks, and for which purpose?
    principal = await identify(hub, request, exchange)
    # 2. What is asked? A query on one connection, and from it the query for a page.
    asked = await read_export(request, settings.body_limit)
    document = hub.runtime.trusted.text(asked.posted.query, asked.posted.document_id, principal)
    operation = exchange.operation = engine.operation(document, asked.posted.operation_name, principal)
    variables = engine.variables(operation, asked.posted.variables, principal)
    bulk = paged(operation, variables, engine.schemas.documents(principal).schema)
    lines = lines_for(asked, bulk)
    paging = engine.operation(bulk.document, None, principal)

    async def page(after: str | None, size: int) -> Page:
        # Whoever lost token or purpose meanwhile gets no further page.
        still = await identify(hub, request, exchange)
        given = engine.variables(paging, {**asked.posted.variables, SIZE: size, AFTER: after}, still)
        require_readable(engine.plan(paging, given, still).plan)
        # 3 to 7. As for any query.
        planned, body = await read(hub, request, exchange, paging, given, still)
        return page_of(bulk, body, planned.access, after)

    async def broken(error: Exception) -> HubError:
        return await accounted(hub, exchange, told_of(hub, exchange, error))

    # The first page is read before the response begins, so that a refusal still has a status of its own.
    first, size = await fitting(page, asked.after, min(EXPORT_PAGE, settings.page_limit))
    # 8. Out, as fast as the client reads.
    return streaming(lines, bulk, exchange.request_id, stream(page, lines, first, size, exchange.request_id, broken))


async def identify(hub: Hub, request: Incoming, exchange: Exchange) -> Principal:
    """Step 1: who asks, noted for the audit."""
    viewer = exchange.viewer = await hub.recognise(request.headers, datetime.now(UTC))
    exchange.partner_id, exchange.identified = viewer.partner_id, time.monotonic()
    return as_principal(viewer)


@cached(1_024)
def as_principal(viewer: Viewer) -> Principal:
    """The viewer's profile, as policy decides on it and plans are kept by it."""
    return Principal(
        name=viewer.name,
        department=viewer.department,
        roles=frozenset(viewer.roles),
        regions=frozenset(viewer.regions),
        purpose=viewer.purpose,
        granted=EVERYTHING_AGREED,
    )


def record(hub: Hub, exchange: Exchange, outcome: str, found: Answer | None = None) -> AuditRecord:
    """The audit record of an answer or a refusal."""
    viewer, operation, planned = exchange.viewer, exchange.operation, exchange.planned
    return AuditRecord(
        at=datetime.now(UTC),
        request_id=exchange.request_id,
        partner_id=exchange.partner_id,
        purpose=viewer.purpose if viewer else None,
        action=exchange.action,
        operation=operation.digest if operation else None,
        fields=planned.decisions if planned is not None else NOTHING_DECIDED,
        subjects=hub.subjects(found.subjects) if found else b"",
        literals=exchange.literals,
        rows=found.rows if found else 0,
        policy=hub.policy,
        outcome=outcome,
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address with its way, and what becomes of an error on it. ``action``: as the audit names it."""

    action: str
    admit: Callable[[Incoming], None]
    way: Callable[[Hub, Incoming, Exchange], Awaitable[ASGIApp]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        hub: Hub = scope["app"].state.hub
        request, exchange = incoming(scope, receive), Exchange(str(uuid_utils.uuid7()), self.action)
        client, connections = tuple(scope.get("client") or ("", 0)), hub.connections
        connections.busy.add(client)
        try:
            try:
                self.admit(request)
                response = await self.way(hub, request, exchange)
            except Exception as error:  # noqa: BLE001 - whatever it is, a client learns nothing of it
                told = await accounted(hub, exchange, told_of(hub, exchange, error))
                response = refuse(request, told, exchange.request_id, close=exchange.partner_id is None)
            if exchange.partner_id is not None:
                connections.partners.keep(client, True)
            await response(scope, receive, send)
        finally:
            connections.busy.discard(client)


def told_of(hub: Hub, exchange: Exchange, error: Exception) -> HubError:
    """What a client is told of an error. The log has where it was, and no stack: that may quote values."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, asyncpg.QueryCanceledError):
        return StatementTimeout(
            f"A statement of the query took longer than {hub.runtime.settings.statement_seconds:g} s, which is the "
            "limit. Ask for a smaller page or a narrower filter."
        )
    if isinstance(error, _NO_DATABASE):
        log.error("request %s: database: %s", exchange.request_id, type(error).__name__)
        return DatabaseFault("The hub's database does not answer. Try again in a moment.")
    log.error("request %s: %s at %s", exchange.request_id, type(error).__name__, _place(error))
    return HubFault("The hub failed at this request. Report the request id to its administrator.")


async def accounted(hub: Hub, exchange: Exchange, error: HubError) -> HubError:
    """Record the refusal of a known viewer. Strangers are logged: they must not fill the audit."""
    log.info("request %s refused: %s", exchange.request_id, error.code)
    if isinstance(error, PurposeUnknown | PurposeNotAgreed):
        exchange.partner_id = error.partner_id
    if exchange.partner_id is not None and error.code != "HUB-510":
        outcome = f"alarm:{error.code}" if isinstance(error, DoesNotOpen) else f"refused:{error.code}"
        try:
            await hub.runtime.audit.append(record(hub, exchange, outcome))
        except HubError as unwritten:
            return unwritten
    return error


def _place(error: BaseException) -> str:
    """Where it happened, without any value: a stack's text could quote one."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


async def healthz(_request: Request) -> Response:
    """The process runs."""
    return Response(b'{"status":"ok"}', media_type="application/json", headers=NO_STORE)


async def readyz(request: Request) -> Response:
    """The hub can answer: its database does."""
    hub: Hub = request.app.state.hub
    try:
        await hub.runtime.pool.fetchval("SELECT 1", timeout=2)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return Response(b'{"status":"database"}', 503, media_type="application/json", headers=NO_STORE)
    return Response(b'{"status":"ready"}', media_type="application/json", headers=NO_STORE)


def _collect_rarely() -> None:
    """Spare answers the search for reference cycles.

    An answer is thousands of new objects and no cycle; with Python's defaults each page is searched several
    times while it is made, which is a fifth of its time. What stays (schema, policies) is set aside for good.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)


async def assemble(runtime: Runtime) -> Hub:
    """What requests share."""

    async def stored(token_hash: bytes) -> Any:
        return await find_by_token_hash(runtime.pool, token_hash)

    vault, recognise = runtime.vault, recognising(remembering(stored), runtime.engine.policies.purposes())
    digest = bytes.fromhex(runtime.engine.policies.digest)
    return Hub(
        runtime, recognise, vault.id_tokens("audit subject"), vault.token("audit literal"), digest,
        Connections(runtime.settings.connections),
    )  # fmt: skip


def create_app(settings: Settings | None = None, *, runtime: Runtime | None = None) -> Starlette:
    """The ASGI application: over a runtime that is open already, or one that it opens and closes itself."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = runtime
            if opened is None:
                assert settings is not None  # noqa: S101 - the caller gives one of the two
                opened = await stack.enter_async_context(running(settings))
            hub = app.state.hub = await assemble(opened)
            looking = asyncio.create_task(hub.connections.keep_room())
            _collect_rarely()
            yield
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking

    return Application(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
        lifespan=lifespan,
    )


ENDPOINTS: Final = {
    "/graphql": Endpoint("query", admit, answer),
    "/export": Endpoint("export", admit_export, export),
}


class Application(Starlette):
    """Starlette, but for queries: its layers cost a point query a tenth of its time and have nothing to do there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer partners at once, and let Starlette see to all else; the connection ends with that."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif (endpoint := ENDPOINTS.get(scope["path"])) is not None:
            scope["app"] = self
            await endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, closing(send))


def closing(send: Send) -> Send:
    """Send what is sent, and that the connection ends with it: open ones are kept for partners."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], CLOSE]}
        await send(message)

    return sent


def from_environment() -> Starlette:
    """The application of one worker process; settings come from the environment."""
    quiet_logs()
    return create_app(Settings.load())


def quiet_logs() -> None:
    """Log warnings and what the hub itself says; no library's chatter, which could quote a request."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("hub").setLevel(logging.INFO)


NOTHING_DECIDED: Final = decisions({})
