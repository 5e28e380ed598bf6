"""Rows that PostgreSQL spells as JSON: those of lists that need nothing opened, masked or sealed.

Such a list comes as one text for each parent, not as rows that would be taken apart here and put together again:
for a page with two rows below each of its own that is a fifth of all work. What the server spells equals what
``hub.query.columns`` spells, character for character, but for a line break that begins each row: JSON has no raw
line break elsewhere, so whoever accounts for the answer can count rows by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, case, cast, func, literal_column, select

from hub.catalog import Scalar
from hub.catalog.predicate import ALWAYS
from hub.query.nodeid import node_id
from hub.query.plan import Column, Edges, Many, NodeId, Nodes, One, TypeName, Value, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Select

    from hub.catalog import Field
    from hub.query.plan import Cell, Part, ReadPlan, Rows, Statement

    Piece = str | ColumnElement[Any]

ROW: Final = "\n"
"""Begins each row."""
_BARE: Final = frozenset({"integer", "bigint", "boolean"})
_QUOTED: Final = frozenset({"code", "numeric", "uuid"})
_DAY: Final = "YYYY-MM-DD"
_MOMENT: Final = f'{_DAY}"T"HH24:MI:SS'


def spelled(plan: ReadPlan) -> Mapping[int, Rows]:
    """The lists that the server spells, by the number of their statement; all hang on other rows."""
    found: dict[int, Rows] = {}
    for root in plan.roots:
        for rows in root.rows.values():
            for cells in _cells(rows):
                _search(cells, plan, found)
    return found


def _search(cells: Iterable[Cell], plan: ReadPlan, found: dict[int, Rows]) -> bool:
    """Note the lists below these cells that the server can spell; tell whether it can spell the cells as well."""
    can = True
    for cell in cells:
        match cell:
            case Value():
                can &= not cell.field.sealed and cell.mask is None
            case One():
                can &= _search(cell.cells, plan, found)
            case Many():
                below = [_search(inner, plan, found) for inner in _cells(cell.rows)]
                if possible := all(below) and _listed(cell.rows, plan):
                    found[cell.rows.statement] = cell.rows
                can &= possible
    return can


def _listed(rows: Rows, plan: ReadPlan) -> bool:
    """Whether there is nothing about the list itself that only this process can tell."""
    statement = plan.statements[rows.statement]
    if any(at == rows.statement for at, _ in plan.subjects):
        return False  # whoever stands in an answer is named in its audit record
    if rows.parts is None:
        return True
    forward = statement.page is not None and not statement.page.backward
    plain = all(isinstance(part, Nodes | TypeName) or _without_cursor(part) for part in rows.parts)
    return forward and plain and any(isinstance(part, Nodes | Edges) for part in rows.parts)


def _without_cursor(part: Part) -> bool:
    return isinstance(part, Edges) and all(shown != "cursor" for _, shown in part.parts)


def _cells(rows: Rows) -> Iterator[Sequence[Cell]]:
    """The cells of a list's rows, for each time that the rows stand in the answer."""
    if rows.parts is None:
        yield rows.cells
    for part in rows.parts or ():
        if isinstance(part, Nodes):
            yield part.cells
        elif isinstance(part, Edges):
            yield [cell for _, cell in part.parts if cell != "cursor"]


