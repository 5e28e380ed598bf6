"""Statements as SQL. Written by SQLAlchemy once, when the plan is made; run by asyncpg many times.

No value of a query stands in the SQL: every one is a parameter. What policies and limits say, and the size of a page
that the document says, does stand there: PostgreSQL plans a page of a hundred rows within a viewer's divisions well
only if it knows the hundred and the divisions. Where it does, one plan serves all executions (``Sql.kept``).

A statement that hangs on another is written into it: as a column that holds, row by row, an array of its
rows, their count, or their JSON where the server can spell it (``hub.query.statement.json_sql``). So a root with all
that is below it is one round trip, and sees one state of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Numeric,
    Text,
    Uuid,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy import Integer as SqlInteger

from hub.catalog.predicate import Always
from hub.query.plan.arguments import Const
from hub.query.plan.tree import Column, Flag, Param
from hub.query.statement.conditions import DIALECT, EACH, Conditions, Values, constant
from hub.query.statement.json_sql import Speller, as_bytes, gathered
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import FromClause, Select

    from hub.catalog import Catalogue, Entity
    from hub.catalog.predicate import Predicate
    from hub.query.plan.tree import Grouped, Order, Page, ReadPlan
    from hub.query.statement.json_sql import Spelled

PAGE_EXTRA = 1
"""Rows read beyond a page, to know whether there is another."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement ready to run. ``takes``: for each ``$n`` the index of a binder, or a constant.

    ``kept``: no value changes how the statement is best run, so that PostgreSQL may plan it once. ``each``: of a
    statement for several executions, the binders of which it takes an array of all their values.
    """

    text: str
    takes: tuple[int | Constant, ...]
    kept: bool
    each: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter whose value the plan knows."""

    value: Any


def nested(plan: ReadPlan, spells: Spelled) -> dict[int, int]:
    """Where statements that hang on others are found: the column of the parent's rows that holds their rows.

    Those columns follow the parent's own, in the order of the statements.
    """
    found: dict[int, int] = {}
    width = [len(spells.taken[at]) for at in range(len(plan.statements))]
    for at, hangs_on in enumerate(plan.parents):
        if hangs_on is not None:
            found[at] = width[hangs_on[0]]
            width[hangs_on[0]] += 1
    return found


class _Writer:
    """Writes one statement with those that hang on it. Aliases are the plan's, with the statement's number."""

    def __init__(self, plan: ReadPlan, at: int, catalogue: Catalogue, spells: Spelled, values: Values) -> None:
        self.plan = plan
        self.at = at
        self.spells = spells
        self.values = values
        self.statement = statement = plan.statements[at]
        self.catalogue = catalogue
        self.tables: dict[str, FromClause] = {"t0": TABLES[statement.entity.name].alias(f"s{at}")}
        self.entities: dict[str, Entity] = {"t0": statement.entity}
        for join in statement.joins:
            self.tables[join.alias] = TABLES[join.entity.name].alias(f"s{at}{join.alias}")
            self.entities[join.alias] = join.entity
        if statement.through is not None:
            self.tables["e"] = TABLES[statement.through.entity.name].alias(f"s{at}e")
            self.entities["e"] = statement.through.entity
        self.conditions = Conditions(catalogue, f"s{at}", values)

    def write(self, parent: ColumnElement[Any] | None = None) -> Select[Any]:
        """Return the SELECT. ``parent``: the parent's key, in the row of the statement that this hangs on."""
        statement = self.statement
        source: Any = self.tables["t0"]
        where = [self.predicate(statement.where, "t0")]
        if parent is not None and statement.parent is not None:
            where.append(self.tables["t0" if statement.through is None else "e"].c[statement.parent] == parent)
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
        if statement.grouped is not None:
            return _grouped(statement.grouped, self.tables["t0"]).where(*where)
        if statement.count:
            return select(func.count()).select_from(source).where(*where)
        made = select(*self._shown(below=parent is not None)).select_from(source).where(*where)
        if statement.order:
            backward = statement.page is not None and statement.page.backward
            made = made.order_by(*self._order(statement.order, backward=backward))
        if statement.page is not None:
            return self._paged(made, statement.page, root=parent is None)
        return made if statement.limit is None else made.limit(constant(statement.limit, SqlInteger()))

    def _paged(self, made: Select[Any], page: Page, *, root: bool) -> Select[Any]:
        """As many rows as the page has, and one more where it is to be said whether there are."""
        # Lists that the server spells do not say it.
        extra = 0 if self.at in self.spells.lists else PAGE_EXTRA
        made = made.where(*self._keyset(page, self.statement.order))
        source = self.plan.binders[page.size.index].source
        if isinstance(source, Const):
            return made.limit(literal_column(str(source.value + extra)))
        size = self.values.parameter(page.size, SqlInteger()) + literal_column(str(extra))
        if not root:  # few rows hang on one: their number does not change how they are found
            return made.limit(size)
        bounded = made.limit(literal_column(str(page.most + extra))).subquery("page")
        return select(*bounded.c).limit(size)

    def _shown(self, *, below: bool) -> list[ColumnElement[Any]]:
        """What is selected: columns, at a root; one value for each row that hangs on another."""
        if self.at in self.spells.lists:
            items = self._speller().items(self.spells.lists[self.at])
            return [item.label(f"j{at}") for at, item in enumerate(items)]
        columns = [self._column(self.statement.columns[at]) for at in self.spells.taken[self.at]]
        columns += [self._hanging(at) for at, on in enumerate(self.plan.parents) if on is not None and on[0] == self.at]
        columns += [self._speller().run(run) for run in self.spells.runs.get(self.at, ())]
        return [func.row(*columns)] if below else [column.label(f"c{at}") for at, column in enumerate(columns)]

    def _speller(self) -> Speller:
        return Speller(self.statement, self._plain, lambda many: self._nested(many.rows.statement))

    def _hanging(self, at: int) -> ColumnElement[Any]:
        """What hangs on the rows, as this process gets it."""
        return as_bytes(self._nested(at)) if at in self.spells.lists else self._nested(at)

    def _nested(self, at: int) -> ColumnElement[Any]:
        hangs_on = self.plan.parents[at]
        assert hangs_on is not None  # noqa: S101 - the caller has looked
        key = self._plain(hangs_on[1])
        below = (
            _Writer(self.plan, at, self.catalogue, self.spells, self.values).write(key).correlate(*self.tables.values())
        )
        if at in self.spells.lists:
            return gathered(self.spells.lists[at], below).scalar_subquery()
        return below.scalar_subquery() if self.plan.statements[at].count else func.array(below.scalar_subquery())

    def _column(self, column: Column | Flag) -> ColumnElement[Any]:
        if isinstance(column, Flag):
            return func.coalesce(self.predicate(column.holds, column.alias), false())
        value = self._stored(column)
        # The server's text is the answer's, or nearly, and an id's bytes are what sealed values are bound to: an
        # object in between would only cost time.
        if isinstance(value.type, Uuid):
            return func.uuid_send(value)
        return cast(value, Text) if isinstance(value.type, Numeric | DateTime) else value

    def _plain(self, at: int) -> ColumnElement[Any]:
        """A column as it is stored: for what the server spells, and as the key that rows hang on."""
        column = self.statement.columns[at]
        assert isinstance(column, Column)  # noqa: S101 - flags tell of masks: what is masked is neither
        return self._stored(column)

    def _stored(self, column: Column) -> ColumnElement[Any]:
        value: ColumnElement[Any] = self.tables[column.alias].c[column.name]
        return value if isinstance(column.when, Always) else case((self.predicate(column.when, column.alias), value))

    # --- order and pages ---

    def _order(self, order: Sequence[Order], *, backward: bool) -> list[Any]:
        keys: list[Any] = []
        for item in order:
            column = self.tables[item.alias].c[item.field.column]
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
        columns = [self.tables[item.alias].c[item.field.column] for item in order]
        values = [self.values.parameter(param, column.type) for param, column in zip(place, columns, strict=True)]
        ups = [item.descending != forward for item in order]
        if len(set(ups)) == 1 and not any(item.field.nullable for item in order):
            mine, theirs = tuple_(*columns), tuple_(*values)
            return mine > theirs if ups[0] else mine < theirs
        self.values.kept = False  # which of these cases can hold is clear only when the values are known
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

    def predicate(self, asked: Predicate, alias: str) -> ColumnElement[bool]:
        """The condition on the rows of ``alias``."""
        return self.conditions.of(asked, self.tables[alias], self.entities[alias])


