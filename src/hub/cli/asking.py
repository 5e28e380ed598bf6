"""Asking departments for checks of means, in the worker and for commands."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uuid_utils

from hub.means.asking import Asking
from hub.sources.asking import asking
from hub.store.audit import AuditRecord, decisions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from hub.runtime import Runtime

PURPOSE = "means-check"


def record(source: str, rows: int, at: datetime) -> AuditRecord:
    """The audit record of questions: no partner got an answer, but a department was asked about so many people."""
    return AuditRecord(
        at=at, request_id=str(uuid_utils.uuid7()), partner_id=None, purpose=PURPOSE, action=f"ask:{source}",
        operation=None, fields=decisions({}), subjects=b"", rows=rows, policy=None, outcome="answered",
    )  # fmt: skip


@asynccontextmanager
async def departments(runtime: Runtime, told: Callable[[], None] = lambda: None) -> AsyncIterator[Asking]:
    """Give whoever asks the departments whose place is known. ``told``: is called with each report."""

    async def account(source: str, count: int, at: datetime) -> None:
        await runtime.audit.append(record(source, count, at))

    async with asking(runtime.answering, runtime.settings.sources()) as asker:
        yield Asking.of(
            runtime.pool, runtime.vault, asker, runtime.checks, account, told, now=lambda: datetime.now(UTC)
        )
