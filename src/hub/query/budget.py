"""Step 4 of a query: how many look-ups of protected values a viewer has left, and how much work.

Without the first, whoever may look up one ID number could try all numbers of a county; without the second, one
partner could keep the hub from all others. Both are kept by the process: with several workers each counts its own,
and a restart starts anew.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.query.errors import RequestError

if TYPE_CHECKING:
    from hub.policy import Principal

HOUR = 3600.0
MINUTE = 60.0


class BudgetSpent(RequestError):
    """The viewer has looked up as many protected values as it may within the hour."""

    code = "HUB-110"
    status = 429

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(max(1, math.ceil(seconds)))}


class CostSpent(BudgetSpent):
    """The viewer's queries have cost as much as they may within the minute."""

    code = "HUB-117"


@dataclass(slots=True)
class Budget:
    """Counts look-ups by viewer, in a window that slides.

    ``per_hour``: how many values one viewer may look up within an hour.
    """

    per_hour: int = 2_000
    _spent: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)
    """The sums of the windows: adding them up for each look-up would take longer the more there were."""

    def spend(self, principal: Principal, lookups: int, now: float) -> None:
        """Count ``lookups`` at monotonic time ``now``; ``BudgetSpent`` if they are more than are left."""
        if lookups == 0:
            return
        window = self._spent.setdefault(principal.name, deque())
        used = self._used.get(principal.name, 0)
        while window and window[0][0] <= now - HOUR:
            used -= window.popleft()[1]
        self._used[principal.name] = used
        if used + lookups > self.per_hour:
            raise BudgetSpent(
                f"This request looks up {lookups} protected values; {max(0, self.per_hour - used)} of "
                f"{self.per_hour} an hour are left.",
                _until(window, used + lookups - self.per_hour, now),
            )
        window.append((now, lookups))
        self._used[principal.name] = used + lookups


def _until(window: deque[tuple[float, int]], needed: int, now: float) -> float:
    """Seconds until as many as ``needed`` have left the window; the whole hour if they never do."""
    for at, count in window:
        needed -= count
        if needed <= 0:
            return at + HOUR - now
    return HOUR


@dataclass(slots=True)
class Spending:
    """A bucket of cost units for each viewer, which fills up within a minute.

    ``per_minute``: the units of a full bucket (``hub.query.plan.cost``); 0 sets no bound.
    """

    per_minute: int = 60_000_000
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def spend(self, principal: Principal, cost: int, now: float) -> None:
        """Take ``cost`` units at monotonic time ``now``; ``CostSpent`` if they are more than are left."""
        if self.per_minute == 0:
            return
        left = self._filled(principal, now)
        if cost > left:
            self._left[principal.name] = (left, now)
            raise CostSpent(
                f"This request costs {cost} units; {max(0, int(left))} of {self.per_minute} a minute are left.",
                (cost - left) * MINUTE / self.per_minute,
            )
        self._left[principal.name] = (left - cost, now)

    def require_some(self, principal: Principal, now: float) -> None:
        """``CostSpent`` if nothing is left at monotonic time ``now``."""
        if self.per_minute and (left := self._filled(principal, now)) <= 0:
            raise CostSpent(
                f"All of the {self.per_minute} units a minute are spent. What is refused costs units too.",
                (1 - left) * MINUTE / self.per_minute,
            )

    def charge(self, principal: Principal, cost: int, now: float) -> None:
        """Take what was used already, be it more than is left: the bucket has to fill up again first."""
        if self.per_minute:
            self._left[principal.name] = (self._filled(principal, now) - cost, now)

    def _filled(self, principal: Principal, now: float) -> float:
        left, at = self._left.get(principal.name, (float(self.per_minute), now))
        return min(float(self.per_minute), left + (now - at) * self.per_minute / MINUTE)