@dataclass(frozen=True, slots=True)
class Speller:
    """Spells the rows of one statement.

    ``column``: the expression of a column by its place. ``below``: the JSON of a list that hangs on the row.
    """

    statement: Statement
    column: Callable[[int], ColumnElement[Any]]
    below: Callable[[Many], ColumnElement[Any]]

    def items(self, rows: Rows) -> list[ColumnElement[Any]]:
        """The JSON of a row, for each time that the rows stand in the answer. The first begins with ``ROW``."""
        made = [self._object((cell.key, cell) for cell in rows.cells)] if rows.parts is None else []
        for part in rows.parts or ():
            if isinstance(part, Nodes):
                made.append(self._object((cell.key, cell) for cell in part.cells))
            elif isinstance(part, Edges):
                made.append(self._object((key, cell) for key, cell in part.parts if cell != "cursor"))
        return [_joined([ROW, *pieces] if at == 0 else pieces) for at, pieces in enumerate(made)]

    def _object(self, members: Iterable[tuple[str, Cell]]) -> list[Piece]:
        pieces: list[Piece] = []
        for key, cell in members:
            pieces += [f'{"," if pieces else "{"}"{key}":', *self._cell(cell)]
        return [*pieces, "}"] if pieces else ["{}"]

    def _cell(self, cell: Cell) -> list[Piece]:
        match cell:
            case TypeName(_, name):
                return [f'"{name}"']
            case Withheld():
                return ["null"]
            case NodeId(_, entity, at):
                return [f'"{node_id(entity, "")}', cast(self.column(at), Text), '"']
            case One(_, present, cells):
                inner = self._object((below.key, below) for below in cells)
                read = self.statement.columns[present]
                if isinstance(read, Column) and (read.alias, read.name) == ("t0", "id"):  # an edge's node
                    return inner
                return [_or_null(self.column(present), _joined(inner))]
            case Many(_, parent, _):
                return [_or_null(self.column(parent), self.below(cell))]
            case Value():
                return self._value(cell)

    def _value(self, cell: Value) -> list[Piece]:
        value, read = self.column(cell.column), self.statement.columns[cell.column]
        pieces = _spelling(cell.field, value)
        if not cell.field.nullable and isinstance(read, Column) and read.when == ALWAYS:
            return pieces
        return [func.coalesce(_joined(pieces), literal_column("'null'", Text))]


def gathered(rows: Rows, items: Select[Any]) -> Select[Any]:
    """Put the JSON of rows (``Speller.items``) together to that of the list."""
    each = items.subquery()
    lists: Iterator[list[Piece]] = iter(
        [["[", func.coalesce(func.string_agg(item, literal_column("','")), literal_column("''", Text)), "]"]
         for item in each.c]
    )  # fmt: skip
    if rows.parts is None:
        return select(_joined(next(lists)))
    pieces: list[Piece] = []
    for part in rows.parts:
        shown = [f'"{part.name}"'] if isinstance(part, TypeName) else next(lists)
        pieces += [f'{"," if pieces else "{"}"{part.key}":', *shown]
    return select(_joined([*pieces, "}"]))


def _or_null(present: ColumnElement[Any], json: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((present.is_not(None), json), else_=literal_column("'null'", Text))


def _spelling(field: Field, value: ColumnElement[Any]) -> list[Piece]:
    storage = field.type.storage if isinstance(field.type, Scalar) else "code"
    if storage in _BARE:
        return [cast(value, Text)]
    if storage in _QUOTED:
        return ['"', cast(value, Text), '"']
    if storage == "date":
        return ['"', _finite(value, _written(value, _DAY), date), '"']
    if storage == "timestamptz":
        whole = func.date_trunc(literal_column("'second'"), value) == value
        spelt = case((whole, _written(value, _MOMENT)), else_=_written(value, f"{_MOMENT}.US"))
        return ['"', _finite(value, spelt, datetime), 'Z"']
    return [cast(func.to_json(cast(value, Text)), Text)]


def _written(value: ColumnElement[Any], form: str) -> ColumnElement[Any]:
    return func.to_char(value, literal_column(f"'{form}'"))


def _finite(value: ColumnElement[Any], spelt: ColumnElement[Any], kind: type[date | datetime]) -> ColumnElement[Any]:
    """The first and the last day or moment stand for what the server calls infinite, as they do in the driver."""
    first, last = literal_column(f"'{kind.min.isoformat()}'", Text), literal_column(f"'{kind.max.isoformat()}'", Text)
    epoch = literal_column("'1970-01-01'", value.type)
    return case((func.isfinite(value), spelt), (value > epoch, last), (value < epoch, first))  # else absent


def _joined(pieces: Sequence[Piece]) -> ColumnElement[Any]:
    """One text. Words of the answer are parameters: a client's aliases stand in no SQL."""
    whole: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and whole and isinstance(whole[-1], str):
            whole[-1] += piece
        else:
            whole.append(piece)
    texts = [bindparam(None, piece, type_=Text(), unique=True) if isinstance(piece, str) else piece for piece in whole]
    return reduce(lambda left, right: left.op("||")(right), texts)
