"""Orders and keyset pages in SQL: rows in an order, and those of them that lie beyond a position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, or_, tuple_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import FromClause

    from hub.query.plan.parameters import Param
    from hub.query.plan.tree import NodeTable, OrderKey
    from hub.query.statement.conditions import Parameters

    Tables = Mapping[NodeTable, FromClause]


def order_by(order: Sequence[OrderKey], tables: Tables, *, backward: bool) -> list[Any]:
    """Return the expressions to order by; the order is read in reverse for backward pages."""
    keys: list[Any] = []
    for item in order:
        column = tables[item.table].c[item.field.column]
        down = item.descending != backward
        key = column.desc() if down else column.asc()
        # Absent values come last in either direction, and first when the order is read in reverse.
        if item.field.nullable and down != backward:
            key = key.nulls_first() if backward else key.nulls_last()
        keys.append(key)
    return keys


def beyond(
    order: Sequence[OrderKey], position: Sequence[Param], tables: Tables, parameters: Parameters, *, forward: bool
) -> ColumnElement[bool]:
    """Rows after (or before) a position in the order."""
    columns = [tables[item.table].c[item.field.column] for item in order]
    values = [parameters.parameter(param, column.type) for param, column in zip(position, columns, strict=True)]
    ups = [item.descending != forward for item in order]
    if len(set(ups)) == 1 and not any(item.field.nullable for item in order):
        mine, theirs = tuple_(*columns), tuple_(*values)
        return mine > theirs if ups[0] else mine < theirs
    parameters.kept = False  # which of these cases can hold is clear only when the values are known
    cases: list[ColumnElement[bool]] = []
    for at, item in enumerate(order):
        equal = [columns[i].is_not_distinct_from(values[i]) for i in range(at)]
        column, value = columns[at], values[at]
        further = column > value if ups[at] else column < value
        if item.field.nullable:
            beyond_last = and_(value.is_not(None), column.is_(None))
            before_last = and_(value.is_(None), column.is_not(None))
            further = or_(further, beyond_last if forward else before_last)
        cases.append(and_(*equal, further))
    return or_(*cases)
