"""Who asks, at each moment that matters: an answer leaves by the rights of then, and not by those it was begun with."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from hub.auth import profile
from hub.http.exchange import AgreementsChanged
from hub.process.calendar import day_of
from hub.query import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.http.exchange import Exchange
    from hub.http.request import Incoming
    from hub.http.state import Hub
    from hub.policy import Principal

Made = TypeVar("Made")


async def identify(hub: Hub, request: Incoming, exchange: Exchange, epoch: int = 0) -> Principal:
    """Step 1: who asks, with what agreements of no earlier epoch grant today, noted for the audit."""
    now = datetime.now(UTC)
    viewer = exchange.viewer = await hub.authenticate(request.headers, now, epoch)
    exchange.partner_id, exchange.member, exchange.identified = viewer.partner_id, viewer.member, time.monotonic()
    principal = exchange.principal = profile(viewer, await hub.granted_to(viewer, day_of(now)))
    return principal


async def identify_again(hub: Hub, request: Incoming, exchange: Exchange, principal: Principal) -> Principal:
    """Step 1 again, where time has passed: who lost its token or purpose meanwhile is refused."""
    return await identify(hub, request, exchange) if exchange.late() else principal


async def by_agreements_of_now(
    hub: Hub,
    request: Incoming,
    exchange: Exchange,
    principal: Principal,
    make: Callable[[Principal], Awaitable[Made]],
) -> Made:
    """Make an answer; once more if agreements changed for this viewer before it was accounted for.

    Raises ``AgreementsChanged`` where they change again meanwhile. A refusal by what agreements were is looked at anew
    as well.
    """
    try:
        made = await make(principal)
        again = await regranted(hub, request, exchange, principal)
    except AccessRefused:
        assert exchange.viewer is not None  # noqa: S101 - step 1 came before
        again = await identify(hub, request, exchange, exchange.viewer.epoch + 1)
        if again == principal:
            raise
    else:
        if again is None:
            return made
    made = await make(again)
    if await regranted(hub, request, exchange, again) is not None:
        raise AgreementsChanged
    return made


async def regranted(hub: Hub, request: Incoming, exchange: Exchange, principal: Principal) -> Principal | None:
    """The viewer as agreements are now, where that is not what its answer was made by."""
    assert exchange.viewer is not None  # noqa: S101 - step 1 came before
    now = exchange.principal  # identified again since, perhaps
    if exchange.epoch > exchange.viewer.epoch:
        now = await identify(hub, request, exchange, exchange.epoch)
    return None if now == principal else now
