"""Step 4 of a query: how many look-ups of protected values a viewer has left.

Without it, whoever may look up one ID number could try all numbers of a county. The window slides over one
hour and is kept by the process: with several workers each counts its own, and a restart starts anew.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.query.errors import RequestError

if TYPE_CHECKING:
    from hub.policy import Principal

HOUR = 3600.0


class BudgetSpent(RequestError):
    """The viewer has looked up as many protected values as it may within the hour."""

    code = "HUB-110"
    status = 429


@dataclass(slots=True)
class Budget:
    """Counts look-ups by viewer. ``per_hour``: how many values one viewer may look up within an hour."""

    per_hour: int = 2_000
    _spent: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def spend(self, principal: Principal, lookups: int, now: float) -> None:
        """Count ``lookups`` at monotonic time ``now``; ``BudgetSpent`` if they are more than are left."""
        if lookups == 0:
            return
        window = self._spent.setdefault(principal.name, deque())
        while window and window[0][0] <= now - HOUR:
            window.popleft()
        used = sum(count for _, count in window)
        if used + lookups > self.per_hour:
            raise BudgetSpent(
                f"This request looks up {lookups} protected values; {max(0, self.per_hour - used)} of "
                f"{self.per_hour} an hour are left."
            )
        window.append((now, lookups))
