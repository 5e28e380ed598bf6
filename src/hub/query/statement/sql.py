"""Statements as SQL. Written by SQLAlchemy once, when the plan is made; run by asyncpg many times.

No value of a query stands in the SQL: every one is a parameter. What policies and limits say, and the size of a page
that the document says, does stand there: PostgreSQL plans a page of a hundred rows within a viewer's divisions well
only if it knows the hundred and the divisions. Where it does, one plan serves all executions (``Sql.kept``).

A node that hangs on another is written into it: as a column that holds, row by row, an array of its rows, their
count, or their JSON where the server can write it (``hub.query.statement.layout``). So a root with all that is below
it is one round trip, and sees one state of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
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
    select,
)
from sqlalchemy import Integer as SqlInteger

from hub.catalog.predicate import Always
from hub.query.plan.tree import Column, Flag, GroupsNode, ReadNode, TotalNode
from hub.query.statement.conditions import DIALECT, Conditions, Parameters, constant, leads_to, value_of
from hub.query.statement.json_sql import JsonWriter, as_bytes, gathered
from hub.query.statement.layout import JsonRun
from hub.query.statement.pages import beyond, order_by
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import FromClause, Select

    from hub.catalog import Catalogue
    from hub.catalog.predicate import Predicate
    from hub.query.plan.parameters import Param
    from hub.query.plan.tree import KeysetPage, Node, NodeTable
    from hub.query.statement.layout import Item, Layout

PAGE_EXTRA = 1
"""Rows read beyond a page, to know whether there is another."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A parameter whose value the plan knows."""

    value: Any


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement ready to run. ``takes``: what each ``$n`` is.

    ``kept``: no value changes how the statement is best run, so that PostgreSQL may plan it once.
    """

    text: str
    takes: tuple[Param | Constant, ...]
    kept: bool


def write(node: Node, layout: Layout, catalogue: Catalogue, parameters: Parameters | None = None) -> Sql:
    """Return a root node, with all that hangs on it, as SQL with its parameters in order."""
    parameters = parameters or Parameters()
    compiled = _Statement(node, layout, catalogue, parameters).select().compile(dialect=DIALECT)
    constants: Mapping[str, Any] = compiled.params
    takes = [parameters.names.get(name) or Constant(constants[name]) for name in compiled.positiontup or ()]
    return Sql(compiled.string, tuple(takes), parameters.kept)


class _Statement:
    """Writes one node with those that hang on it. ``tables``: its tables, under aliases that are unique in the plan."""

    def __init__(self, node: Node, layout: Layout, catalogue: Catalogue, parameters: Parameters) -> None:
        self.node = node
        self.layout = layout
        self.catalogue = catalogue
        self.parameters = parameters
        alias = f"s{layout.numbers[node]}"
        self.tables: dict[NodeTable, FromClause] = {node.table: TABLES[node.table.entity.name].alias(alias)}
        if isinstance(node, ReadNode):
            for number, join in enumerate(node.joins, start=1):
                self.tables[join.table] = TABLES[join.table.entity.name].alias(f"{alias}t{number}")
        if not isinstance(node, GroupsNode) and node.through is not None:
            self.tables[node.through.table] = TABLES[node.through.table.entity.name].alias(f"{alias}e")
        self.conditions = Conditions(catalogue, alias, parameters)

    def select(self, parent_key: ColumnElement[Any] | None = None) -> Select[Any]:
        """Return the SELECT. ``parent_key``: in the row that this hangs on."""
        match self.node:
            case GroupsNode():
                return self._groups(self.node).where(self.predicate(self.node.where, self.node.table))
            case TotalNode():
                source, where = self._source(self.node, parent_key)
                return select(self._number(self.node)).select_from(source).where(*where)
            case ReadNode():
                return self._rows(self.node, parent_key)

    def _number(self, node: TotalNode) -> ColumnElement[Any]:
        if node.added is None:
            return func.count()
        return func.coalesce(func.sum(self.tables[node.table].c[node.added]), literal_column("0"))

    # --- which rows ---

    def _source(
        self, node: ReadNode | TotalNode, parent_key: ColumnElement[Any] | None
    ) -> tuple[Any, list[ColumnElement[bool]]]:
        """The tables and conditions that say which rows a list has."""
        source: Any = self.tables[node.table]
        where = [self.predicate(node.where, node.table)]
        holder = node.table if node.through is None else node.through.table
        if parent_key is not None and node.parent is not None:
            where.append(self.tables[holder].c[node.parent.by] == parent_key)
        if node.through is not None:
            edge = self.tables[node.through.table]
            source = edge.join(source, edge.c[node.through.to] == source.c.id)
            where.append(self.predicate(node.through.rows, node.through.table))
        return source, where

    def _rows(self, node: ReadNode, parent_key: ColumnElement[Any] | None) -> Select[Any]:
        source, where = self._source(node, parent_key)
        for join in node.joins:
            table = self.tables[join.table]
            on = and_(
                leads_to(join.link, self.tables[join.on], table),
                self.predicate(join.followed, join.on),
                self.predicate(join.rows, join.table),
            )
            source = source.outerjoin(table, on)
        made = select(*self._shown(node, below=parent_key is not None)).select_from(source).where(*where)
        if node.order:
            backward = node.page is not None and node.page.backward
            made = made.order_by(*order_by(node.order, self.tables, backward=backward))
        if node.page is not None:
            return self._paged(made, node, node.page, root=parent_key is None)
        return made if node.limit is None else made.limit(constant(node.limit, SqlInteger()))

    def _paged(self, made: Select[Any], node: ReadNode, page: KeysetPage, *, root: bool) -> Select[Any]:
        """As many rows as the page has, and one more where it is to be said whether there are."""
        # Lists that the server writes do not say it.
        extra = 0 if node in self.layout.lists else PAGE_EXTRA
        if page.after is not None:
            made = made.where(beyond(node.order, page.after, self.tables, self.parameters, forward=True))
        if page.before is not None:
            made = made.where(beyond(node.order, page.before, self.tables, self.parameters, forward=False))
        if page.fixed is not None:
            return made.limit(literal_column(str(page.fixed + extra)))
        size = self.parameters.parameter(page.size, SqlInteger()) + literal_column(str(extra))
        if not root:  # few rows hang on one: their number does not change how they are found
            return made.limit(size)
        bounded = made.limit(literal_column(str(page.most + extra))).subquery("page")
        return select(*bounded.c).limit(size)

    def _groups(self, node: GroupsNode) -> Select[Any]:
        # Keys are named by their place: a second spelling of one with a parameter would be another expression.
        table = self.tables[node.table]
        keys = [
            table.c[name] if digits is None else func.left(table.c[name], literal_column(str(digits)))
            for name, digits in node.keys
        ]
        numbers: list[ColumnElement[Any]] = [func.count()]
        for name in node.measures:
            numbers += [func.count(table.c[name]), func.sum(table.c[name])]
        shown = [column.label(f"c{at}") for at, column in enumerate((*keys, *numbers))]
        made = select(*shown).select_from(table)
        if keys:
            made = made.group_by(*(literal_column(str(at + 1)) for at in range(len(keys))))
        return made.limit(constant(node.most, SqlInteger()))

    # --- what of them ---

    def _shown(self, node: ReadNode, *, below: bool) -> list[ColumnElement[Any]]:
        """What is selected: columns, at a root; one value for each row that hangs on another."""
        if node in self.layout.lists:
            items = self._json().items(self.layout.lists[node])
            return [item.label(f"j{at}") for at, item in enumerate(items)]
        columns = [self._item(item) for item in self.layout.rows[node]]
        return [func.row(*columns)] if below else [column.label(f"c{at}") for at, column in enumerate(columns)]

    def _item(self, item: Item) -> ColumnElement[Any]:
        """What a row has at one place, as this process gets it."""
        match item:
            case Flag():
                return func.coalesce(self.predicate(item.holds, item.table), false())
            case Column():
                return self._read(item)
            case ReadNode() | TotalNode():
                return as_bytes(self._nested(item)) if item in self.layout.lists else self._nested(item)
            case JsonRun():
                return self._json().run(item)

    def _read(self, column: Column) -> ColumnElement[Any]:
        value = self._stored(column)
        # The server's text is the answer's, or nearly, and an id's bytes are what sealed values are bound to: an
        # object in between would only cost time.
        if isinstance(value.type, Uuid):
            return func.uuid_send(value)
        return cast(value, Text) if isinstance(value.type, Numeric | DateTime) else value

    def _stored(self, column: Column) -> ColumnElement[Any]:
        """A column as it is stored: for what the server writes, and as the key that rows hang on."""
        value = value_of(self.tables[column.table], column.name, column.table.entity)
        return value if isinstance(column.when, Always) else case((self.predicate(column.when, column.table), value))

    def _json(self) -> JsonWriter:
        return JsonWriter(self._stored, self._nested)

    def _nested(self, node: ReadNode | TotalNode) -> ColumnElement[Any]:
        """What hangs on the rows."""
        assert node.parent is not None  # noqa: S101 - it does
        below = _Statement(node, self.layout, self.catalogue, self.parameters).select(self._stored(node.parent.key))
        below = below.correlate(*self.tables.values())
        if isinstance(node, TotalNode):
            return below.scalar_subquery()
        if node in self.layout.lists:
            return gathered(self.layout.lists[node], below).scalar_subquery()
        return func.array(below.scalar_subquery())

    def predicate(self, asked: Predicate, table: NodeTable) -> ColumnElement[bool]:
        """The condition on the rows of a table."""
        return self.conditions.of(asked, self.tables[table], table.entity)
