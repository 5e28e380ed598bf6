"""One write under way while the next batch is prepared, and how two batches depend on each other."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from hub.sync.check import AdmittedRow
    from hub.sync.source_table import SourceTable


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a batch may write that others look up: source rows by key token, and people by blind index."""

    keys: frozenset[bytes] = frozenset()
    people: frozenset[bytes] = frozenset()
    references: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, table: SourceTable, rows: Sequence[AdmittedRow]) -> Self:
        """Take the footprint of a batch. ``references``: the source rows that it looks up itself."""
        return cls(
            frozenset(row.key for row in rows),
            frozenset(row.person for row in rows if row.person is not None) if table.writes_people else frozenset(),
            frozenset(token for row in rows for token in row.references.values() if token is not None),
        )

    def meets(self, before: Footprint) -> bool:
        """Tell whether this batch looks up what the one before writes: it must wait until that is written."""
        return not (
            self.people.isdisjoint(before.people)
            and self.keys.isdisjoint(before.keys)
            and self.references.isdisjoint(before.keys)
        )


@dataclass(slots=True)
class OneBehind:
    """At most one piece of work that goes on beside its owner."""

    _task: asyncio.Task[None] | None = field(default=None)

    async def start(self, work: Coroutine[None, None, None]) -> None:
        """Start ``work`` when the work before is done. Raises what went wrong with that."""
        try:
            await self.done()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.create_task(work)

    async def done(self) -> None:
        """Wait for the work under way. Raises what went wrong with it."""
        task, self._task = self._task, None
        if task is not None:
            await task

    async def stop(self) -> None:
        """Give up the work under way."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(BaseException):
                await task


@asynccontextmanager
async def one_behind() -> AsyncIterator[OneBehind]:
    """Let work go on beside the block. At its end all of it is done; if the block is cancelled, it is given up.

    If the block fails, what is under way is still finished: a source that breaks off leaves what was read before.
    """
    made = OneBehind()
    try:
        yield made
    except Exception:
        with suppress(Exception):
            await made.done()
        raise
    except BaseException:
        await made.stop()
        raise
    await made.done()
