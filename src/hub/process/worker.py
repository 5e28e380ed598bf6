"""The worker: it acts on clocks when their time comes. Any number may run, on any machines.

It sleeps until the next clock is due, or until something happened (a notification of the outbox wakes it), and never
longer than ``LONGEST_SLEEP``: a notification that is lost costs a delay, and no clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import asyncpg

from hub import write
from hub.process import sweep as sweeping
from hub.process.sweep import Swept
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from hub.process.plan import StepTools

    TheTime = Callable[[], datetime]
    Act = Callable[[write.Transaction, Any, StepTools], Awaitable[Swept]]

log = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 60.0
AFTER_FAULT: Final = 5.0
"""Seconds until it tries again where the database did not answer."""


def now_in_utc() -> datetime:
    """The time, for everybody but tests."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Worker:
    """``told``: is called with what each round did, if that is anything. ``time``: the time that it goes by.

    ``heard``: is called when something happened anywhere, for whoever works beside it. ``keep``: how long to keep what
    is not kept for ever; None removes nothing.
    """

    pool: asyncpg.Pool[asyncpg.Record]
    tools: StepTools
    told: Callable[[Swept], None] = lambda _swept: None
    time: TheTime = now_in_utc
    heard: Callable[[], None] = lambda: None
    keep: write.Retention | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what has begun is finished first."""
        woken = asyncio.Event()

        def hear(*_: object) -> None:
            woken.set()
            self.heard()

        while not stop.is_set():
            try:
                async with self.pool.acquire() as listening:
                    await listening.add_listener(write.CHANNEL, hear)
                    self.heard()  # nobody listened until now
                    try:
                        await self._until_fault(stop, woken)
                    finally:
                        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                            await listening.reset()
            except FAULTS as error:
                # Its text may quote a value; its kind does not.
                log.warning("the worker's database did not answer (%s); it tries again", type(error).__name__)
                await wait(AFTER_FAULT, stop)

    async def _until_fault(self, stop: asyncio.Event, woken: asyncio.Event) -> None:
        while not stop.is_set():
            woken.clear()
            swept = await self.round()
            if swept.total:
                self.told(swept)
            else:
                await wait(await self._sleep(), stop, woken)

    async def round(self) -> Swept:
        """Act on what is due now, up to a batch of each process; remove a batch of what is too old."""
        done = Swept()
        for entity in sweeping.processes(self.tools.catalogue):
            for act in (sweeping.recount, sweeping.sweep):
                done += await self._in_transaction(act, entity)
        if self.keep is not None:
            async with self.pool.acquire() as connection, write.transaction(connection, self.time()) as tx:
                done += Swept(removed=await write.prune(tx, self.keep))
        return done

    async def _in_transaction(self, act: Act, entity: Any) -> Swept:
        async with self.pool.acquire() as connection, write.transaction(connection, self.time()) as tx:
            return await act(tx, entity, self.tools)

    async def _sleep(self) -> float:
        async with self.pool.acquire() as connection, write.transaction(connection, self.time()) as tx:
            due = await sweeping.next_due(tx, self.tools)
        return LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, max(0.05, (due - self.time()).total_seconds()))


async def wait(seconds: float, *events: asyncio.Event) -> None:
    """Wait so long, or until one of the events happens."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
