"""How often a department is asked, and when it is left alone: it did not ask for the hub's load."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS: Final = 5
"""Questions in a row that were not heard, after which a source is left alone."""
REST: Final = 30.0
"""Seconds for which it is; then one question tries whether it hears again."""


@dataclass(slots=True)
class Rate:
    """``per_second``: questions on average; none waits longer than its turn. One after the other is given a time."""

    per_second: float
    now: Callable[[], float] = monotonic
    free_at: float = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = self.now()
        at = max(now, self.free_at)
        self.free_at = at + 1 / self.per_second
        if at > now:
            await asyncio.sleep(at - now)


@dataclass(slots=True)
class Breaker:
    """Counts questions that were not heard. Open, it lets one through after each rest."""

    now: Callable[[], float] = monotonic
    faults: int = 0
    opened_at: float | None = None
    trying: bool = field(default=False)

    def lets(self) -> bool:
        """Whether a question may be asked now. Whoever is let through says afterwards whether it was ``heard``."""
        if self.opened_at is None:
            return True
        if self.trying or self.now() - self.opened_at < REST:
            return False
        self.trying = True
        return True

    def rests(self) -> bool:
        """Whether the source is left alone now."""
        return self.opened_at is not None and (self.trying or self.now() - self.opened_at < REST)

    def heard(self, heard: bool) -> None:  # noqa: FBT001 - it is what it is called
        """Note whether a question was heard."""
        self.trying = False
        if heard:
            self.faults, self.opened_at = 0, None
            return
        self.faults += 1
        if self.faults >= FAULTS or self.opened_at is not None:
            self.opened_at = self.now()
