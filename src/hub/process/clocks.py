"""What a step does to a row's clocks, and when a clock is looked at next. Nothing here reads or writes.

A clock counts whole days of Beijing. While it pauses, no day passes; when it runs again, the days that had passed
are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.catalog import Budget
from hub.catalog.process import Unit
from hub.process import calendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from hub.catalog import Clock, Process, StateList, Step

    BudgetOf = Callable[[Clock], Budget]
    """How much time the row has that the step is taken with."""

UNTIL = "until"
"""The unit of clocks that end on a day that a field says."""


@dataclass(frozen=True, slots=True)
class Running:
    """A clock of a row that has not ended, as its entity has it. ``id``: None while it is not written yet."""

    id: UUID | None
    clock: str
    began_on: date
    budget: int
    unit: str
    used: int
    running_since: date | None
    due_on: date | None
    provisional: bool
    calendar_year: int
    extended: bool = False
    reminded_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None
    next_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """By the fields of its entity."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "id"}


def after_step(
    process: Process,
    step: Step,
    before: StateList | None,
    clocks: Iterable[Running],
    budget_of: BudgetOf,
    row: Mapping[str, Any],
    at: datetime,
) -> Iterator[Running]:
    """Yield the clocks that the step begins, pauses, resumes, extends or ends, as they are afterwards.

    ``before``: the state that the row was in. ``clocks``: those of the row that have not ended. ``row``: its values
    after the step.
    """
    open_ = {clock.clock: clock for clock in clocks}
    for declared in process.clocks.values():
        known = open_.get(declared.name)
        made = _after(declared, step, before, known, budget_of, row, at)
        if made is not None and made != known:
            yield made


def _after(
    declared: Clock,
    step: Step,
    before: StateList | None,
    known: Running | None,
    budget_of: BudgetOf,
    row: Mapping[str, Any],
    at: datetime,
) -> Running | None:
    today, runs, pauses = calendar.day_of(at), step.target in declared.runs, step.target in declared.pauses
    if isinstance(declared.budget, str) and row.get(declared.budget) is None:
        return None  # no day ends it
    if known is None:
        return begun(declared, budget_of(declared), row, today) if runs and before not in declared.runs else None
    if not (runs or pauses):
        return replace(known, ended_at=at, next_at=None)
    changed = known
    if step.extends == declared.name and declared.extension is not None and not known.extended:
        changed = replace(changed, budget=changed.budget + declared.extension.count, extended=True)
    if pauses and changed.running_since is not None:
        passed = calendar.days_between(changed.running_since, today, Unit(changed.unit))
        return replace(
            changed, used=changed.used + passed, running_since=None, due_on=None, provisional=False, next_at=None
        )
    if runs and changed.running_since is None:
        changed = replace(changed, running_since=today)
    return changed if changed == known else counted(declared, changed, row)


def begun(declared: Clock, budget: Budget, row: Mapping[str, Any], today: date) -> Running:
    """A clock that begins today."""
    until = isinstance(declared.budget, str)
    made = Running(
        id=None, clock=declared.name, began_on=today, budget=0 if until else budget.count,
        unit=UNTIL if until else budget.unit.value, used=0, running_since=today, due_on=None, provisional=False,
        calendar_year=calendar.LAST_YEAR,
    )  # fmt: skip
    return counted(declared, made, row)


def counted(declared: Clock, running: Running, row: Mapping[str, Any]) -> Running:
    """The clock with its last day, and the moment at which it is looked at next, counted anew."""
    if running.running_since is None:
        return running
    if isinstance(declared.budget, str):
        due = calendar.DueDay(row[declared.budget], provisional=False)
    else:
        left = max(0, running.budget - running.used)
        due = calendar.last_day(running.running_since, Budget(left, Unit(running.unit)))
    made = replace(
        running, due_on=due.day, provisional=due.provisional, calendar_year=calendar.LAST_YEAR
    )  # fmt: skip
    return replace(made, next_at=next_rung(declared, made))


def next_rung(declared: Clock, running: Running) -> datetime | None:
    """When something is to be done: the reminder, or the end of the last day; None when all is done."""
    if running.due_on is None or running.ended_at is not None or running.breached_at is not None:
        return None
    if declared.remind is not None and running.reminded_at is None:
        return calendar.start_of(calendar.before(running.due_on, declared.remind))
    return calendar.start_of(running.due_on + calendar.ONE_DAY)


def is_late(running: Running, at: datetime) -> bool:
    """Whether the last day is over. Never stored: it follows from the day."""
    return running.due_on is not None and running.ended_at is None and calendar.day_of(at) > running.due_on
