"""What PostgreSQL spells as JSON: whatever needs nothing opened, masked or sealed.

A whole *list* of such rows comes as one text for each parent, not as rows that would be taken apart here and put
together again: for a page with two rows below each of its own that is a fifth of all work. Of other rows, *runs* of
such fields come as one text each. What the server spells equals what ``hub.query.answer.columns`` spells, character for
character, but for a line break that begins each row of a list: JSON has no raw line break elsewhere, so whoever
accounts for the answer can count rows by them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, case, cast, func, literal_column, select

from hub.catalog import Scalar
from hub.catalog.predicate import ALWAYS
from hub.query.nodeid import node_id
from hub.query.plan.tree import Column, Edges, Many, NodeId, Nodes, One, TypeName, Value, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Select

    from hub.catalog import Field
    from hub.query.plan.tree import Cell, Part, ReadPlan, Rows, Statement

    Piece = str | ColumnElement[Any]

ROW: Final = "\n"
"""Begins each row."""
_BARE: Final = frozenset({"integer", "bigint", "boolean"})
_QUOTED: Final = frozenset({"code", "numeric", "uuid"})
_MOMENT: Final = 'YYYY-MM-DD"T"HH24:MI:SS'


Run = tuple["Cell", ...]
"""Neighbouring members of an object that the server spells: ``"category":"DIBAO","status":"ACTIVE"``."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """What the server spells of a plan's rows, by the number of their statement.

    ``lists``: whole lists, which all hang on other rows. ``taken``: of other rows, the columns that this process still
    needs, and where in the row each is found. ``runs``: the runs, and where: behind columns and what hangs on the row.
    """

    lists: Mapping[int, Rows]
    runs: Mapping[int, Mapping[Run, int]]
    taken: Mapping[int, Mapping[int, int]]


def spelled(plan: ReadPlan) -> Spelled:
    """Find what the server can spell of a plan."""
    found = _Found(plan)
    for root in plan.roots:
        for rows in root.rows.values():
            found.rows(rows)
    for at, column in plan.subjects:
        found.taken[at].add(column)
    taken = {at: {column: place for place, column in enumerate(sorted(each))} for at, each in found.taken.items()}
    runs = {
        at: {run: place for place, run in enumerate(each, start=len(taken[at]) + found.hang_on[at])}
        for at, each in found.runs.items()
    }
    return Spelled(found.lists, runs, taken)


def grouped(cells: Sequence[Cell]) -> Iterator[Run | Cell]:
    """Divide an object's members into runs that the server spells, and others."""
    run: list[Cell] = []
    for cell in (*cells, None):
        if cell is not None and _simple(cell):
            run.append(cell)
            continue
        if any(isinstance(each, Value | NodeId) for each in run):
            yield tuple(run)
        else:
            yield from run
        run = []
        if cell is not None:
            yield cell


def _simple(cell: Cell) -> bool:
    if isinstance(cell, Value):
        return not cell.field.sealed and cell.mask is None
    return not isinstance(cell, One | Many)


class _Found:
    """What was found so far, on the way through a plan's cells."""

    def __init__(self, plan: ReadPlan) -> None:
        self.plan = plan
        self.lists: dict[int, Rows] = {}
        self.runs: dict[int, dict[Run, None]] = {}
        self.taken: dict[int, set[int]] = {at: set() for at in range(len(plan.statements))}
        self.hang_on = Counter(parent[0] for parent in plan.parents if parent is not None)

    def rows(self, rows: Rows) -> None:
        """Look at rows that are not spelled as a list."""
        at = rows.statement
        self.taken[at].update(rows.position)
        if rows.parts is None:
            self.members(at, rows.cells)
        for part in rows.parts or ():
            if isinstance(part, Nodes):
                self.members(at, part.cells)
            elif isinstance(part, Edges):
                for _, cell in part.parts:
                    if isinstance(cell, One):  # an edge's node
                        self.members(at, cell.cells)
                    elif cell != "cursor":
                        self.alone(at, cell)

    def members(self, at: int, cells: Sequence[Cell]) -> None:
        """Look at an object's members."""
        known = self.runs.setdefault(at, {})
        for item in grouped(cells):
            if isinstance(item, tuple):
                known.setdefault(item)
            else:
                self.alone(at, item)

    def alone(self, at: int, cell: Cell) -> None:
        """Look at a member that is in no run."""
        taken = self.taken[at]
        match cell:
            case NodeId():
                taken.add(cell.column)
            case Value():
                taken.update((cell.column, cell.row_id))
                if not isinstance(cell.masked, bool):
                    taken.add(cell.masked)
            case One():
                taken.add(cell.present)
                self.members(at, cell.cells)
            case Many():
                taken.add(cell.parent)
                if _whole(cell.rows, self.plan):
                    self.lists |= _lists(cell.rows)
                else:
                    self.rows(cell.rows)


def _whole(rows: Rows, plan: ReadPlan) -> bool:
    """Whether the server can spell the whole list, with all that is below it."""

    def can(cell: Cell) -> bool:
        match cell:
            case One():
                return all(map(can, cell.cells))
            case Many():
                return _whole(cell.rows, plan)
            case _:
                return _simple(cell)

    return _listed(rows, plan) and all(map(can, chain.from_iterable(_cells(rows))))


def _lists(rows: Rows) -> dict[int, Rows]:
    """A list that the server spells, and those below it."""
    found = {rows.statement: rows}

    def walk(cell: Cell) -> None:
        if isinstance(cell, One):
            for below in cell.cells:
                walk(below)
        elif isinstance(cell, Many):
            found.update(_lists(cell.rows))

    for cell in chain.from_iterable(_cells(rows)):
        walk(cell)
    return found


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

    def run(self, run: Run) -> ColumnElement[Any]:
        """The JSON of neighbouring members, without braces."""
        return as_bytes(_joined(self._members((cell.key, cell) for cell in run)))

    def _object(self, members: Iterable[tuple[str, Cell]]) -> list[Piece]:
        return ["{", *self._members(members), "}"]

    def _members(self, members: Iterable[tuple[str, Cell]]) -> list[Piece]:
        pieces: list[Piece] = []
        for key, cell in members:
            pieces += [f'{"," if pieces else ""}"{key}":', *self._cell(cell)]
        return pieces

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


def as_bytes(json: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON as it goes to the client, in UTF-8: the driver need not make characters of it."""
    return func.convert_to(json, literal_column("'UTF8'"))


def _or_null(present: ColumnElement[Any], json: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((present.is_not(None), json), else_=literal_column("'null'", Text))


def _spelling(field: Field, value: ColumnElement[Any]) -> list[Piece]:
    storage = field.type.storage if isinstance(field.type, Scalar) else "code"
    if storage in _BARE:
        return [cast(value, Text)]
    if storage in _QUOTED:
        return ['"', cast(value, Text), '"']
    if storage == "date":
        return ['"', _finite(value, cast(value, Text), date), '"']
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
    texts: list[ColumnElement[Any]] = [
        bindparam(None, piece, type_=Text(), unique=True) if isinstance(piece, str) else piece for piece in whole
    ]
    # Halves of halves, not one after the other: SQLAlchemy goes down an expression by recursion.
    while len(texts) > 1:
        pairs = zip_longest(texts[::2], texts[1::2])
        texts = [left if right is None else left.op("||")(right) for left, right in pairs]
    return texts[0]
