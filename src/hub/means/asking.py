"""Asking what is to be asked: claimed from the rows, asked without a transaction, noted; reported when all is there.

Any number may ask, on any machines. Each source has its own task, so that a slow one holds up no other; what is under
way is limited by what the source takes at once. Somebody who is killed loses nothing: a claim ends by itself.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import orjson

from hub import write
from hub.catalog import Group
from hub.domain.codes import AnswerState
from hub.means import own, questions
from hub.means.deaths import Rechecks
from hub.means.questions import Arrived, Outcome
from hub.process.worker import now_in_utc, wait
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from hub.crypto import Vault
    from hub.means.own import CheckSteps
    from hub.means.questions import Claimed, Noted
    from hub.sources.asking import Answer, Asker
    from hub.store.pool import Pool
    from hub.write import WritableEntity

    Account = Callable[[str, int, datetime], Awaitable[None]]

log = logging.getLogger(__name__)

IDLE: Final = 1.0
"""Seconds until a source is looked at again to which nothing was to be asked."""
SETTLING: Final = 30.0
"""Seconds between two looks for reports that nobody made: of a process that was killed."""
AFTER_FAULT: Final = 5.0
AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 60, 600))
"""How long a question that was not heard waits until it is asked again."""
MARGIN: Final = timedelta(seconds=5)
"""What a question belongs to whoever asks it beyond the time that its answer has: for noting it."""
MOST: Final = 200
"""Questions that are noted as late, checks that are settled in a round, answers that are noted in a transaction."""


@dataclass(frozen=True, slots=True)
class Asking:
    """``account``: puts on record that a source was asked about so many people. ``told``: with each report made."""

    pool: Pool
    asker: Asker
    steps: CheckSteps
    rechecks: Rechecks
    questions: WritableEntity
    id_number: Callable[[bytes, bytes], str]
    account: Account
    told: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = now_in_utc
    arrived: list[tuple[Arrived, asyncio.Future[Noted | None]]] = field(default_factory=list)
    noting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(
        cls, pool: Pool, vault: Vault, asker: Asker, steps: CheckSteps, account: Account,
        told: Callable[[], None] = lambda: None, now: Callable[[], datetime] = now_in_utc,
    ) -> Self:  # fmt: skip
        """Bind it to a vault."""
        owners = write.writable(vault)
        opener = vault.opener("person", "id_number", Group.IDENTITY).open
        return cls(
            pool, asker, steps, Rechecks.of(vault), owners[questions.ENTITY], opener, account, told, now
        )  # fmt: skip

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until ``stop`` is set; what is under way is finished."""
        async with asyncio.TaskGroup() as tasks:
            for source in self.asker.sources:
                tasks.create_task(self._ask_source(source, stop))
            tasks.create_task(self._settle_always(stop))

    async def _ask_source(self, source: str, stop: asyncio.Event) -> None:
        width = self.asker.sources[source]
        under_way: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            try:
                free = width - len(under_way)
                claimed = await self._claim(source, free) if free >= max(1, width // 2) else []
            except FAULTS as error:
                # Its text may quote a value; its kind does not.
                log.warning("the database did not give questions to ask (%s)", type(error).__name__)
                await wait(AFTER_FAULT, stop)
                continue
            under_way |= {asyncio.create_task(self._one(each)) for each in claimed}
            if under_way and (claimed or width - len(under_way) < max(1, width // 2)):
                _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            elif under_way:
                _, under_way = await asyncio.wait(under_way, timeout=IDLE / 4, return_when=asyncio.FIRST_COMPLETED)
            else:
                await wait(IDLE, stop)
        await asyncio.gather(*under_way, return_exceptions=True)

    async def once(self) -> int:
        """Ask everything that is to be asked now, and report what is to be reported; return how many were asked."""
        asked = 0
        while True:
            claimed: list[Claimed] = []
            for source, width in self.asker.sources.items():
                claimed += await self._claim(source, width)
            await asyncio.gather(*(self._one(each) for each in claimed))
            asked += len(claimed)
            if not claimed:
                await self.settle()
                return asked

    async def settle(self) -> int:
        """Note what is late, make reports that are due, open checks that a death calls for; return how many reports."""
        async with self.pool.acquire() as connection, write.transaction(connection, self.now()) as tx:
            await questions.overdue(tx, self.questions, MOST)
        async with self.pool.acquire() as connection, write.transaction(connection, self.now()) as tx:
            due = await own.unsettled(tx, MOST)
        made = sum([await self._report(check) for check in due])
        await self.rechecks.settle(self.pool, self.steps, self.now())
        return made

    async def _report(self, check: UUID) -> bool:
        done = await own.settle(self.pool, self.steps, check, self.now())
        if done:
            self.told()
        return done

    async def _settle_always(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                made = await self.settle()
            except FAULTS as error:
                log.warning("the database did not take reports (%s)", type(error).__name__)
                made = 0
            if not made:
                await wait(SETTLING, stop)

    async def _claim(self, source: str, most: int) -> list[Claimed]:
        if self.asker.rests(source):
            return []
        lease = timedelta(seconds=self.asker.longest(source)) + MARGIN
        async with self.pool.acquire() as connection, write.transaction(connection, self.now()) as tx:
            claimed = list(await questions.claim(tx, self.questions, [source], most, lease))
        if claimed:
            await self.account(source, len(claimed), self.now())
        return claimed

    async def _one(self, claimed: Claimed) -> None:
        """Ask a question and have noted what came; report its check if that was the last."""
        number = self.id_number(claimed.person.bytes, claimed.id_number)
        answer = await self.asker.ask(claimed.source, number, [item.lower() for item in claimed.items])
        outcome = as_outcome(answer)
        if answer.again and claimed.attempts < self.asker.attempts(claimed.source):
            wait = AGAIN[min(claimed.attempts, len(AGAIN)) - 1]
            outcome = Outcome(AnswerState.ASKED, reason=answer.reason, again_at=self.now() + wait)
        try:
            noted = await self._noted(Arrived(claimed.id, outcome, claimed.attempts))
            if noted is not None and not noted.waits:
                await self._report(noted.check)
        except FAULTS as error:
            log.warning("the database did not take an answer (%s); it is asked for again", type(error).__name__)

    async def _noted(self, arrived: Arrived) -> Noted | None:
        """Note an answer, together with those that come while others are being noted: they share a transaction.

        With it a thousand checks took 56 s of which the departments needed 50; one by one, more than twice as long.
        """
        here: asyncio.Future[Noted | None] = asyncio.get_running_loop().create_future()
        self.arrived.append((arrived, here))
        async with self.noting:
            if not here.done():
                some, self.arrived[:] = self.arrived[:MOST], self.arrived[MOST:]
                await self._note(some)
        return await here

    async def _note(self, some: Sequence[tuple[Arrived, asyncio.Future[Noted | None]]]) -> None:
        noted: Mapping[UUID, Noted] = {}
        failed: OSError | None = None
        try:
            async with self.pool.acquire() as connection, write.transaction(connection, self.now()) as tx:
                noted = await questions.note(tx, self.questions, [each for each, _ in some])
        except FAULTS as error:
            failed = OSError(type(error).__name__)
        finally:  # when it is given up in the middle, too: a claim that ends has the question asked again
            for each, waiting in some:
                if waiting.done():
                    continue
                if failed is None:
                    waiting.set_result(noted.get(each.question))
                else:
                    waiting.set_exception(failed)


def as_outcome(answer: Answer) -> Outcome:
    """What is noted of an answer."""
    rows = orjson.dumps(answer.rows, option=orjson.OPT_SORT_KEYS).decode() if answer.rows else None
    return Outcome(answer.state, rows, answer.reason)
