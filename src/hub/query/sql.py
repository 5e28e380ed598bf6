"""Statements as SQL. Written by SQLAlchemy once, when the plan is made; run by asyncpg many times.

No value of a query stands in the SQL: every one is a parameter. Constants of policies are parameters too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from hub.catalog.predicate import Always, And, Compare, IsNull, Linked, Never, Not, OneOf, Or, Within, outermost
from hub.query.plan import Column, Flag, Param, Statement
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import FromClause, Select

    from hub.catalog import Catalogue, Entity
    from hub.catalog.predicate import Predicate
    from hub.query.plan import Order, Page

DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's dialects are untyped
PARENTS = "parents"
"""The parameter with the parents' keys."""
PAGE_EXTRA = 1
"""Rows read beyond a page, to know whether there is another."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement ready to run. ``takes``: for each ``$n`` an index of a binder, ``PARENTS`` or a constant."""

    text: str
    takes: tuple[int | str | Constant, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter whose value the plan knows."""

    value: Any


class _Writer:
    """Writes one statement. Aliases are those of the plan."""

    def __init__(self, statement: Statement, catalogue: Catalogue) -> None:
        self.statement = statement
        self.catalogue = catalogue
        self.tables: dict[str, FromClause] = {"t0": TABLES[statement.entity.name].alias("t0")}
        self.entities: dict[str, Entity] = {"t0": statement.entity}
        for join in statement.joins:
            self.tables[join.alias] = TABLES[join.entity.name].alias(join.alias)
            self.entities[join.alias] = join.entity
        if statement.through is not None:
            self.tables["e"] = TABLES[statement.through.entity.name].alias("e")
            self.entities["e"] = statement.through.entity
        self.linked = 0

    def write(self) -> Select[Any]:
        statement = self.statement
        inner = self._rows()
        if statement.parent is None:
            return inner
        keys = func.unnest(bindparam(PARENTS, type_=ARRAY(UUID()))).table_valued(
            "key", with_ordinality="at", name="parents"
        )
        parents = keys.render_derived(with_types=False)
        held = self.tables["e" if statement.through is not None else "t0"].c[statement.parent]
        below = inner.where(held == parents.c.key).lateral("rows")
        columns = list(below.c)
        outer = select(parents.c.at, *columns).select_from(parents.join(below, true()))
        return outer.order_by(parents.c.at) if statement.count else outer.order_by(parents.c.at, below.c[PLACE])

    def _rows(self) -> Select[Any]:
        statement = self.statement
        source: Any = self.tables["t0"]
        where = [self.predicate(statement.where, "t0")]
        if statement.through is not None:
            edge = self.tables["e"]
            source = edge.join(source, edge.c[statement.through.to] == source.c.id)
            where.append(self.predicate(statement.through.rows, "e"))
        for join in statement.joins:
            table = self.tables[join.alias]
            on = and_(
                table.c.id == self.tables[join.on].c[join.column],
                self.predicate(join.followed, join.on),
                self.predicate(join.rows, join.alias),
            )
            source = source.outerjoin(table, on)
        if statement.count:
            return select(func.count().label("n")).select_from(source).where(*where)
        order = self._order(statement.order, backward=statement.page is not None and statement.page.backward)
        columns = [self._column(column).label(f"c{at}") for at, column in enumerate(statement.columns)]
        if statement.parent is not None:
            columns.append(func.row_number().over(order_by=order).label(PLACE))
        made = select(*columns).select_from(source).where(*where)
        if order:
            made = made.order_by(*order)
        if statement.page is not None:
            made = made.where(*self._keyset(statement.page, statement.order))
            size = bindparam(f"p{statement.page.size.index}", type_=SqlInteger())
            return made.limit(size + PAGE_EXTRA)
        return made if statement.limit is None else made.limit(_constant(statement.limit, SqlInteger()))

    def _column(self, column: Column | Flag) -> ColumnElement[Any]:
        if isinstance(column, Flag):
            return func.coalesce(self.predicate(column.holds, column.alias), false())
        value: ColumnElement[Any] = self.tables[column.alias].c[column.name]
        if isinstance(column.when, Always):
            return value
        return case((self.predicate(column.when, column.alias), value))

    # --- order and pages ---

    def _order(self, order: Sequence[Order], *, backward: bool) -> list[Any]:
        table = self.tables["t0"]
        keys: list[Any] = []
        for item in order:
            column = table.c[item.field.column]
            down = item.descending != backward
            key = column.desc() if down else column.asc()
            # Absent values come last in either direction, and first when the order is read in reverse.
            if item.field.nullable and down != backward:
                key = key.nulls_first() if backward else key.nulls_last()
            keys.append(key)
        return keys

    def _keyset(self, page: Page, order: Sequence[Order]) -> list[Any]:
        found = []
        if page.after is not None:
            found.append(self._beyond(order, page.after, forward=True))
        if page.before is not None:
            found.append(self._beyond(order, page.before, forward=False))
        return found

    def _beyond(self, order: Sequence[Order], place: Sequence[Param], *, forward: bool) -> ColumnElement[bool]:
        """Rows after (or before) a position in the order."""
        columns = [self.tables["t0"].c[item.field.column] for item in order]
        values = [bindparam(f"p{param.index}", type_=column.type) for param, column in zip(place, columns, strict=True)]
        ups = [item.descending != forward for item in order]
        if len(set(ups)) == 1 and not any(item.field.nullable for item in order):
            mine, theirs = tuple_(*columns), tuple_(*values)
            return mine > theirs if ups[0] else mine < theirs
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

    # --- predicates ---

    def predicate(self, asked: Predicate, alias: str) -> ColumnElement[bool]:
        """The condition on the rows of ``alias``."""
        return self._condition(asked, self.tables[alias], self.entities[alias])

    def _condition(self, asked: Predicate, table: FromClause, entity: Entity) -> ColumnElement[bool]:
        match asked:
            case Always():
                return true()
            case Never():
                return false()
            case And(parts):
                return and_(*(self._condition(part, table, entity) for part in parts))
            case Or(parts):
                return or_(*(self._condition(part, table, entity) for part in parts))
            case Not(part):
                return not_(self._condition(part, table, entity))
            case IsNull(field):
                return table.c[field].is_(None)
            case Compare(field, op, value):
                return _compare(table.c[field], op, value)
            case OneOf(field, values):
                column = table.c[field]
                return column == any_(_value(values, ARRAY(column.type)))
            case Within(field, regions):
                return _within(table.c[field], regions)
            case Linked(link, where):
                target = self.catalogue[entity.links[link].target]
                self.linked += 1
                other = TABLES[target.name].alias(f"l{self.linked}")
                return exists().where(
                    other.c.id == table.c[entity.links[link].column], self._condition(where, other, target)
                )


PLACE = "place"


def _compare(column: ColumnElement[Any], op: str, value: Any) -> ColumnElement[bool]:
    bound = _value(value, column.type)
    match op:
        case "eq":
            return column == bound
        case "gt":
            return column > bound
        case "gte":
            return column >= bound
        case "lt":
            return column < bound
        case _:
            return column <= bound


def _within(column: ColumnElement[Any], regions: Any) -> ColumnElement[bool]:
    # ":" follows "9" in the C collation, so this range is the code itself and all codes that it begins.
    kind = Text(collation="C")
    if isinstance(regions, Param):
        start = _value(regions, kind)
        return and_(column >= start, column < start.op("||")(literal(":", Text())))
    ranges = [
        and_(column >= _constant(region, kind), column < _constant(f"{region}:", kind)) for region in outermost(regions)
    ]
    return or_(*ranges) if ranges else false()


def _value(value: Any, kind: Any) -> ColumnElement[Any]:
    if isinstance(value, Param):
        return bindparam(f"p{value.index}", type_=kind)
    return _constant(list(value) if isinstance(value, tuple | frozenset | set) else value, kind)


def _constant(value: Any, kind: Any) -> ColumnElement[Any]:
    return bindparam(None, value, type_=kind, unique=True)


def write(statement: Statement, catalogue: Catalogue) -> Sql:
    """Return the statement as SQL with its parameters in order."""
    compiled = _Writer(statement, catalogue).write().compile(dialect=DIALECT)
    constants: Mapping[str, Any] = compiled.params
    takes: list[int | str | Constant] = []
    for name in compiled.positiontup or ():
        if name == PARENTS:
            takes.append(PARENTS)
        elif name[0] == "p" and name[1:].isdecimal():
            takes.append(int(name[1:]))
        else:
            takes.append(Constant(constants[name]))
    return Sql(compiled.string, tuple(takes))
