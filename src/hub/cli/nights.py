"""Nights of matching for commands, and in the worker every day at the time that is set."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub import matching
from hub.bundles import trusted_keys
from hub.errors import HubError
from hub.matching import parameters
from hub.matching.criteria import load_widths, vocabulary
from hub.matching.signed import require_signed
from hub.process.calendar import BEIJING, day_of
from hub.process.worker import now_in_utc, wait
from hub.query import nodeid
from hub.store import match_runs
from hub.store.pool import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.matching import Between, Decided, Night, NightTools
    from hub.matching.criteria import Widths
    from hub.runtime import Runtime
    from hub.settings import Settings


log = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 60.0
"""Seconds: the clock of the machine may be set."""
ROUND: Final = 0.05
"""Seconds from something that happens until it is looked at: what happens together is decided together."""
AFTER_FAULT: Final = 600.0
"""Seconds until a night that failed is tried again."""


def widths_of(settings: Settings) -> Widths:
    """Read how narrow criteria may be. Raises ``SettingsError``."""
    return load_widths(settings.schema_directory / vocabulary.FILE)


def night_tools(runtime: Runtime) -> NightTools:
    """Return what a night needs. Raises ``SettingsError``, ``MatchingNotInstalled``."""
    settings = runtime.settings
    file = settings.schema_directory / parameters.FILE
    return matching.NightTools(
        pool=runtime.pool, vault=runtime.vault, account=runtime.audit.append,
        parameters=matching.load_parameters(file), parameters_digest=parameters.digest_of(file),
        widths=widths_of(settings), mebibytes=settings.matching_memory, seconds=settings.matching_seconds,
        keep=timedelta(days=settings.matching_days), smallest=settings.smallest_group,
        online=settings.matching_online,
    )  # fmt: skip


def placing_tools(runtime: Runtime) -> NightTools:
    """The same for whatever places needs: by files that somebody answers for, where policies must be signed.

    Raises ``MatchingUnsigned`` besides, and what signatures raise.
    """
    require_signed(runtime.settings.schema_directory, trusted_keys(runtime.settings))
    return night_tools(runtime)


def row_of(text: str, entity: str) -> UUID:
    """Return the id of a row that a command names, with the entity or without. Raises ``NoSuchResource``."""
    try:
        return nodeid.row_id(text, entity) if ":" in text else UUID(text)
    except ValueError:
        raise matching.NoSuchResource(f"{text} is no id of a {entity}.") from None


@dataclass(frozen=True, slots=True)
class Nights:
    """Runs the night of each day at ``HUB_MATCHING_AT``. Any number may run, on any machines: one of them does it.

    ``told``: is called with each night. ``now``: the time that it goes by.
    """

    runtime: Runtime
    told: Callable[[Night], None] = lambda _night: None
    now: Callable[[], datetime] = now_in_utc

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set. A night that failed is told in the log, and tried again."""
        if self.runtime.settings.matching_at is None:
            return
        while not stop.is_set():
            pause = LONGEST_SLEEP
            try:
                await self.once()
            except matching.RunUnderWay:
                pass  # whoever runs it, it is not for this one to do
            except HubError as error:
                log.warning("no night of matching: %s %s", error.code, error.message)
                pause = AFTER_FAULT
            except FAULTS as error:
                # Its text may quote a value; its kind does not.
                log.warning("the database did not answer a night of matching (%s)", type(error).__name__)
            await wait(pause, stop)

    async def once(self) -> Night | None:
        """Run the night of today if it is time and the schedule has not run it yet.

        What it found goes out by itself under ``HUB_MATCHING_PROPOSE``; otherwise somebody looks at it first.
        """
        at, now = self.runtime.settings.matching_at, self.now()
        if at is None or now.astimezone(BEIJING).time() < time.fromisoformat(at):
            return None
        night = await matching.run_due(placing_tools(self.runtime), at=now)
        if self.runtime.settings.matching_propose:
            # Also one that was interrupted while it went out: what it proposed already is not proposed again.
            async with self.runtime.pool.acquire() as connection:
                run = await match_runs.unsent(connection, day_of(now), matching.SCHEDULE)
            if run is not None:
                sent = await matching.send(placing_tools(self.runtime), str(run), now)
                log.info("run %s: %d proposed, %d not", sent.run, sent.proposed, sum(sent.refused.values()))
        if night is not None:
            self.told(night)
        return night


@dataclass(slots=True, eq=False)
class Deciding:
    """Decides between nights, under ``HUB_MATCHING_PROPOSE`` and ``HUB_MATCHING_ONLINE``, at once when woken.

    Any number may run, on any machines: one at a time decides. ``told``: is called with what a round decided.
    """

    runtime: Runtime
    told: Callable[[Decided], None] = lambda _decided: None
    now: Callable[[], datetime] = now_in_utc
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _between: Between | None = None

    def wake(self) -> None:
        """Something happened."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set. It looks without being woken as well: a day begins, a notice gets lost."""
        if not self._wanted:
            return
        while not stop.is_set():
            pause = LONGEST_SLEEP
            self._woken.clear()
            try:
                if await self.once() is not None:
                    continue
            except HubError as error:
                log.warning("nothing is decided between nights: %s %s", error.code, error.message)
                pause = AFTER_FAULT
            except FAULTS as error:
                # Its text may quote a value; its kind does not.
                log.warning("the database did not answer what decides between nights (%s)", type(error).__name__)
            if pause < AFTER_FAULT:
                await wait(pause, stop, self._woken)
                await wait(ROUND, stop)
            else:
                await wait(pause, stop)

    async def once(self) -> Decided | None:
        """Decide what there is to be decided, up to a batch; None where there is nothing."""
        if not self._wanted:
            return None
        if self._between is None:
            self._between = matching.Between(placing_tools(self.runtime))
        decided = await self._between.decide(self.now())
        if not decided.total:
            return None
        self.told(decided)
        return decided

    @property
    def _wanted(self) -> bool:
        return self.runtime.settings.matching_propose and self.runtime.settings.matching_online
