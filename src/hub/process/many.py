"""Beginning many rows of a process at once: those that the hub makes itself, of a source's rows for instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub import write
from hub.process import clocks as timing
from hub.process.locking import LockedRow
from hub.process.take import StepCall, history_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from hub.catalog import Budget, Clock
    from hub.process.plan import StepPlan
    from hub.write import Transaction


async def begin_many(tx: Transaction, plan: StepPlan, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Begin a row with each of these values, with history and clocks; return their ids.

    No rule is asked, no event told, and what follows from rows is not done: whoever makes many does it for all at once.
    """
    made = [{**row, "state": plan.step.target.name, "state_since": tx.at} for row in rows]
    ids = [write.new_id() for _ in made]
    await _insert(tx, plan.owner, ids, made)
    history = [
        history_line(plan, StepCall(None, row, None, None), LockedRow(row_id, 0, {}, permitted=True), 1, tx.at)
        for row_id, row in zip(ids, rows, strict=True)
    ]
    await _insert(tx, plan.history, [write.new_id() for _ in history], history)
    clocks = [
        {"row": row_id, "article": plan.process.clocks[clock.clock].article, **clock.values()}
        for row_id, row in zip(ids, made, strict=True)
        for clock in timing.after_step(plan.process, plan.step, None, (), _budget(plan, row), row, tx.at)
    ]
    await _insert(tx, plan.clocks, [write.new_id() for _ in clocks], clocks)
    return ids


def _budget(plan: StepPlan, row: Mapping[str, Any]) -> Callable[[Clock], Budget]:
    return lambda declared: plan.budget(declared, row)


async def _insert(
    tx: Transaction, owner: write.WritableEntity, ids: Sequence[UUID], rows: Sequence[Mapping[str, Any]]
) -> None:
    plain = [write.PlainRow(row_id, dict(row), "insert") for row_id, row in zip(ids, rows, strict=True)]
    await write.load(tx, write.seal_rows(owner, plain))
