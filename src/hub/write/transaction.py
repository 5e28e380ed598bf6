"""A transaction that writes, and the events that it leaves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.write import events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from hub.write.connection import DatabaseConnection
    from hub.write.events import NewEvent

    AtEnd = Callable[[DatabaseConnection, Sequence[str]], Awaitable[None]]
    """What a transaction does at its end, with the names that it is about, sorted."""


@dataclass(slots=True)
class Transaction:
    """What every write needs. ``at``: the time that its rows and events bear, in UTC. ``events``: what to tell.

    ``at_end``: what is to be done once when all else is written, and what about.
    """

    connection: DatabaseConnection
    at: datetime
    events: list[NewEvent] = field(default_factory=list)
    at_end: dict[AtEnd, set[str]] = field(default_factory=dict)
    abandoned: bool = False

    def abandon(self) -> None:
        """Have nothing of it written, though nothing failed: what it was to do has been refused."""
        self.abandoned = True

    def tell(self, event: NewEvent) -> None:
        """Have an event written when everything else of the transaction is."""
        self.events.append(event)

    def finally_do(self, act: AtEnd, about: str) -> None:
        """Have it done at the end, once for all that it is asked for: a batch of steps, but one change of a number."""
        self.at_end.setdefault(act, set()).add(about)


@asynccontextmanager
async def transaction(connection: DatabaseConnection, at: datetime | None = None) -> AsyncIterator[Transaction]:
    """Write everything inside, with its events, or nothing of it. ``at``: the time, if not the present."""
    whole = connection.transaction()
    await whole.start()
    made = Transaction(connection, at or datetime.now(UTC))
    try:
        yield made
        if not made.abandoned:
            for act, about in made.at_end.items():
                await act(connection, sorted(about))
            await events.append(connection, made.events, made.at)
    except BaseException:
        await whole.rollback()
        raise
    await (whole.rollback() if made.abandoned else whole.commit())
