"""The HTTP maps: ``answer`` and ``read`` are the way of a query, ``act`` that of a change. Start reading here.

``follow`` is the way of a subscription, ``export`` that of a bulk answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from starlette.routing import Route

from hub import write
from hub.http import cells, explain
from hub.http.catalogue import CATALOGUE_DOCUMENT, CSV, XLSX, download, require_download
from hub.http.endpoint import Application, Endpoint
from hub.http.exchange import AgreementsChanged, member_of, partner_of, pay, record, refused
from hub.http.export import lines_for, page_of, read_export, read_within_limits, require_export, stream, streaming
from hub.http.faults import public_error
from hub.http.health import healthz, readyz
from hub.http.identify import by_agreements_of_now, identify, identify_again, regranted
from hub.http.renewal import by_policies_of_now, newest
from hub.http.request import read_request, refuse_change_by_get, refuse_lookup_by_get, require_graphql
from hub.http.response import encode, respond
from hub.http.state import assemble
from hub.http.steps import encode_step, name_row, outcome_of, refuse_lookup_in_step
from hub.http.streams import StreamRead, batch_of, error_of, form_for, held, live
from hub.process.asked import read_step
from hub.process.take import Taken
from hub.query import AFTER, POSITION, SIZE, PlaceTooOld, followed, paged, reading_cost, require_readable
from hub.runtime import collect_rarely, keep_policies, quiet_logs, running
from hub.settings import Settings
from hub.store.processes import event_floor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import ASGIApp

    from hub.errors import HubError
    from hub.http.catalogue import TableForm
    from hub.http.exchange import Exchange
    from hub.http.export import Page
    from hub.http.request import GraphQLRequest, Incoming
    from hub.http.state import Hub
    from hub.http.streams import NewEvents
    from hub.policy import Principal
    from hub.query import Answer, Bound, Fetched, Operation, Planned
    from hub.runtime import Runtime

STEP_COST: Final = 500
"""Units of a step: what it writes, besides what is selected of the row (``hub.query.plan.cost``)."""
ANY_ROW: Final = UUID(int=0)
"""Stands for the row of a step until that is known: what is selected of it costs the same for any."""
EXPORT_PAGE: Final = 500
"""Rows that an export reads at a time: enough to spread the cost of a page, few enough to hold."""


async def answer(hub: Hub, request: Incoming, exchange: Exchange) -> ASGIApp:
    """The way of a query, from request to response."""
    exchange.explanation = explain.wanted(request.headers)
    # 1. Who asks, and for which purpose?
    principal = await identify(hub, request, exchange)
    explain.require_role(exchange.explanation, principal, hub.runtime.settings)
    exchange.cells = cells.wanted(request.headers, principal, hub.runtime.settings)
    exchange.done("authenticate")
    # 2. What is asked? Within limits, parsed, valid by the schema of what exists for this viewer.
    asked = await read_request(request, hub.runtime.settings.body_limit)
    principal = await identify_again(hub, request, exchange, principal)  # a slow body: who lost its token meanwhile?
    operation, variables = understand(hub, exchange, asked, principal)
    exchange.done("operation")
    # 3 to 7. What may be seen of it, or done: decided, read, accounted for.
    cells.refuse_elsewhere(operation, asked=exchange.cells)
    if operation.follows:
        return await follow(hub, request, exchange, operation, asked, variables)
    way = act if operation.changes else read
    body = await way(hub, request, exchange, operation, variables, principal)
    # 8. Out.
    return respond(request, exchange.explained(body), exchange.request_id)


async def export(hub: Hub, request: Incoming, exchange: Exchange) -> ASGIApp:
    """The way of a bulk answer: one connection, page by page, each page read as a query is."""
    settings = hub.runtime.settings
    # 1. Who asks, and for which purpose?
    principal = await identify(hub, request, exchange)
    # 2. What is asked? A query on one connection, and from it the query for a page.
    asked = await read_export(request, settings.body_limit)
    operation, variables = understand(hub, exchange, asked.posted, principal)
    bulk = paged(operation, variables, hub.runtime.engine.schemas.documents(principal).schema)
    lines = lines_for(asked, bulk)

    async def page_by(hub: Hub, after: str | None, size: int) -> Page:
        # Whoever lost token, purpose or agreement meanwhile gets no further page.
        engine, principal = hub.runtime.engine, await identify(hub, request, exchange)
        paging = engine.operation(bulk.document, None, principal)
        given = engine.variables(paging, {**asked.posted.variables, SIZE: size, AFTER: after}, principal)

        async def by(principal: Principal) -> Page:
            planned = engine.plan(paging, given, principal)
            require_readable(planned.plan)
            # 3 to 7. As for any query.
            body = await read_once(hub, request, exchange, paging, given, principal)
            return page_of(bulk, body, planned.access, after)

        return await by_agreements_of_now(hub, request, exchange, principal, by)

    async def page(after: str | None, size: int) -> Page:
        # Each page by the policies of its own time.
        return await by_policies_of_now(hub, lambda current: page_by(current, after, size))

    async def broken(error: Exception) -> HubError:
        return await refused(newest(hub), exchange, public_error(error, settings, exchange.request_id))

    # The first page is read before the response begins, so that a refusal still has a status of its own.
    first, size = await read_within_limits(page, asked.after, min(EXPORT_PAGE, settings.page_limit))
    # 8. Out, as fast as the client reads.
    return streaming(lines, bulk, exchange.request_id, stream(page, lines, first, size, exchange.request_id, broken))


async def catalogue(form: TableForm, hub: Hub, request: Incoming, exchange: Exchange) -> ASGIApp:
    """The way of the data catalogue as a table: one query that is the hub's own, read as any other."""
    engine, runtime = hub.runtime.engine, hub.runtime
    principal = await identify(hub, request, exchange)
    runtime.spending.require_some(principal, time.monotonic())
    operation = exchange.operation = engine.operation(CATALOGUE_DOCUMENT, None, principal)
    body = await read(hub, request, exchange, operation, {}, principal)
    # A workbook takes tens of milliseconds to write: others need not wait for that.
    return await asyncio.to_thread(download, form, body, exchange.request_id)


