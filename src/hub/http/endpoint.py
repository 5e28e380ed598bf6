"""What all ways of asking share: a request comes in, and what becomes of it is an answer or an accounted refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import uuid_utils
from starlette.applications import Starlette

from hub.auth.certificates import CLIENT_CERT
from hub.http.exchange import Exchange, refused
from hub.http.faults import public_error
from hub.http.renewal import PoliciesUnsettled, by_policies_of_now, newest
from hub.http.request import incoming
from hub.http.response import CLOSE, refusal
from hub.runtime import PoliciesChanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hub.http.request import Incoming
    from hub.http.state import Hub


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address with its way of answering. ``action``: as the audit names it.

    ``require``: refuses a request of a form that the address does not take.
    """

    action: str
    require: Callable[[Incoming], None]
    way: Callable[[Hub, Incoming, Exchange], Awaitable[ASGIApp]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse. The connection of a partner stays open afterwards."""
        hub: Hub = newest(scope["app"].state.hub)
        client = tuple(scope.get("client") or ("", 0))
        hub.connections.busy.add(client)
        try:
            exchange = Exchange(str(uuid_utils.uuid7()), self.action)
            response = await self._response(hub, incoming(scope, receive), exchange, client)
            if exchange.partner_id is not None and not hub.connections.partners.get(client):
                hub.connections.partners.keep(client, True)
            await response(scope, receive, send)
        finally:
            hub.connections.busy.discard(client)

    async def _response(self, hub: Hub, request: Incoming, exchange: Exchange, client: tuple[str, int]) -> ASGIApp:
        async def make(hub: Hub) -> ASGIApp:
            if exchange.policies is not None:
                exchange.begin_again(self.action)
            try:
                if (certificate := request.headers.get(CLIENT_CERT)) is not None:
                    hub.proxies.require_trusted(certificate, client)
                self.require(request)
                return await self.way(hub, request, exchange)
            except PoliciesChanged:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, a client learns nothing of it
                return await self._refused(hub, request, exchange, error, by_old_policies=False)

        try:
            return await by_policies_of_now(hub, make)
        except PoliciesUnsettled as error:
            return await self._refused(hub, request, exchange, error, by_old_policies=True)

    async def _refused(
        self, hub: Hub, request: Incoming, exchange: Exchange, error: Exception, *, by_old_policies: bool
    ) -> ASGIApp:
        """The refusal; what other policies refused than are in force is answered anew, like any answer by them."""
        public = await refused(hub, exchange, public_error(error, hub.runtime.settings, exchange.request_id))
        if exchange.policies is not None and not by_old_policies:
            hub.runtime.require_in_force(exchange.policies)
        return refusal(request, public, exchange.request_id, close=exchange.partner_id is None)


class Application(Starlette):
    """Starlette, but for ``endpoints``, by path: its layers cost a point query a tenth of its time.

    Whatever else is answered ends the connection: open ones are kept for partners.
    """

    endpoints: Mapping[str, Endpoint]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer partners at once, and let Starlette see to all else."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif (endpoint := self.endpoints.get(scope["path"])) is not None:
            scope["app"] = self
            await endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, _closing(send))


def _closing(send: Send) -> Send:

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], CLOSE]}
        await send(message)

    return sent
