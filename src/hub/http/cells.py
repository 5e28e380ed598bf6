"""Answers that say of each null and masked value what was decided, for those who may know (``Hub-Access: cells``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.query import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.policy import Principal
    from hub.query import Operation
    from hub.settings import Settings

HEADER = "hub-access"


class AccessHeaderRefused(RequestError):
    """The header ``Hub-Access`` asks for what there is not, or where it is not given."""

    code = "HUB-136"


class CellsRefused(HubError):
    """The viewer has none of the roles that may see what is decided of each cell."""

    code = "HUB-204"
    status = 403


def wanted(headers: Mapping[str, str], principal: Principal, settings: Settings) -> bool:
    """Tell whether a request wants to know: ``Hub-Access: cells``.

    Raises ``AccessHeaderRefused`` for anything else there, ``CellsRefused`` for who has no role that may know.
    """
    value = headers.get(HEADER)
    if value is None:
        return False
    if value != "cells":
        raise AccessHeaderRefused("The header Hub-Access can be cells; leave it out for extensions.access alone.")
    if not principal.roles & settings.cell_readers:
        raise CellsRefused("Your role may not see what is decided of each cell; leave out the header Hub-Access.")
    return True


def refuse_elsewhere(operation: Operation, *, asked: bool) -> None:
    """``AccessHeaderRefused`` for streams, whose batches are read once for several clients, and for steps."""
    if asked and (operation.follows or operation.changes):
        raise AccessHeaderRefused("Queries alone say what is decided of each cell; leave out the header Hub-Access.")