async def follow(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    asked: GraphQLRequest,
    variables: Mapping[str, Any],
) -> ASGIApp:
    """The way of a subscription: batch by batch, each read as a query is, by whoever the client is by then."""
    settings, streams, exchange.action = hub.runtime.settings, hub.streams, "follow"
    form, way = form_for(request), followed(operation, variables)
    position, said = way.after, orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS)

    async def batch_by(hub: Hub) -> NewEvents:
        # 1 again: rights may have changed since the last batch.
        engine, principal = hub.runtime.engine, await identify(hub, request, exchange)

        async def by(principal: Principal) -> NewEvents:
            async def read_it() -> StreamRead:
                # 2 to 6. As for any query.
                reading = engine.operation(way.document, None, principal)
                given = engine.variables(reading, {**asked.variables, POSITION: position}, principal)
                require_readable(engine.plan(reading, given, principal).plan)
                found, body = await look(hub, request, exchange, reading, given, principal)
                assert exchange.planned is not None  # noqa: S101 - by which it was read
                return StreamRead(batch_of(way.key, body), found, exchange.planned, exchange.literals, exchange.cost)

            async with streams.turns:
                key = (principal, way.document, said, position, hub.runtime.installation)
                got, mine = await streams.read_once(key, read_it)
                if not mine:
                    await identify_again(hub, request, exchange, principal)
                    exchange.planned, exchange.literals = got.planned, got.literals
                    pay(hub, exchange, got.cost)
            if got.new.data is not None:
                # 7. Accounted for, each batch of its own; what is not sent is not recorded.
                await account(hub, exchange, got.found)
            return got.new

        return await by_agreements_of_now(hub, request, exchange, principal, by)

    async def batch() -> NewEvents:
        nonlocal position
        # Each batch by the policies of its own time.
        new = await by_policies_of_now(hub, batch_by)
        if new.data is not None:
            position = new.position
        return new

    async def still() -> Principal:
        return await identify(newest(hub), request, exchange)

    async def broken(error: Exception) -> Mapping[str, Any]:
        public = await refused(newest(hub), exchange, public_error(error, settings, exchange.request_id))
        return error_of(public, exchange.request_id)

    # The first batch is read before the response begins, so that a refusal still has a status of its own.
    partner = partner_of(exchange)
    streams.take(partner)
    try:
        first = await batch()
    except BaseException:
        streams.give_back(partner)
        raise
    # 8. Out, as fast as the client reads.
    parts = live(streams, form, first, exchange.request_id, batch, still, broken)
    return held(streams, partner, form, exchange.request_id, parts)


