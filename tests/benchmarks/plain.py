"""Plain Strawberry: its schema over SQLAlchemy 2 and data loaders, with sealed fields opened, no policy, no audit."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson
from inside import collect_rarely, open_place
from plain_loaders import Loaders, openers
from plain_schema import Context, schema
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

POOL = 10
OPTIONS = {"server_settings": {"timezone": "UTC", "jit": "off"}}


class View(GraphQL[Context, None]):
    """The view, with the JSON encoder that the documentation shows for speed."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        made: Context = request.app.state.make()
        return made

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def app() -> Starlette:
    """The ASGI application."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        collect_rarely()
        url, vault = await open_place()
        url = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        # Each loader has one statement: a transaction around it would be two round trips for nothing.
        engine = create_async_engine(
            url, pool_size=POOL, max_overflow=0, connect_args=OPTIONS, isolation_level="AUTOCOMMIT"
        )
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        opened, blind = openers(vault), vault.blind("person", "id_number")
        application.state.make = lambda: Context(sessions, opened, blind, Loaders(sessions))
        yield
        await engine.dispose()

    return Starlette(lifespan=lifespan, routes=[Route("/graphql", View(schema, graphql_ide=None))])
