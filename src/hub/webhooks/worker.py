"""The worker that sends: any number may run, on any machines. Each endpoint is a task of its own.

Endpoints share no queue and no connection: one that is slow, or down, takes a task that waits. After a failure it is
left alone until its time comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from hub.auth import cached_grants
from hub.errors import HubError
from hub.process.worker import now_in_utc, wait
from hub.store import deliveries
from hub.store.agreements import agreed, item_lists
from hub.store.pool import FAULTS
from hub.webhooks.addresses import MOST, reach
from hub.webhooks.deliver import Sender, drain
from hub.webhooks.sending import trusted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from hub.runtime import Runtime

log = logging.getLogger(__name__)

TURNS: Final = 3
"""Deliveries of a process that are at work in the database at the same time: requests need its connections too."""
LONGEST_SLEEP: Final = 60.0
AFTER_FAULT: Final = 5.0
"""Seconds until an endpoint's task goes on after a fault of the hub's own."""
FORGET_EVERY: Final = 3_600.0
_FAULTS: Final = (*FAULTS, HubError)


def sender(runtime: Runtime, now: Callable[[], datetime] = now_in_utc) -> Sender:
    """Make what deliveries of this process share. Raises ``SettingsError``."""
    settings, vault = runtime.settings, runtime.vault
    return Sender(
        runtime,
        reach(settings.webhook_networks, plain=settings.webhook_plain),
        trusted(settings.webhook_ca),
        settings.webhook_seconds,
        asyncio.Semaphore(TURNS),
        cached_grants(partial(agreed, runtime.pool, known=item_lists())),
        vault.id_tokens("audit subject"),
        vault.token("audit literal"),
        now,
    )


@dataclass(slots=True)
class Deliveries:
    """Sends to endpoints whose time has come. ``told``: is called with how many events a turn has delivered."""

    sender: Sender
    told: Callable[[int], None] = lambda _count: None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _forgot: float = float("-inf")

    def wake(self) -> None:
        """Have it look for what is new."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop`` is set; what is on its way is finished first."""
        stopping = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set():
                self._woken.clear()
                try:
                    if not await self.begin(stop):
                        await self._wait(await self._sleep())
                except _FAULTS as error:
                    log.warning("webhooks: the hub could not look (%s); it tries again", type(error).__name__)
                    await self._wait(AFTER_FAULT)
        finally:
            stopping.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def once(self) -> int:
        """Send all that is due now; return how many events were taken."""
        taken: list[int] = []
        kept, self.told = self.told, taken.append
        try:
            while await self.begin(asyncio.Event()):
                await asyncio.gather(*self._tasks)
        finally:
            self.told = kept
        return sum(taken)

    async def begin(self, stop: asyncio.Event) -> int:
        """Begin with endpoints that are due; return how many."""
        pool, claim = self.sender.runtime.pool, uuid4()
        now = self.sender.time()
        if time.monotonic() - self._forgot > FORGET_EVERY:
            self._forgot = time.monotonic()
            await deliveries.forget_attempts(pool, now)
        room = MOST - len(self._tasks)
        due = await deliveries.claim_due(pool, claim, now, self.sender.lease, room) if room else []
        for webhook_id in due:
            task = asyncio.create_task(self._send(webhook_id, claim, stop))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return len(due)

    async def _send(self, webhook_id: UUID, claim: UUID, stop: asyncio.Event) -> None:
        pool = self.sender.runtime.pool
        try:
            if taken := await drain(self.sender, webhook_id, claim, stop):
                self.told(taken)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this endpoint's alone
            # Its text may quote a value; its kind does not. The claim is held meanwhile, or ends by itself.
            log.error("webhooks: the hub failed at one endpoint: %s", type(error).__name__)  # noqa: TRY400
            await wait(AFTER_FAULT, stop)
        with contextlib.suppress(*_FAULTS):
            await deliveries.release(pool, webhook_id, claim)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._woken.set()

    async def _sleep(self) -> float:
        due = await deliveries.next_due(self.sender.runtime.pool)
        seconds = LONGEST_SLEEP if due is None else (due - self.sender.time()).total_seconds()
        # What is due and was not claimed is another's, or there is no room: the end of a task wakes.
        return min(LONGEST_SLEEP, max(0.5, seconds))

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()