def understand(
    hub: Hub, exchange: Exchange, asked: GraphQLRequest, principal: Principal
) -> tuple[Operation, Mapping[str, Any]]:
    """Step 2: the operation that is asked for, and its variables."""
    engine, runtime = hub.runtime.engine, hub.runtime
    runtime.spending.require_some(principal, time.monotonic())
    exchange.by_address, exchange.unpaid = asked.by_address, reading_cost(asked.size)
    document = runtime.trusted.text(asked.query, asked.document_id, principal)
    refuse_change_by_get(asked, document, engine.limits.tokens)
    known = engine.known_operation(document, asked.operation_name, principal)
    exchange.document_known = known is not None
    operation = exchange.operation = known or engine.operation(document, asked.operation_name, principal)
    return operation, engine.variables(operation, asked.variables, principal)


async def read(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
) -> bytes:
    """The one way to read. The bytes it returns may leave."""

    async def by(principal: Principal) -> bytes:
        return await read_once(hub, request, exchange, operation, variables, principal)

    return await by_agreements_of_now(hub, request, exchange, principal, by)


async def read_once(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
) -> bytes:
    """Steps 3 to 7: of a query, and of each page of an export, by the agreements that the principal has."""
    found, body = await look(hub, request, exchange, operation, variables, principal)
    await account(hub, exchange, found)
    return body


async def account(hub: Hub, exchange: Exchange, found: Answer) -> None:
    """Step 7: accounted for, and durable before anything leaves."""
    recorded = await hub.runtime.audit.append(record(hub, exchange, "answered", found))
    exchange.recorded(recorded)
    exchange.done("audit")
    hub.runtime.require_in_force(recorded.policies)


async def look(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
) -> tuple[Answer, bytes]:
    """Steps 3 to 6: what is found, and its bytes, which may leave once they are accounted for."""
    engine, runtime = hub.runtime.engine, hub.runtime
    # 3. What of it may this viewer see? Compiled once for this profile; no connection is taken yet.
    known = engine.known_plan(operation, variables, principal, cells=exchange.cells)
    exchange.plan_known = known is not None
    planned = exchange.planned = known or engine.plan(operation, variables, principal, cells=exchange.cells)
    exchange.done("plan")
    # 4. How much work is left?
    bound = engine.bind(planned, variables, principal)
    refuse_lookup_by_get(bound, by_address=exchange.by_address)
    exchange.literals = b"".join([hub.literal(literal) for literal in bound.literals])
    pay(hub, exchange, bound.cost)
    exchange.done("bind")
    # 5. The rows, in one snapshot; where protected values are looked up, within what is left of that.
    rows = await look_up(runtime, planned, bound)
    await identify_again(hub, request, exchange, principal)  # a slow database: who lost its token meanwhile?
    exchange.done("fetch")
    # 6. Opened, masked, shaped.
    found = engine.reveal(planned, bound, rows, operation, variables)
    body = encode(planned, found, exchange.request_id, runtime.settings.answer_limit)
    exchange.done("reveal")
    return found, body


async def look_up(runtime: Runtime, planned: Planned, bound: Bound) -> Fetched:
    """Step 5: the rows. Protected values are counted before they are looked up, and those in vain before the answer."""
    engine = runtime.engine
    if bound.lookups:
        await runtime.lookups.spend(bound.principal.name, bound.lookups, bound.tried)
    if bound.tried:
        async with runtime.lookups.trying(bound.principal.name, bound.tried) as tried:
            rows = await engine.fetch(planned, bound, runtime.reading)
            tried.missed = engine.missed(planned, bound, rows)
    else:
        rows = await engine.fetch(planned, bound, runtime.reading)
    # Looked at last: what was removed since the rows were read was among them.
    if bound.place is not None and bound.place < await event_floor(runtime.pool):
        raise PlaceTooOld
    return rows


