"""Step 4 of a query: how many protected values a viewer may still look up, and how many without finding anything.

Without the first, whoever may look up one ID number could try all numbers of a county. The second is for viewers who
may look up what they see masked: whoever has most of a value from the mask tries the rest, and all but one of these
look-ups find nothing. A clerk who mistypes is stopped by the check digit before it counts; who asks for people who
get no assistance needs a few.

Both come back evenly within an hour, and what may be looked up in a day within a day: an hour's budget that is used day
and night would be a county within weeks. They are kept in the database for all processes together. A process goes by
what it knows of a viewer for some seconds, and for a fortieth part of the budget; then it writes what it has let
through, and reads what others have. So most look-ups do not wait for the database. Those that found nothing are
written before their answer leaves. What several processes let through at the same moment can be a little more than
there was, and then is owed: the viewer waits longer for it. Where the database does not answer, nothing is looked up.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.query.budget import BudgetSpent
from hub.store.lookups import NOTHING_USED, charge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from hub.store.lookups import LookupUse
    from hub.store.pool import Pool

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
FRESH: Final = 60.0
"""Seconds for which a process goes by what it knows of a viewer's look-ups."""
FRESH_MISSES: Final = 1.0
"""The same for what was looked up in vain: there are few of these, and other processes' count at once."""
_PART: Final = HOUR / 40
"""Seconds of a viewer's look-ups that one process keeps to itself."""


_ROUNDING: Final = 1e-6


class MissesSpent(BudgetSpent):
    """The viewer has looked up as many values that it sees masked without finding anything as it may for now."""

    code = "HUB-146"


@dataclass(slots=True)
class Tried:
    """Values under way that the viewer may be guessing. ``missed``: how many were not found; all, unless it is said."""

    missed: int


@dataclass(slots=True)
class _Viewer:
    """What a process knows of one viewer.

    ``use``: as the database said at ``at``. ``unwritten``: seconds of look-ups that it does not know of yet.
    ``under_way``: values that are being tried.
    """

    at: float = -HOUR
    use: LookupUse = NOTHING_USED
    unwritten: float = 0.0
    under_way: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def missed(self, now: float) -> float:
        """Seconds until all that found nothing are made up for."""
        return max(0.0, self.use.missed - (now - self.at))

    def looked_up(self, now: float) -> float:
        """Seconds until all look-ups are made up for."""
        return max(0.0, self.use.looked_up - (now - self.at)) + self.unwritten

    def today(self, now: float, day_second: float) -> float:
        """The same by the day's budget."""
        return max(0.0, self.use.day - (now - self.at)) + self.unwritten * day_second


@dataclass(slots=True)
class LookupBudget:
    """Counts look-ups by viewer.

    ``per_hour``, ``per_day``: how many values one may look up; ``missed_per_hour``: how many of them without finding
    anything, where it sees them masked.
    """

    pool: Pool
    per_hour: int
    missed_per_hour: int
    per_day: int
    clock: Callable[[], float] = time.monotonic
    _viewers: dict[str, _Viewer] = field(default_factory=dict)
    """As many as there are partners."""

    @property
    def _day_second(self) -> float:
        """What a second of the hour's budget is of the day's."""
        return DAY / self.per_day * self.per_hour / HOUR

    async def spend(self, viewer: str, lookups: int, tried: int) -> None:
        """Count values before they are looked up; of them, ``tried`` are values that the viewer could guess so.

        Raises ``BudgetSpent``.
        """
        known = self._viewers.setdefault(viewer, _Viewer())
        await self._spend(viewer, known, lookups, FRESH_MISSES if tried else FRESH)

    @asynccontextmanager
    async def trying(self, viewer: str, tried: int) -> AsyncIterator[Tried]:
        """Count, of values that the viewer could guess by looking them up inside, those that are not found.

        Raises ``MissesSpent`` before anything is looked up. Whoever is inside sets ``missed``.
        """
        values = Tried(tried)
        known = self._viewers.setdefault(viewer, _Viewer())
        await self._begin(known, tried)
        try:
            try:
                yield values
            except asyncio.CancelledError:
                values.missed = 0  # nobody gets an answer
                raise
            except Exception:
                values.missed = tried  # an error may tell as much as an answer
                raise
            finally:
                if values.missed:
                    await self._write(viewer, known, missed=values.missed)
        finally:
            known.under_way -= tried
            known.changed.set()
            known.changed = asyncio.Event()

    async def _spend(self, viewer: str, known: _Viewer, lookups: int, fresh: float) -> None:
        if lookups > self.per_hour:
            raise _too_many(lookups, self.per_hour, f"{self.per_hour} an hour", HOUR)
        seconds = lookups * HOUR / self.per_hour
        known.unwritten += seconds
        try:
            if self._is_stale(known, fresh):
                async with known.reading:
                    if self._is_stale(known, fresh):  # nobody has asked while this waited
                        await self._charge(viewer, known, 0.0)
        except BaseException:
            known.unwritten -= seconds  # nothing is looked up
            raise
        used = known.looked_up(self.clock())
        if used > HOUR:
            known.unwritten -= seconds  # a refusal costs nothing
            left = int((HOUR - used + seconds) * self.per_hour / HOUR + _ROUNDING)
            raise _too_many(lookups, left, f"{self.per_hour} an hour", used - HOUR)
        today = known.today(self.clock(), self._day_second)
        if today > DAY:
            known.unwritten -= seconds
            left = int((DAY - today) * self.per_day / DAY + lookups + _ROUNDING)
            raise _too_many(lookups, left, f"{self.per_day} a day", today - DAY)

    def _is_stale(self, known: _Viewer, fresh: float) -> bool:
        return self.clock() - known.at > fresh or known.unwritten > _PART

    async def _begin(self, known: _Viewer, tried: int) -> None:
        """Wait until no more are being tried than may miss."""
        while True:
            used = known.missed(self.clock())
            left = int((HOUR - used) * self.missed_per_hour / HOUR + _ROUNDING)
            if tried > left:
                wait = used + tried * HOUR / self.missed_per_hour - HOUR if tried <= self.missed_per_hour else HOUR
                raise MissesSpent(
                    f"This request looks up {tried} values that you see masked. Of these at most "
                    f"{self.missed_per_hour} an hour may find nothing, and {max(0, left)} are left.",
                    wait,
                )
            if known.under_way + tried <= left:
                known.under_way += tried
                return
            await known.changed.wait()

    async def _write(self, viewer: str, known: _Viewer, *, missed: int) -> None:
        async with known.reading:
            await self._charge(viewer, known, missed * HOUR / self.missed_per_hour)

    async def _charge(self, viewer: str, known: _Viewer, missed: float) -> None:
        looked_up = known.unwritten
        known.use = await charge(self.pool, viewer, looked_up, missed, looked_up * self._day_second)
        known.unwritten -= looked_up
        known.at = self.clock()

    async def close(self) -> None:
        """Write what is not written yet."""
        for viewer, known in self._viewers.items():
            if known.unwritten:
                await self._charge(viewer, known, 0.0)


def _too_many(lookups: int, left: int, budget: str, wait: float) -> BudgetSpent:
    return BudgetSpent(f"This request looks up {lookups} protected values; {max(0, left)} of {budget} are left.", wait)
