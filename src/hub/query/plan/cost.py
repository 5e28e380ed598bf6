"""What a query may cost, known before anything runs: rows by the sizes of its pages, times what each row takes.

One unit is about the work of one row with plain columns, some three microseconds of one core. An estimate from
above: pages are taken as full, lists as long as they may be.

| | units |
|---|---|
| a statement | 10 |
| a row | 1, and 1 for each link to one that is followed, or row that stands between |
| a sealed field, opened | 1 a row |
| a total of a list | 1,000; below another row, 10 for each |
| counts | 5,000, and for each field that they group or filter by four times as much |
| a protected value, looked up | 100 |
| introspection, or the data catalogue | 20,000 for each field of the query |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.query.plan.tree import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.query.plan.tree import Param, ReadPlan, Statement

STATEMENT: Final = 10
ROW: Final = 1
JOINED: Final = 1
OPENED: Final = 1
TOTAL: Final = 1_000
TOTAL_BELOW: Final = 10
LOOKED_UP: Final = 100
GROUPED: Final = 5_000
GROUPED_BY: Final = 4
STATIC: Final = 20_000


@dataclass(frozen=True, slots=True)
class Priced:
    """One statement. ``most``: the parameter that bounds its rows below each parent's; else they are ``fixed``."""

    parent: int | None
    most: Param | None
    fixed: int
    each: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs but for its values."""

    statements: tuple[Priced, ...]
    static: int

    def cost(self, values: Sequence[Any], lookups: int) -> int:
        """Return the units of an execution with these values of the plan's binders."""
        total = self.static + LOOKED_UP * lookups
        rows: list[int] = []
        for priced in self.statements:
            above = 1 if priced.parent is None else rows[priced.parent]
            rows.append(above * (priced.fixed if priced.most is None else _most(values[priced.most.index])))
            total += STATEMENT + rows[-1] * priced.each
        return total


def price(plan: ReadPlan) -> Price:
    """Price a plan, once for all its executions."""
    ids = {rows.statement: root.ids for root in plan.roots for rows in root.rows.values() if root.kind != "connection"}
    return Price(
        tuple(
            _priced(statement, None if parent is None else parent[0], at, ids)
            for at, (statement, parent) in enumerate(zip(plan.statements, plan.parents, strict=True))
        ),
        STATIC * sum(root.kind == "static" for root in plan.roots),
    )


def _priced(statement: Statement, parent: int | None, at: int, ids: Mapping[int, Param | None]) -> Priced:
    if statement.grouped is not None:
        return Priced(parent, None, 1, GROUPED * GROUPED_BY ** len(statement.grouped.keys))
    if statement.count:
        return Priced(parent, None, 1, TOTAL if parent is None else TOTAL_BELOW)
    each = ROW + JOINED * (len(statement.joins) + (statement.through is not None)) + OPENED * _opened(statement)
    if statement.page is not None:
        return Priced(parent, statement.page.size, 0, each)
    if at in ids:
        return Priced(parent, ids[at], 1, each)
    return Priced(parent, None, statement.limit or 1, each)


def _opened(statement: Statement) -> int:
    """How many sealed fields each row has opened."""
    entities = {statement.alias: statement.entity} | {join.alias: join.entity for join in statement.joins}
    if statement.through is not None:
        entities[statement.through.alias] = statement.through.entity
    sealed = {
        (alias, field.column) for alias, kind in entities.items() for field in kind.fields.values() if field.sealed
    }
    return sum(isinstance(column, Column) and (column.alias, column.name) in sealed for column in statement.columns)


def _most(value: Any) -> int:
    """A page's size, or the number of ids."""
    return int(value) if isinstance(value, int) else len(value)
