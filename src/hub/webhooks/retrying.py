"""When to try again: the schedule that Standard Webhooks gives as its example, over three days and some."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER: Final = 0.2
"""Share of a delay that chance adds at most: what failed together shall not come back together."""
LONGEST_WISH: Final = timedelta(days=1)
"""A receiver may wish to be left alone for so long (``Retry-After``)."""


def delay(
    failures: int, wish: timedelta | None = None, chance: Callable[[], float] = random.random
) -> timedelta | None:
    """Return how long to wait after so many failures one after the other (1 or more); None: no longer try.

    ``wish``: how long the receiver wants to be left alone; never shortens the delay. ``chance``: from 0 to 1.
    """
    if failures > len(DELAYS):
        return None
    waiting = DELAYS[failures - 1] * (1 + JITTER * chance())
    return max(waiting, min(wish, LONGEST_WISH)) if wish is not None else waiting