def _grouped(by: Grouped, table: FromClause) -> Select[Any]:
    """Count the table's rows by groups."""
    # Keys are named by their place: a second spelling of one with a parameter would be another expression.
    keys = [
        table.c[name] if digits is None else func.left(table.c[name], literal_column(str(digits)))
        for name, digits in by.keys
    ]
    numbers: list[ColumnElement[Any]] = [func.count()]
    for name in by.measures:
        numbers += [func.count(table.c[name]), func.sum(table.c[name])]
    shown = [column.label(f"c{at}") for at, column in enumerate((*keys, *numbers))]
    made = select(*shown).select_from(table)
    if keys:
        made = made.group_by(*(literal_column(str(at + 1)) for at in range(len(keys))))
    return made.limit(constant(by.most, SqlInteger()))


def write(plan: ReadPlan, at: int, catalogue: Catalogue, spells: Spelled) -> Sql:
    """Return a root statement, with all that hangs on it, as SQL with its parameters in order."""
    return _written(plan, at, catalogue, spells, Values(plan.binders, many=False))


def write_many(plan: ReadPlan, at: int, catalogue: Catalogue, spells: Spelled) -> Sql | None:
    """The same for several executions at once; the last column says which of them a row is for, from 1.

    None where no value differs between them, or one that does is a list.
    """
    values = Values(plan.binders, many=True)
    one = _written(plan, at, catalogue, spells, values)
    if not values.columns or any(isinstance(kind, ARRAY) for kind in values.columns.values()):
        return None  # an array of arrays has no place for lists of different lengths
    arrays = [
        f"${number}::{_uncollated(kind).compile(dialect=DIALECT)}[]"
        for number, kind in enumerate(values.columns.values(), start=len(one.takes) + 1)
    ]
    text = (
        f"SELECT found.*, {EACH}.n FROM unnest({', '.join(arrays)}) WITH ORDINALITY "
        f"AS {EACH}({', '.join(f'p{index}' for index in values.columns)}, n), LATERAL ({one.text}) AS found"
    )
    return Sql(text, one.takes, one.kept, tuple(values.columns))


def _uncollated(kind: Any) -> Any:
    """A column's type without its collation: a comparison takes that from the column again."""
    return Text() if isinstance(kind, Text) else kind


def _written(plan: ReadPlan, at: int, catalogue: Catalogue, spells: Spelled, values: Values) -> Sql:
    compiled = _Writer(plan, at, catalogue, spells, values).write().compile(dialect=DIALECT)
    constants: Mapping[str, Any] = compiled.params
    takes: list[int | Constant] = []
    for name in compiled.positiontup or ():
        if name[0] == "p" and name[1:].isdecimal():
            takes.append(int(name[1:]))
        else:
            takes.append(Constant(constants[name]))
    return Sql(compiled.string, tuple(takes), values.kept)
