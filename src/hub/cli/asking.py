"""Asking departments for checks of means, in the worker and for commands."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hub.means.asking import Asking
from hub.means.estimates import Estimating
from hub.sources.asking import asking
from hub.store.audit import own_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from hub.means.asking import Account
    from hub.runtime import Runtime

PURPOSE = "means-check"


def accounting(runtime: Runtime) -> Account:
    """What puts on record that a department was asked about so many people."""

    async def account(source: str, count: int, at: datetime) -> None:
        await runtime.audit.append(own_record(f"ask:{source}", count, at, purpose=PURPOSE))

    return account


def estimating(runtime: Runtime) -> Estimating:
    """Whoever reckons the estimates that partners ask for."""

    async def account(households: int, at: datetime) -> None:
        await runtime.audit.append(own_record("means:estimate", households, at, purpose="statistics"))

    return Estimating.of(runtime.pool, runtime.vault, runtime.means_rules, runtime.settings.smallest_group, account)


@asynccontextmanager
async def departments(runtime: Runtime, told: Callable[[], None] = lambda: None) -> AsyncIterator[Asking]:
    """Give whoever asks the departments whose place is known. ``told``: is called with each report."""
    async with asking(runtime.answering, runtime.settings.sources()) as asker:
        yield Asking.of(runtime.pool, runtime.vault, asker, runtime.checks, accounting(runtime), told)