async def act(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    operation: Operation,
    variables: Mapping[str, Any],
    principal: Principal,
) -> bytes:
    """The one way to act: one step of a process, in one transaction. The bytes it returns may leave."""
    engine, runtime, exchange.action = hub.runtime.engine, hub.runtime, "step"
    # 3. Which step is it, may this viewer take it, and what of the row may it see afterwards?
    asked, wrong = read_step(operation, variables, engine.schemas.documents(principal).schema, engine.catalogue)
    exchange.step = asked.step.mutation(asked.entity.name)
    name_row(hub, exchange, asked, asked.row_id)
    plan = runtime.steps.plan(asked, principal)
    known = engine.known_plan(operation, variables, principal, root=asked.row)
    exchange.plan_known = known is not None
    planned = exchange.planned = known or engine.plan(operation, variables, principal, root=asked.row)
    bound = engine.bind(planned, variables, principal, row=ANY_ROW)
    refuse_lookup_in_step(bound)
    exchange.literals = b"".join([hub.literal(literal) for literal in bound.literals])
    pay(hub, exchange, STEP_COST + bound.cost)
    exchange.done("plan")
    decided_for, principal = principal, await identify_again(hub, request, exchange, principal)
    async with runtime.steps.room, runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        # 4. Locked, decided, written: all of it, or nothing.
        done = wrong or await runtime.steps.take(tx, plan, asked, principal, partner_of(exchange), member_of(exchange))
        exchange.done("step")
        # 5. The row as it is now, by the one way to read, inside the same transaction.
        found = None
        if isinstance(done, Taken):
            name_row(hub, exchange, asked, done.row_id)
            bound = engine.bind(planned, variables, principal, row=done.row_id)
            rows = await engine.fetch_within(planned, bound, connection)
            found = engine.reveal(planned, bound, rows, operation, variables)
        else:
            tx.abandon()
        body = encode_step(
            asked, operation, variables, planned, found, done, exchange.request_id, runtime.settings.answer_limit
        )
        exchange.done("fetch")
        # 6. Accounted for before the step counts: the audit may say too much, never too little.
        recorded = await runtime.audit.append(record(hub, exchange, outcome_of(done), found))
        exchange.recorded(recorded)
        exchange.done("audit")
        hub.runtime.require_in_force(recorded.policies)
        if await regranted(hub, request, exchange, decided_for) is not None:
            raise AgreementsChanged
    return body


def create_app(settings: Settings | None = None, *, runtime: Runtime | None = None) -> Application:
    """The ASGI application: over a runtime that is open already, or one that it opens and closes itself."""

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = runtime
            if opened is None:
                assert settings is not None  # noqa: S101 - the caller gives one of the two
                opened = await stack.enter_async_context(running(settings))
            app.state.hub = hub = assemble(opened)
            beside = [
                asyncio.create_task(hub.connections.keep_room()),
                asyncio.create_task(hub.streams.listen(opened.pool)),
                asyncio.create_task(hub.streams.pass_on()),
                asyncio.create_task(keep_policies(opened)),
            ]
            collect_rarely()
            try:
                yield
            finally:  # one of them holds a connection, for which the pool would wait
                hub.streams.close()
                for task in beside:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    app = Application(routes=[Route("/healthz", healthz), Route("/readyz", readyz)], lifespan=lifespan)
    app.endpoints = {
        "/graphql": Endpoint("query", require_graphql, answer),
        "/export": Endpoint("export", require_export, export),
        "/catalogue.csv": Endpoint("catalogue", require_download, partial(catalogue, CSV)),
        "/catalogue.xlsx": Endpoint("catalogue", require_download, partial(catalogue, XLSX)),
    }
    return app


def from_environment() -> Application:
    """The application for a server of one's own; settings come from the environment."""
    quiet_logs()
    return create_app(Settings.load())
