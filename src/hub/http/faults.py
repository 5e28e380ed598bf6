"""What a client is told of an error, whatever it was. A new kind of fault is a line of the table here."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import asyncpg

from hub.errors import HubError
from hub.query import StatementTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.settings import Settings

log = logging.getLogger(__name__)


class HubFault(HubError):
    """A fault of the hub's own. The log has the details under the request's id."""

    code = "HUB-900"


class DatabaseFault(HubError):
    """The hub's database did not answer."""

    code = "HUB-920"
    status = 503


def _too_slow(settings: Settings) -> HubError:
    return StatementTimeout(
        f"A statement of the query took longer than {settings.statement_seconds:g} s, which is the limit. Ask for a "
        "smaller page or a narrower filter."
    )


def _no_database(_settings: Settings) -> HubError:
    return DatabaseFault("The hub's database does not answer. Try again in a moment.")


def _own_fault(_settings: Settings) -> HubError:
    return HubFault("The hub failed at this request. Report the request id to its administrator.")


TABLE: Final[tuple[tuple[tuple[type[Exception], ...], Callable[[Settings], HubError]], ...]] = (
    ((asyncpg.QueryCanceledError,), _too_slow),
    (
        (
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,  # the server is being stopped, or not up yet
            asyncpg.TooManyConnectionsError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,  # a session that ended while it was handed out
            OSError,
            TimeoutError,
        ),
        _no_database,
    ),
    ((Exception,), _own_fault),
)
"""Kinds of errors with what is made of them; the first kind that fits counts."""


def public_error(error: Exception, settings: Settings, request_id: str) -> HubError:
    """What a client is told of an error. The log has where it was, and no stack: that may quote values."""
    if isinstance(error, HubError):
        return error
    public = next(made for kinds, made in TABLE if isinstance(error, kinds))(settings)
    log.error("request %s: %s: %s at %s", request_id, public.code, type(error).__name__, _place(error))
    return public


def _place(error: BaseException) -> str:
    """Where it happened, without any value: a stack's text could quote one."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
