"""Whether the process runs, and whether it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from hub.http.response import NO_STORE
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    from starlette.requests import Request

    from hub.http.state import Hub


async def healthz(_request: Request) -> Response:
    """The process runs."""
    return _said("ok")


async def readyz(request: Request) -> Response:
    """The hub can answer: its database does."""
    hub: Hub = request.app.state.hub
    try:
        await hub.runtime.pool.fetchval("SELECT 1", timeout=2)
    except FAULTS:
        return _said("database", 503)
    return _said("ready")


def _said(status: str, code: int = 200) -> Response:
    return Response(f'{{"status":"{status}"}}'.encode(), code, media_type="application/json", headers=NO_STORE)
