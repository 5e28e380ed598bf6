"""Acting on clocks whose time has come: reminders, and what follows a last day that has passed.

Rows are locked before their clocks, as steps lock them, and what somebody else holds is left for the next round: any
number of workers may sweep at once, and no clock is acted on twice. What is done, and that it was done, are one
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub import write
from hub.catalog import Escalate, Take
from hub.catalog.process_entities import clocks_name
from hub.process import calendar, locking
from hub.process.clocks import Running, counted, is_late, next_rung
from hub.process.plan import plan_own_step
from hub.process.take import StepCall, Taken, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from hub.catalog import Catalogue, Clock, Entity
    from hub.process.plan import StepTools
    from hub.write import Transaction

BATCH: Final = 500
"""Clocks of one transaction: their updates and events share statements, and a lock is held for a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round did. ``stuck``: steps that a clock was to take and that were refused; an event says so.

    ``removed``: events and idempotency keys that were kept long enough.
    """

    reminded: int = 0
    late: int = 0
    taken: int = 0
    recounted: int = 0
    stuck: int = 0
    removed: int = 0

    def __add__(self, other: Swept) -> Swept:
        """Both rounds."""
        return Swept(*(getattr(self, name) + getattr(other, name) for name in Swept.__slots__))

    @property
    def total(self) -> int:
        """Clocks acted on, and rows removed."""
        return self.reminded + self.late + self.recounted + self.removed


def processes(catalogue: Catalogue) -> Iterator[Entity]:
    """The entities that have a process."""
    return (entity for entity in catalogue if entity.process is not None)


async def sweep(tx: Transaction, entity: Entity, tools: StepTools) -> Swept:
    """Act on up to ``BATCH`` clocks of an entity's rows whose time has come at ``tx.at``."""
    owner, clocks = tools.writable[entity.name], tools.writable[clocks_name(entity.name)]
    rows = await tx.connection.fetch(
        f"SELECT r.id, c.id FROM {clocks.table.name} c JOIN {owner.table.name} r ON r.id = c.row_id"
        " WHERE c.next_at <= $1 ORDER BY c.next_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED",
        tx.at, BATCH,
    )  # fmt: skip
    if not rows:
        return Swept()
    # Read again under the lock: whoever held the row before may have ended its clocks.
    due = await tx.connection.fetch(
        f"SELECT row_id, {', '.join(locking.CLOCK_COLUMNS)} FROM {clocks.table.name}"
        " WHERE id = ANY($1) AND next_at <= $2 AND ended_at IS NULL",
        [row[1] for row in rows], tx.at,
    )  # fmt: skip
    done, changed = Swept(), []
    overdue: list[tuple[UUID, Clock]] = []
    for row_id, *values in due:
        running = Running(*values)
        declared = _declared(entity, running)
        if is_late(running, tx.at):
            changed.append(replace(running, breached_at=tx.at, next_at=None))
            overdue.append((row_id, declared))
        else:
            reminded = replace(running, reminded_at=tx.at)
            changed.append(replace(reminded, next_at=next_rung(declared, reminded)))
            tx.tell(write.NewEvent(f"{entity.name}.{declared.name}.reminded", entity.name, row_id))
            done += Swept(reminded=1)
    await write.load(
        tx,
        write.seal_rows(
            clocks, [write.PlainRow(clock.id, clock.values(), "update") for clock in changed if clock.id is not None]
        ),
    )
    for row_id, declared in overdue:
        done += await _late(tx, entity, row_id, declared, tools)
    return done


async def _late(tx: Transaction, entity: Entity, row_id: UUID, declared: Clock, tools: StepTools) -> Swept:
    """What follows a last day that has passed. Nothing decides by silence but what is declared to."""
    done = Swept(late=1)
    tx.tell(write.NewEvent(f"{entity.name}.{declared.name}.late", entity.name, row_id))
    for act in declared.late:
        match act:
            case Escalate(to):
                tx.tell(write.NewEvent(f"{entity.name}.{declared.name}.escalated.{to}", entity.name, row_id))
            case Take(name):
                assert entity.process is not None  # noqa: S101 - its clock is late
                plan = plan_own_step(entity, entity.process.steps[name], tools)
                taken = await take(tx, plan, StepCall(row_id, {}, None, None))
                if isinstance(taken, Taken):
                    done += Swept(taken=1)
                else:
                    tx.tell(write.NewEvent(f"{entity.name}.{declared.name}.stuck", entity.name, row_id))
                    done += Swept(stuck=1)
    return done


async def recount(tx: Transaction, entity: Entity, tools: StepTools) -> Swept:
    """Count anew last days that were counted with a calendar which was not published, now that it is."""
    owner, clocks = tools.writable[entity.name], tools.writable[clocks_name(entity.name)]
    rows = await tx.connection.fetch(
        f"SELECT r.id, c.id FROM {clocks.table.name} c JOIN {owner.table.name} r ON r.id = c.row_id"
        " WHERE c.provisional AND c.calendar_year < $1 AND c.ended_at IS NULL LIMIT $2 FOR UPDATE OF r SKIP LOCKED",
        calendar.LAST_YEAR, BATCH,
    )  # fmt: skip
    if not rows:
        return Swept()
    known = await tx.connection.fetch(
        f"SELECT row_id, {', '.join(locking.CLOCK_COLUMNS)} FROM {clocks.table.name} WHERE id = ANY($1)",
        [row[1] for row in rows],
    )
    changed = []
    for row_id, *values in known:
        running = Running(*values)
        changed.append(counted(_declared(entity, running), running, {}))
        tx.tell(write.NewEvent(f"{entity.name}.{running.clock}.recounted", entity.name, row_id))
    await write.load(
        tx,
        write.seal_rows(
            clocks, [write.PlainRow(clock.id, clock.values(), "update") for clock in changed if clock.id is not None]
        ),
    )
    return Swept(recounted=len(changed))


async def next_due(tx: Transaction, tools: StepTools) -> datetime | None:
    """When the next clock is to be looked at; None where none runs."""
    found: list[datetime] = []
    for entity in processes(tools.catalogue):
        table = tools.writable[clocks_name(entity.name)].table.name
        earliest = await tx.connection.fetchval(f"SELECT min(next_at) FROM {table}")
        if earliest is not None:
            found.append(earliest)
    return min(found, default=None)


def _declared(entity: Entity, running: Running) -> Clock:
    assert entity.process is not None  # noqa: S101 - it has clocks
    return entity.process.clocks[running.clock]
